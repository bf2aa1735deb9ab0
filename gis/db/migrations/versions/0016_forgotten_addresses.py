"""Whose request it was is forgotten after seven days wherever nobody had signed in, not of reports and photos alone.

Who follows a report, asks for a grid or fills in a form is the same person at the same address, and the next row tells
of whom. The row stays for the six months of the law.
"""

from alembic import op

revision = "0016"
down_revision = "0015"

ACCESS_LOG = """
create or replace function access_log_standing(until timestamptz, senders boolean, out due bigint,
    out oldest_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
    select count(*) filter (where at <= until), min(at) filter (where at > until) from access_log
    where not senders or (account_id is null and address <> '')
$$;
create or replace function access_log_forget_senders(until timestamptz, most integer) returns bigint
language sql security definer set search_path = public, pg_temp as $$
    with forgotten as (
        update access_log set address = '' where ctid in (
            select ctid from access_log where at <= least(until, now() - interval '7 days')
            and account_id is null and address <> '' limit most)
        returning 1)
    select count(*) from forgotten
$$;
comment on column access_log.path is 'template of the route; empty where there is none';
"""


def upgrade() -> None:
    op.execute(ACCESS_LOG)
