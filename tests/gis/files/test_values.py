"""Values that no row can have are told by row and column, all at once, when the file is read."""

from typing import Any

import geopandas as gpd
import pytest
import shapely

from gis.domain.coordinates import from_cgcs2000
from gis.domain.grids import CRS
from gis.errors import InvalidInputError
from gis.files.nouns import as_noun

AREA, POINT = shapely.box(122.99, 41.11, 122.991, 41.111), shapely.Point(122.99, 41.11)
TRACK = shapely.LineString([(122.99, 41.11), (122.991, 41.11)])
CAMERA = {"code": "21030400081326000001", "name": "x", "heading_deg": 0, "view_deg": 360, "range_m": 10_000}
REPORT = {
    "id": "a0000000-0000-4000-8000-000000000001",
    "captured_at": "2026-06-30T09:00:00+08:00",
    "channel": "worker",
    "category": "road",
}
PATROL = {"post": "1", "started_at": "2026-06-30T09:00:00+08:00", "ended_at": "2026-06-30T09:00:00+08:00"}


def rows(shape: shapely.Geometry, *facts: dict[str, Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(list(facts), geometry=[shape] * len(facts), crs=CRS)


def refused(noun: str, shape: shapely.Geometry, *facts: dict[str, Any]) -> list[str]:
    """Return what is said of rows: columns of the second one, since the first is well."""
    with pytest.raises(InvalidInputError) as error:
        as_noun(rows(shape, *facts), noun)
    return [fault.pointer for fault in error.value.faults]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("range_m", value) for value in (1e308, 10_001, 0, -1)),
        *(("view_deg", value) for value in (0, -1, 361)),
        *(("heading_deg", value) for value in (361, -0.1)),
        ("code", "123"),
    ],
)
def test_a_camera_that_draws_nothing_is_refused(column: str, value: object) -> None:
    assert as_noun(rows(POINT, CAMERA), "cameras")["range_m"].tolist() == [10_000]
    assert refused("cameras", POINT, CAMERA, CAMERA | {"code": "21030400081326000002"} | {column: value}) == [
        f"row 2, column {column}"
    ]


def test_all_that_is_wrong_is_told_at_once() -> None:
    other = {"code": CAMERA["code"], "heading_deg": "north", "view_deg": 0, "range_m": 1e308}
    assert set(refused("cameras", POINT, CAMERA, CAMERA | other)) == {
        f"row 2, column {name}" for name in ("code", "heading_deg", "view_deg", "range_m")
    }


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        ({"households": -1}, "households"),
        ({"headcount": -1}, "headcount"),
        ({"floor_from": 5, "floor_to": 4}, "floor_to"),
        ({"floor_from": 1, "floor_to": 40_000}, "floor_to"),
        ({"id": -1}, "id"),
        ({"id": 1}, "id"),
        ({"kind": "dedicated"}, "category"),
        ({"category": "school"}, "category"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(wrong: dict[str, Any], column: str) -> None:
    grid = {"id": 1, "code": "1", "floor_from": 1, "floor_to": 1}
    assert refused("grids", AREA, grid, grid | {"id": 2} | wrong) == [f"row 2, column {column}"]


@pytest.mark.parametrize(("column", "value"), [("floors", 0), ("floors", -1), ("households", -1), ("floors", 40_000)])
def test_a_building_has_floors(column: str, value: int) -> None:
    building = {"floors": 1, "households": 0}
    assert refused("buildings", AREA, building, building | {column: value}) == [f"row 2, column {column}"]


def test_a_patrol_ends_after_it_begins() -> None:
    assert refused("patrols", TRACK, PATROL, PATROL | {"ended_at": "2026-06-30T08:59:59+08:00"}) == [
        "row 2, column ended_at"
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("category", "people"),
        ("channel", "pigeon"),
        ("accuracy_m", -1),
        ("captured_at", "2999-12-31T00:00:00Z"),
        ("captured_at", "1999-12-31T00:00:00Z"),
        ("text", "x" * 2_001),
        ("id", "x"),
        ("id", str(REPORT["id"]).upper()),
    ],
)
def test_a_report_that_cannot_be_is_refused(column: str, value: object) -> None:
    other = REPORT | {"id": "a0000000-0000-4000-8000-000000000002"}
    assert refused("reports", POINT, REPORT, other | {column: value}) == [f"row 2, column {column}"]


def test_what_a_sender_gave_must_lie_where_the_geometry_lies() -> None:
    x, y = (float(value) for value in from_cgcs2000(POINT.x, POINT.y, datum="gcj02"))
    sent = REPORT | {"original_x": x, "original_y": y, "datum": "gcj02"}
    other = sent | {"id": "a0000000-0000-4000-8000-000000000002"}
    assert len(as_noun(rows(POINT, sent, other), "reports")) == 2
    place = "row 2, columns original_x, original_y"
    assert refused("reports", POINT, sent, other | {"datum": "wgs84"}) == [f"{place}, datum"]
    assert refused("reports", POINT, sent, other | {"original_x": 500.0}) == [f"{place}, datum"]
    assert refused("reports", POINT, sent, other | {"original_x": None}) == [place]
    assert refused("reports", POINT, sent, other | {"datum": None}) == ["row 2, column datum"]
    assert refused("reports", POINT, sent, other | {"datum": "mars"}) == [f"{place}, datum"]


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        ({"name": "鞍千路"}, "name"),
        ({"name": "？！"}, "name"),
        ({"kind": "person"}, "kind"),
        ({"units": 0}, "units"),
        ({"floors": 1_001}, "floors"),
    ],
)
def test_an_address_can_be_looked_for(wrong: dict[str, Any], column: str) -> None:
    address = {"kind": "building", "name": "鞍千路32栋", "units": 2, "floors": 30}
    for shape in (POINT, TRACK, AREA):
        assert refused("addresses", shape, address, address | wrong) == [f"row 2, column {column}"]
