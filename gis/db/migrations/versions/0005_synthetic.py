"""Everything that the demo made says so, in a column of its own that goes into files and answers.

A demo city that was loaded before is marked by what its layers say of their source; of the whole city only the outlines
of city and counties are real.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = ("divisions", "zones", "level2_grids", "streets", "waters", "buildings", "cameras", "patrols")
LOADED = "exists (select from layers where source = 'synthetic demo city')"
SURVEYED = "level in ('city', 'county') and (select count(*) > 1 from divisions where level = 'town')"


def upgrade() -> None:
    for name in TABLES:
        op.execute(f"alter table {name} add column synthetic boolean default false not null")
        mark = sa.update(sa.table(name, sa.column("synthetic"))).values(synthetic=True).where(sa.text(LOADED))
        op.execute(mark.where(sa.text(f"not ({SURVEYED})")) if name == "divisions" else mark)
