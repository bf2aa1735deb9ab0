"""What the planner of queries knows about the tables."""

import sqlalchemy as sa

from gis.db.tables import metadata


def gather(connection: sa.Connection) -> None:
    """Count and sample every table anew; worth it after a large load, since plans made before it are bad ones."""
    owned = "select tablename from pg_tables where schemaname = 'public' and pg_has_role(tableowner, 'usage')"
    allowed = set(connection.scalars(sa.text(owned)))
    for table in metadata.sorted_tables:
        if table.name in allowed:
            connection.execute(sa.text(f"analyze {connection.dialect.identifier_preparer.format_table(table)}"))
