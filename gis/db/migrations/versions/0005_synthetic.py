"""Everything that the demo made says so, in a column of its own that goes into files and answers.

A demo city that was loaded before is marked by what is known of each part: a layer by its own source, a level-2 grid by
its leaves, all else where the three layers are still the demo's, divisions and zones only under grids that are. Of the
whole city only the outlines of city and counties are real.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

DEMO = "select from layers where source = 'synthetic demo city' and name"
ALL_LAYERS = " and ".join(f"exists ({DEMO} = '{name}')" for name in ("streets", "waters", "buildings"))
DRAWN = "exists (select from grids g where g.synthetic and upper_inf(g.valid) and upper_inf(g.known))"
SURVEYED = "level in ('city', 'county') and (select count(*) > 1 from divisions where level = 'town')"
# Which rows of each table the demo made.
MADE = {
    "divisions": f"{DRAWN} and {ALL_LAYERS} and not ({SURVEYED})",
    "zones": f"{DRAWN} and {ALL_LAYERS}",
    "level2_grids": "(select bool_and(g.synthetic) from grids g where g.level2_code = level2_grids.code"
    " and g.valid && level2_grids.valid and upper_inf(g.known))",
    **{name: f"exists ({DEMO} = '{name}')" for name in ("streets", "waters", "buildings")},
    "cameras": ALL_LAYERS,
    "patrols": ALL_LAYERS,
}


def upgrade() -> None:
    for name, made in MADE.items():
        op.execute(f"alter table {name} add column synthetic boolean default false not null")
        op.execute(sa.update(sa.table(name, sa.column("synthetic"))).values(synthetic=True).where(sa.text(made)))
