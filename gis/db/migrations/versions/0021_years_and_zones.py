"""Posts and grants lie in the years that a day may lie in.

A last day beyond them was written for no end, such as 9999-12-31, and broke whoever read it; what begins beyond them is
nobody's.

The code of a zone tells nothing of what lies in it: policies compare it as a whole (`=Z1` in `app.scope`), so that `Z10`
does not lie in `Z1`. So do they with the codes of a city that has codes of its own.
"""

from alembic import op

revision = "0021"
down_revision = "0020"

YEARS = """
delete from posts where lower(valid) >= '2201-01-01';
update posts set valid = daterange(lower(valid), null) where upper(valid) > '2201-01-01';
alter table posts add constraint ck_posts_years
    check (valid <@ daterange('1900-01-01', null) and (upper_inf(valid) or upper(valid) <= '2201-01-01'));
alter table grants add constraint ck_grants_years
    check (valid <@ daterange('1900-01-01', null) and (upper_inf(valid) or upper(valid) <= '2201-01-01'));
"""


EVERYWHERE = "(select current_setting('app.scope', true)) = '*'"
PARTS = "unnest((select string_to_array(current_setting('app.scope', true), ','))) p"
POLICIES = {
    "assignments": f"""exists (select from {PARTS}
        where post_code ^@ p or level2_code ^@ p or village_code ^@ p
        or p in ('=' || post_code, '=' || level2_code, '=' || zone_code))""",
    "cameras": f"exists (select from {PARTS} where village_code ^@ p or p = '=' || zone_code)",
    "patrols": f"""exists (select from {PARTS}
        where post ^@ p or village_code ^@ p or p in ('=' || post, '=' || zone_code))""",
}


def upgrade() -> None:
    op.execute(YEARS)
    for table, condition in POLICIES.items():
        op.execute(f"alter policy by_scope on {table} using ({EVERYWHERE} or {condition})")
