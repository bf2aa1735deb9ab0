"""Counts are counts: nothing lost, nothing doubled."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.domain import hotspots
from gis.errors import InvalidInputError


def tally_of(*rows: tuple[int | None, float, float, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["grid_id", "lon", "lat", "count"])
    return frame.assign(grid_id=frame["grid_id"].astype("Int64"), village_code="210302001001")


def grids_of(*ids: int) -> gpd.GeoDataFrame:
    boundary = [shapely.box(122.99 + i / 1000, 41.11, 122.991 + i / 1000, 41.111) for i in ids]
    return gpd.GeoDataFrame({"id": ids}, geometry=gpd.GeoSeries(boundary, crs=4490).rename("boundary"))


def test_the_grid_with_most_reports_stands_first_and_equals_stand_by_id() -> None:
    tally = tally_of((3, 122.99, 41.11, 2), (1, 122.99, 41.11, 5), (2, 122.99, 41.11, 2))
    counted = hotspots.by_area(grids_of(4, 3, 2, 1), tally, key="id", tally_key="grid_id")
    assert counted[["id", "count"]].to_numpy().tolist() == [[1, 5], [2, 2], [3, 2], [4, 0]]


def test_reports_of_no_grid_or_of_a_grid_that_is_gone_are_counted_apart() -> None:
    tally = tally_of((1, 122.99, 41.11, 5), (None, 123.5, 41.11, 2), (99, 122.99, 41.11, 4))
    assert hotspots.elsewhere(grids_of(1), tally, key="id", tally_key="grid_id") == 6


rows = st.tuples(
    st.one_of(st.none(), st.integers(1, 5)), st.floats(122.9, 123.1), st.floats(41.0, 41.2), st.integers(1, 50)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, max_size=30), st.floats(20, 2000))
def test_no_report_is_lost_or_doubled_by_grids_or_by_heat(
    made: list[tuple[int | None, float, float, int]], cell_m: float
) -> None:
    tally, grids = tally_of(*made), grids_of(1, 2, 3)
    total = sum(row[3] for row in made)
    counted = hotspots.by_area(grids, tally, key="id", tally_key="grid_id")["count"].sum()
    assert counted + hotspots.elsewhere(grids, tally, key="id", tally_key="grid_id") == total
    assert hotspots.heat(tally, cell_m=cell_m)["weight"].sum() == total


def test_heat_joins_what_lies_in_one_cell_at_its_mean_place() -> None:
    tally = tally_of((1, 122.99001, 41.11001, 1), (2, 122.99005, 41.11001, 3), (1, 123.01, 41.2, 1))
    heat = hotspots.heat(tally, cell_m=1000)
    assert heat["weight"].tolist() == [4, 1]
    np.testing.assert_allclose(heat[["lon", "lat"]].iloc[0], [122.99004, 41.11001], atol=1e-9)


def test_heat_takes_larger_cells_until_there_are_few_enough_and_loses_nothing() -> None:
    rng = np.random.default_rng(1)
    places = zip(rng.uniform(122.9, 123.0, 500), rng.uniform(41.0, 41.1, 500), strict=True)
    tally = tally_of(*((1, lon, lat, 2) for lon, lat in places))
    assert len(hotspots.heat(tally)) > 100
    bounded = hotspots.bounded_heat(tally, most=100)
    assert len(bounded) <= 100
    assert bounded["weight"].sum() == 1000


def test_no_reports_make_no_heat() -> None:
    assert hotspots.heat(tally_of()).empty


@pytest.mark.parametrize("cell_m", [0, 10_001, float("nan")])
def test_a_heat_cell_without_sense_is_refused(cell_m: float) -> None:
    with pytest.raises(InvalidInputError, match="cell_m"):
        hotspots.heat(tally_of((1, 122.99, 41.11, 1)), cell_m=cell_m)
