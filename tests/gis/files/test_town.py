"""The hand-sized town is what its README says."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.domain import covers
from gis.domain.categories import CATEGORIES, CHANNELS
from gis.domain.coordinates import snap, to_cgcs2000
from gis.files.plans import read_noun

COUNTS = {
    "divisions": 5,
    "zones": 1,
    "grids": 45,
    "streets": 8,
    "waters": 2,
    "buildings": 93,
    "addresses": 103,
    "cameras": 8,
    "patrols": 14,
    "reports": 120,
}


@pytest.mark.parametrize(("noun", "count"), COUNTS.items())
def test_every_file_has_its_rows_and_is_written_on_the_lattice(noun: str, count: int, town: Path) -> None:
    said: list[str] = []
    frame = read_noun(town / f"{noun}.geojson", noun, datum="cgcs2000", say=said.append)
    assert len(frame) == count
    assert said == []
    text = (town / f"{noun}.geojson").read_text()
    for x, y in shapely.get_coordinates(frame.geometry.to_numpy())[:50]:
        assert f"[{round(x, 7)},{round(y, 7)}]" in text


def test_the_grids_are_a_cover_with_one_stack_and_dedicated_ones_over_it(town: Path) -> None:
    grids = read_noun(town / "grids.geojson", "grids", datum="cgcs2000")
    leaves = grids[grids["kind"] == "comprehensive"]
    numbers = covers.footprint_numbers(leaves.geometry.to_numpy())
    assert np.bincount(numbers).tolist().count(4) == 1
    assert (len(leaves), numbers.max() + 1) == (42, 39)
    villages = read_noun(town / "divisions.geojson", "divisions", datum="cgcs2000").set_index("level").loc["village"]
    park = grids.set_index("category").loc["park", "boundary"]
    assert villages["boundary"].intersects(park).all()


def test_no_border_cuts_a_building(town: Path) -> None:
    grids = read_noun(town / "grids.geojson", "grids", datum="cgcs2000")
    for building in read_noun(town / "buildings.geojson", "buildings", datum="cgcs2000").geometry:
        assert not shapely.crosses(shapely.boundary(grids.geometry.to_numpy()), building).any()


def test_reports_lie_where_their_senders_said_in_the_datum_they_said(town: Path) -> None:
    reports = read_noun(town / "reports.geojson", "reports", datum="cgcs2000")
    assert set(reports["datum"]) == {"wgs84", "gcj02", "bd09", "epsg:4550"}
    assert set(reports["category"]) <= set(CATEGORIES)
    assert set(reports["channel"]) <= set(CHANNELS)
    for row in reports.itertuples():
        lon, lat = to_cgcs2000(row.original_x, row.original_y, datum=row.datum)
        assert (float(snap(lon)), float(snap(lat))) == (row.location.x, row.location.y)
