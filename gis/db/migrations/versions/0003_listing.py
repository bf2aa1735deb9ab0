"""Grids are listed page by page in the order of their permanent ids."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("create index ix_grids_id on grids (id)")
