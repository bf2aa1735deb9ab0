"""Everything that the demo made says so, in a column of its own that goes into files and answers.

A demo city that was loaded before is marked by what is known of each part: a layer by its own source, a level-2 grid by
its leaves, divisions and zones by the grids in force, cameras and patrols where all layers are still the demo's. Of the
whole city only the outlines of city and counties are real.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

DEMO = "select from layers where source = 'synthetic demo city' and name"
LEAVES = "select from grids g where upper_inf(g.valid) and upper_inf(g.known)"
UNTOUCHED = f"exists ({LEAVES} and g.synthetic) and not exists ({LEAVES} and not g.synthetic)"
ALL_LAYERS = " and ".join(f"exists ({DEMO} = '{name}')" for name in ("streets", "waters", "buildings"))
SURVEYED = "level in ('city', 'county') and (select count(*) > 1 from divisions where level = 'town')"
# Which rows of each table the demo made.
MADE = {
    "divisions": f"{UNTOUCHED} and not ({SURVEYED})",
    "zones": f"{UNTOUCHED} and {ALL_LAYERS}",
    "level2_grids": "(select bool_and(g.synthetic) from grids g where g.level2_code = level2_grids.code"
    " and g.valid && level2_grids.valid and upper_inf(g.known))",
    **{name: f"exists ({DEMO} = '{name}')" for name in ("streets", "waters", "buildings")},
    "cameras": ALL_LAYERS,
    "patrols": ALL_LAYERS,
}


def upgrade() -> None:
    for name, made in MADE.items():
        op.execute(f"alter table {name} add column synthetic boolean default false not null")
        op.execute(f"update {name} set synthetic = true where {made}")
