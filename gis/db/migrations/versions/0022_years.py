"""Posts and grants lie in the years that a day may lie in.

A last day beyond them was written for no end, such as 9999-12-31, and broke whoever read it; what begins beyond them is
nobody's.
"""

from alembic import op

revision = "0022"
down_revision = "0018"

YEARS = """
delete from posts where lower(valid) >= '2201-01-01';
update posts set valid = daterange(lower(valid), null) where upper(valid) > '2201-01-01';
alter table posts add constraint ck_posts_years
    check (valid <@ daterange('1900-01-01', null) and (upper_inf(valid) or upper(valid) <= '2201-01-01'));
alter table grants add constraint ck_grants_years
    check (valid <@ daterange('1900-01-01', null) and (upper_inf(valid) or upper(valid) <= '2201-01-01'));
"""


def upgrade() -> None:
    op.execute(YEARS)
