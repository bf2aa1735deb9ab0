"""The migrations and the tables as they are written say the same."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from gis.db import engine as engines
from gis.db import schema
from gis.db.tables import metadata

OURS = set(metadata.tables)


def ours(thing: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
    table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", None)
    return not reflected or table in OURS


def test_the_migrations_make_exactly_the_tables_that_are_written_down(connection: sa.Connection) -> None:
    context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": False})
    assert compare_metadata(context, metadata) == []


def test_a_migrated_database_is_at_the_newest_migration(connection: sa.Connection) -> None:
    assert schema.present(connection) == schema.newest()


def test_the_private_cluster_is_safe_to_serve_from(connection: sa.Connection) -> None:
    engines.check_server(connection)
    assert connection.scalar(sa.text("show data_checksums")) == "on"


def test_the_serving_role_neither_owns_tables_nor_bypasses_policies(connection: sa.Connection) -> None:
    owned = "select count(*) from pg_tables where tableowner = current_user"
    assert connection.scalar(sa.text(owned)) == 0
    role = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
    assert connection.scalar(sa.text(role)) is False


def test_the_overlap_operator_is_leakproof_so_that_policies_keep_the_index(connection: sa.Connection) -> None:
    marked = "select proleakproof from pg_proc where oid = 'geometry_overlaps(geometry, geometry)'::regprocedure"
    assert connection.scalar(sa.text(marked)) is True
