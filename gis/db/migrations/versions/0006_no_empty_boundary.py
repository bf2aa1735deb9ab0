"""Whatever has a boundary has an area."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = ("divisions", "zones", "level2_grids", "grids")


def upgrade() -> None:
    for table in TABLES:
        rule = f"ck_{table}_boundary_is_not_empty"
        op.execute(f"alter table {table} add constraint {rule} check (not ST_IsEmpty(boundary))")
