"""The queue of deferred and timed work: procrastinate's own tables."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

SCHEMA = Path(__file__).parents[1] / "queue" / "procrastinate_3_10_0.sql"


def upgrade() -> None:
    # The driver reads `%` as the mark of a parameter.
    op.get_bind().exec_driver_sql(SCHEMA.read_text("utf-8").replace("%", "%%"))
