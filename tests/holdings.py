"""All that a database holds, in values that can be compared with those of another."""

from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from gis.db.cluster import APP
from gis.db.dumps import OWNED
from gis.domain.grids import Plan
from gis.domain.routing import PlanIndex

RIGHTS = ("select", "insert", "update", "delete", "truncate", "references", "trigger")
FACTS = {
    "rights on tables": f"""
        select format('%I.%I', schemaname, tablename), r, has_table_privilege('{APP}', (schemaname||'.'||tablename), r)
        from pg_tables, unnest(array{list(RIGHTS)}) r where schemaname = 'public' and tablename <> 'spatial_ref_sys'""",
    "rights on sequences": f"""
        select sequencename, r, has_sequence_privilege('{APP}', 'public.'||sequencename, r)
        from pg_sequences, unnest(array['usage', 'select', 'update']) r""",
    "rights on new tables": """
        select defaclobjtype, a.grantee::regrole::text, a.privilege_type
        from pg_default_acl, aclexplode(defaclacl) a order by 1, 2, 3""",
    "policies": "select tablename, policyname, roles, cmd, permissive, qual, with_check from pg_policies",
    "tables under policies": "select relname, relrowsecurity, relforcerowsecurity from pg_class where relrowsecurity",
    "owners": "select tablename, tableowner from pg_tables where schemaname = 'public'",
    "constraints": """
        select conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace""",
    "indexes": "select indexname, indexdef from pg_indexes where schemaname = 'public'",
    "sequences": "select sequencename, start_value, increment_by, last_value from pg_sequences",
    "triggers": "select tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal",
    "comments": """
        select objoid::regclass::text, attname, description from pg_description
        left join pg_attribute on attrelid = objoid and attnum = objsubid where classoid = 'pg_class'::regclass""",
    "functions": """
        select proname, pg_get_functiondef(p.oid) from pg_proc p where pronamespace = 'public'::regnamespace
        and prokind = 'f' and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')""",
}


def rows_of(connection: sa.Connection) -> dict[str, tuple[int, str]]:
    """Return number and ordered hash of the rows of every table; geometry counts with each of its bytes."""
    found = {}
    for table in connection.scalars(sa.text(OWNED)).all():
        rows = connection.execute(sa.text(f"select md5(t::text) from {table} t order by 1")).scalars().all()
        whole = connection.scalar(sa.select(sa.func.md5("".join(rows))))
        found[table] = (len(rows), str(whole))
    return found


def facts_of(connection: sa.Connection) -> dict[str, list[Any]]:
    """Return what is written down about the tables: rights, policies, constraints, indexes and so on."""
    return {name: sorted(map(str, connection.execute(sa.text(query)))) for name, query in FACTS.items()}


def answers_of(plan: Plan, *, count: int = 1_000) -> pd.DataFrame:
    """Return where random points in and around a plan belong."""
    west, south, east, north = plan.grids.total_bounds
    draw = np.random.default_rng(7)
    lons = draw.uniform(west - 0.002, east + 0.002, count)
    lats = draw.uniform(south - 0.002, north + 0.002, count)
    return PlanIndex(plan).route_many(lons, lats)
