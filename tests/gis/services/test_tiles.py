import os
import time
from datetime import UTC, datetime, timedelta

import geopandas as gpd
import pytest
import shapely
import sqlalchemy as sa

from gis.domain.changes import replacement
from gis.domain.coordinates import snap
from gis.domain.grids import CRS, GRID_COLUMNS
from gis.domain.tiles import LAYERS, address_of, to_degrees
from gis.errors import NotFoundError
from gis.services import layers, plans, tiles
from tests.gis.domain.test_tiles import cover
from tests.staff import BY

MIDDLE = (123.02, 41.15)


@pytest.fixture
def shown(town_connection):
    return {layer.name: (layer, drawn) for layer, drawn in layers.catalogue(town_connection).layers}


def fetch(connection, folder, name, revision, zoom):
    address = address_of(*MIDDLE, zoom)
    return tiles.tile(connection, folder, LAYERS[name], revision=revision, address=address)


def test_an_empty_database_has_nothing_to_draw(connection):
    tiles.draw(connection)
    found = layers.catalogue(connection)
    assert (found.revision, found.layers, found.bounds) == (None, [], None)


def test_drawing_again_changes_no_tile(town_connection, shown, tmp_path):
    before = {
        name: fetch(town_connection, tmp_path / "a", name, drawn.revision, 16) for name, (_, drawn) in shown.items()
    }
    tiles.draw(town_connection)
    after = {
        name: fetch(town_connection, tmp_path / "b", name, drawn.revision, 16) for name, (_, drawn) in shown.items()
    }
    assert before == after
    assert len(before["grids"]) > 0


def test_a_revision_that_is_not_drawn_is_not_found(town_connection, tmp_path):
    with pytest.raises(NotFoundError, match="no revision 77"):
        fetch(town_connection, tmp_path, "grids", 77, 14)
    assert list(tmp_path.iterdir()) == []


def test_a_kept_tile_is_served_as_it_was(town_connection, shown, tmp_path):
    revision = shown["villages"][1].revision
    first = fetch(town_connection, tmp_path, "villages", revision, 13)
    town_connection.execute(sa.text("delete from tile_shapes"))
    assert fetch(town_connection, tmp_path, "villages", revision, 13) == first


def test_an_empty_tile_is_not_kept(town_connection, shown, tmp_path):
    far = address_of(100.0, 30.0, 14)
    assert (
        tiles.tile(town_connection, tmp_path, LAYERS["grids"], revision=shown["grids"][1].revision, address=far) == b""
    )
    assert list(tmp_path.iterdir()) == []


def test_a_tile_that_cannot_be_kept_is_served_all_the_same(town_connection, shown, tmp_path):
    closed = tmp_path / "closed"
    closed.write_text("a file where the folder should be")
    revision = shown["grids"][1].revision
    made = fetch(town_connection, closed, "grids", revision, 14)
    assert made
    assert made == fetch(town_connection, tmp_path / "open", "grids", revision, 14)


def test_a_sweep_removes_the_tiles_of_revisions_that_are_no_longer_drawn(town_connection, shown, tmp_path):
    revision = shown["towns"][1].revision
    fetch(town_connection, tmp_path, "towns", revision, 12)
    (tmp_path / "towns" / "99999" / "3").mkdir(parents=True)
    (tmp_path / "towns" / "99999" / tiles.BORN).touch()
    assert tiles.sweep(town_connection, tmp_path) == 1
    assert [path.name for path in (tmp_path / "towns").iterdir()] == [str(revision)]


def test_a_sweep_removes_the_tiles_of_a_database_that_was_here_before(town_connection, shown, tmp_path):
    revision = shown["towns"][1].revision
    fetch(town_connection, tmp_path, "towns", revision, 12)
    born = tmp_path / "towns" / str(revision) / tiles.BORN
    long_ago = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    os.utime(born, (long_ago, long_ago))
    fetch(town_connection, tmp_path, "towns", revision, 11)
    assert born.stat().st_mtime == long_ago
    assert tiles.sweep(town_connection, tmp_path) == 1
    assert not born.exists()


def test_warming_makes_the_tiles_on_which_one_opens_the_map(town_connection, shown, tmp_path):
    made = tiles.warm(town_connection, tmp_path)
    kept = list(tmp_path.rglob("*.mvt.gz"))
    assert made == len(kept) > 0
    address = address_of(*MIDDLE, 9)
    assert tmp_path / f"counties/{shown['counties'][1].revision}/9/{address.x}/{address.y}.mvt.gz" in kept
    started = time.monotonic()
    tiles.warm(town_connection, tmp_path)
    assert time.monotonic() - started < 5


def test_a_drawing_asks_the_worker_to_make_tiles_ahead(town_connection):
    count = sa.text("select count(*) from procrastinate_jobs where task_name = :task")
    before = town_connection.scalar(count, {"task": tiles.WARM})
    tiles.draw(town_connection, ["zones"])
    assert town_connection.scalar(count, {"task": tiles.WARM}) == before + 1


SHAPES = sa.text(
    "select layer, detail, id, code, name, kind, ST_AsBinary(shape) as shape, ST_AsBinary(label) as label"
    " from tile_shapes order by 1, 2, 3"
)


def plan_of(shapes):
    """A frame of comprehensive grids on these shapes, twelve to a level-2 grid."""
    count = len(shapes)
    columns = dict.fromkeys(GRID_COLUMNS) | {
        "id": range(1, count + 1),
        "code": [f"2103020010011{row // 12 + 1:02d}{row % 12 + 1:03d}" for row in range(count)],
        "kind": "comprehensive",
        "name": [f"第{row}网格" for row in range(count)],
        "village_code": "210302001001",
        "level2_code": [f"2103020010011{row // 12 + 1:02d}000" for row in range(count)],
        "urban": True,
        "households": 1,
        "headcount": 1,
        "synthetic": True,
    }
    return gpd.GeoDataFrame({**columns, "boundary": shapes}, geometry="boundary", crs=CRS)


def merged(frame, kept, gone):
    """The frame with one grid joined to its neighbour."""
    frame = frame.copy()
    both = shapely.union(frame.at[kept, "boundary"], frame.at[gone, "boundary"])
    frame.at[kept, "boundary"] = both
    return frame.drop(index=gone)


@pytest.mark.parametrize("joined", [[], [(60, 61)], [(0, 1), (130, 131), (77, 76)]])
def test_drawing_only_what_a_publication_touched_is_drawing_everything(connection, joined):
    shapes = shapely.transform(to_degrees(cover(12)), snap)
    frame = plan_of(shapes)
    began = datetime(2026, 1, 1, tzinfo=UTC)
    plans.publish(connection, replacement(frame.iloc[:0], frame), in_force_at=began, by=BY)
    frame = wanted = plans.in_force(connection).grids
    for kept, gone in joined:
        wanted = merged(wanted, kept, gone)
    plans.publish(connection, replacement(frame, wanted), in_force_at=began + timedelta(days=1), by=BY)
    piecewise = connection.execute(SHAPES).all()
    tiles.draw(connection)
    assert piecewise == connection.execute(SHAPES).all()
    assert sum(row.layer == "grids" and row.detail == 16 for row in piecewise) == 144 - len(joined)
