"""The migrations and the tables as they are written say the same."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from gis.db import cluster as clusters
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


@pytest.fixture
def bare(cluster: clusters.Cluster, new_database: Callable[[str], str]) -> Iterator[sa.Engine]:
    """A prepared database without any table, as its owner."""
    engine = engines.connect(cluster.address(clusters.OWNER, new_database("template1")))
    superuser = engines.connect(cluster.address("postgres", str(engine.url.database)))
    with superuser.begin() as connection:
        for extension in clusters.EXTENSIONS:
            connection.execute(sa.text(f"create extension if not exists {extension}"))
    superuser.dispose()
    yield engine
    engine.dispose()


@pytest.fixture
def before_the_marks(bare: sa.Engine) -> sa.Engine:
    """A database at migration 0004: a demo city, and beside its village one that somebody drew."""
    schema.upgrade(bare, "0004")
    with bare.begin() as connection:
        connection.execute(sa.text(OLD_CITY))
    return bare


SHAPE = "ST_GeomFromText('MULTIPOLYGON(((123 41,123 41.1,123.1 41.1,123 41)))', 4490)"
OLD_CITY = f"""
insert into plans (in_force_at, changes) values (now(), 2);
insert into divisions (code, name, level, boundary, valid)
    select code, '', level, {SHAPE}, tstzrange(now(), null) from (values
    ('210300000000', 'city'), ('210304015000', 'town'), ('210304016000', 'town')) as given (code, level);
insert into zones (code, name, boundary, valid) values ('Z', '', {SHAPE}, tstzrange(now(), null));
insert into level2_grids (code, name, village_code, boundary, valid)
    select code, '', '', {SHAPE}, tstzrange(now(), null) from unnest(array['made', 'drawn']) as code;
insert into grids (id, code, kind, name, village_code, level2_code, urban, synthetic, boundary, revision, valid)
    select id, code, 'comprehensive', '', '', code, true, code = 'made', {SHAPE}, 1, tstzrange(now(), null)
    from (values (1, 'made'), (2, 'drawn')) as given (id, code);
insert into streets (category, path) values ('lane', ST_GeomFromText('MULTILINESTRING((123 41,123 41.1))', 4490));
insert into waters (category, surface) values ('lake', {SHAPE});
insert into buildings (floors, footprint) values (1, {SHAPE});
insert into cameras (code, name, location, heading_deg, view_deg, range_m)
    values ('1', '', ST_SetSRID(ST_MakePoint(123, 41), 4490), 0, 60, 50);
insert into patrols (post, started_at, ended_at, track)
    values ('1', now(), now(), ST_GeomFromText('LINESTRING(123 41,123 41.1)', 4490));
insert into layers (name, revision, source)
    select name, 1, 'synthetic demo city' from unnest(array['streets', 'waters', 'buildings']) as name;
"""


def marked(engine: sa.Engine) -> dict[str, list[str]]:
    """Return what says that the demo made it: by table, codes where it has any."""
    keys = {"divisions": "code", "zones": "code", "level2_grids": "code", "cameras": "code"}
    tables = [*keys, "streets", "waters", "buildings", "patrols"]
    with engine.connect() as connection:
        rows = {
            name: connection.scalars(
                sa.text(f"select {keys.get(name, 'id::text')} from {name} where synthetic order by 1")
            ).all()
            for name in tables
        }
    return {name: list(found) for name, found in rows.items() if found}


def test_an_old_demo_city_is_marked_as_such_but_not_what_was_drawn_or_surveyed(before_the_marks: sa.Engine) -> None:
    schema.migrate(before_the_marks)
    found = marked(before_the_marks)
    assert found["divisions"] == ["210304015000", "210304016000"]
    assert found["level2_grids"] == ["made"]
    assert set(found) == {"divisions", "zones", "level2_grids", "streets", "waters", "buildings", "cameras", "patrols"}


def test_where_one_layer_was_replaced_only_what_is_surely_the_demos_is_marked(before_the_marks: sa.Engine) -> None:
    with before_the_marks.begin() as connection:
        connection.execute(sa.text("update layers set source = 'streets.gpkg' where name = 'streets'"))
    schema.migrate(before_the_marks)
    assert set(marked(before_the_marks)) == {"level2_grids", "waters", "buildings"}


def test_the_one_photo_of_an_old_report_becomes_its_first(bare: sa.Engine) -> None:
    schema.upgrade(bare, "0008")
    with bare.begin() as connection:
        connection.execute(sa.text(OLD_PHOTOS))
    schema.migrate(bare)
    with bare.begin() as connection:
        found = connection.execute(sa.text("select report_id::text, position, sha256 from report_photos")).all()
    assert found == [("00000000-0000-0000-0000-000000000001", 1, "a")]


OLD_PHOTOS = """
insert into photos (sha256, width_px, height_px) values ('a', 1, 1);
insert into reports (id, body_sha256, captured_at, channel, category, location, original_x, original_y, datum,
    photo_sha256)
    select id::uuid, '', now(), 'public', 'road', ST_SetSRID(ST_MakePoint(123, 41), 4490), 123, 41, 'wgs84', photo
    from (values ('00000000-0000-0000-0000-000000000001', 'a'), ('00000000-0000-0000-0000-000000000002', null))
    as given (id, photo);
"""
