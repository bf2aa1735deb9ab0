"""The service's own filter by scope finds its rows by index, and the policy of reports asks row by row.

An `exists` may be planned as a hash of every assignment that is in scope, which reads them all for the newest 100
reports; a scalar subquery is never hashed.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

STATEMENTS = """
create index ix_assignments_level2_code on assignments (level2_code);
create index ix_assignments_zone_code on assignments (zone_code) where zone_code is not null;
alter policy by_scope on reports using (
    (select current_setting('app.scope', true)) = '*'
    or (select true from assignments a where a.report_id = reports.id)
);
"""


def upgrade() -> None:
    op.execute(STATEMENTS)
