"""Reports of a dedicated grid are found along an index, as those of a comprehensive one are."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("create index ix_assignments_dedicated_id on assignments (dedicated_id) where dedicated_id is not null")
