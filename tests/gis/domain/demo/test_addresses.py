"""The demo's gazetteer: every building has one address, numbered along its street."""

import geopandas as gpd
import shapely

from gis.domain.addresses import parse
from gis.domain.demo import City
from gis.domain.demo.addresses import addresses_of
from gis.domain.demo.numbering import STORY_BUILDING
from gis.domain.grids import CRS

COUNTY, VILLAGE = "210304000000", "210304015017"
WEST, SOUTH = 123.0, 41.15
GROUND = shapely.box(WEST - 0.1, SOUTH - 0.1, WEST + 0.1, SOUTH + 0.1)


def frame(geometry: str, shapes: list[shapely.Geometry], **columns: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns | {geometry: shapes}, geometry=geometry, crs=CRS)


def block(east: float, north: float) -> shapely.Geometry:
    return shapely.box(WEST + east, SOUTH + north, WEST + east + 1e-4, SOUTH + north + 1e-4)


def test_every_building_has_an_address_of_its_own_and_the_tower_of_the_story_its_stack(city: City) -> None:
    houses = city.addresses[city.addresses["kind"] == "building"]
    assert len(houses) > 0.95 * len(city.buildings)
    assert houses["name"].map(lambda name: parse(name).key).is_unique
    assert houses["name"].map(lambda name: bool(parse(name).street)).all()
    (story,) = houses[houses["name"] == STORY_BUILDING].itertuples()
    leaves = city.plan.of_kind("comprehensive")
    stack = leaves[leaves.geometry.contains(story.extent)]
    assert set(stack["building"]) == {STORY_BUILDING}
    assert (story.units, story.floors) == (stack["unit"].nunique(), stack["floor_to"].max())


def test_numbers_are_odd_left_of_a_street_and_even_right_of_it_and_grow_along_it() -> None:
    names = ["立山区", "新工社区居委会"]
    divisions = frame("boundary", [GROUND] * 2, code=[COUNTY, VILLAGE], name=names, level=["county", "village"])
    street = shapely.LineString([(WEST, SOUTH), (WEST + 0.01, SOUTH)])
    streets = frame("path", [street], name=["胜利路"], category=["main"])
    grids = frame(
        *("boundary", [GROUND]),
        **{"kind": ["comprehensive"], "name": ["一"], "village_code": [VILLAGE], "building": [None], "unit": [None]},
    )
    # Two blocks north of the street, which runs east, two south, a house beside them, and a block far from any street.
    places = [(0.006, 0.001), (0.002, 0.001), (0.003, -0.001), (0.001, -0.001), (0.008, -0.001), (0.05, 0.05)]
    floors = [6, 6, 6, 6, 1, 6]
    buildings = frame(
        "footprint", [block(*place) for place in places], name=[""] * 6, floors=floors, households=[24, 1, 0, 9, 9, 9]
    )
    found = addresses_of(streets, buildings, grids, divisions)
    assert found["name"].tolist() == [
        *("胜利路", "胜利路3栋", "胜利路1栋", "胜利路4栋", "胜利路2栋", "胜利路6号", "新工社区1栋"),
    ]
    assert found["units"].tolist()[1:] == [2, 1, 1, 1, 5, 1]
