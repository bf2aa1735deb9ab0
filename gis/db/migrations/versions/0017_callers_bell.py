"""The database tells every process when a token may stand for somebody else, or for nobody.

Processes remember for a moment whom a token stands for. The bell has a channel of its own and says no more than that it
rang: whoever hears it asks anew for everybody. It rings once for each transaction, however many rows that changes, and
not for what is written all the time: when a session was last seen, a new one, the steps of second factors.
"""

from alembic import op

revision = "0017"
down_revision = "0016"

# What `gis.services.sessions.caller_of` reads. An account is only deleted once all of this is gone.
BELL = """
create function callers_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('wangge_callers', '');
    return null;
end $$;
create trigger callers_changed after update of name, disabled_at on accounts
    for each statement execute function callers_changed();
create trigger callers_changed after insert or update or delete or truncate on grants
    for each statement execute function callers_changed();
create trigger callers_changed after insert or update or delete or truncate on posts
    for each statement execute function callers_changed();
create trigger callers_changed after update of account_id, expires_at, is_whole or delete or truncate on sessions
    for each statement execute function callers_changed();
create trigger callers_changed after update of account_id, expires_at, per_minute or delete or truncate on api_keys
    for each statement execute function callers_changed();
"""


def upgrade() -> None:
    op.execute(BELL)
