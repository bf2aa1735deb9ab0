"""Activation codes end.

Codes that are out already get the days of a new one, from the day of this migration on.
"""

from alembic import op

revision = "0018"
down_revision = "0017"

ENDS = """
alter table accounts add column activation_ends_on date;
update accounts set activation_ends_on = timezone('Asia/Shanghai', now())::date + 30 where activation_hash is not null;
alter table accounts add constraint ck_accounts_activation
    check ((activation_hash is null) = (activation_ends_on is null));
comment on column accounts.activation_ends_on is 'last day of that code, in the city';
"""


def upgrade() -> None:
    op.execute(ENDS)
