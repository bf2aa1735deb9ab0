"""Patrol coverage against brute force: every pair measured, every square metre asked."""

from datetime import UTC, datetime, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.domain import patrols
from gis.errors import InvalidInputError

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
CORNER = (122.99, 41.11)
METRE = (1 / 84_000, 1 / 111_060)  # near Anshan, good to 0.1 %


def degrees(xy: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Metres east and north of a corner in Anshan, as degrees."""
    return [(CORNER[0] + x * METRE[0], CORNER[1] + y * METRE[1]) for x, y in xy]


def areas_of(*boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    boundary = [shapely.Polygon(degrees([(w, s), (e, s), (e, n), (w, n)])) for w, s, e, n in boxes]
    return gpd.GeoDataFrame({"id": range(1, len(boxes) + 1), "boundary": boundary}, geometry="boundary", crs=4490)


def walks(*tracks: tuple[float, list[tuple[float, float]]]) -> gpd.GeoDataFrame:
    """Patrols that ended so many days before noon, along points in metres."""
    ended = [NOON - timedelta(days=days) for days, _ in tracks]
    frame = pd.DataFrame({"post": "p", "started_at": ended, "ended_at": pd.to_datetime(ended, utc=True)})
    track = [shapely.LineString(degrees(points)) for _, points in tracks]
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(track, crs=4490).rename("track"))


def test_a_straight_track_through_a_square_passes_50_metres_of_its_width() -> None:
    found = patrols.coverage(areas_of((0, 0, 200, 100)), walks((1, [(100, -200), (100, 300)])), as_of=NOON)
    assert found["share"].iloc[0] == pytest.approx(0.25, abs=0.001)
    assert found["days_since"].iloc[0] == pytest.approx(1)
    assert found["visits"].iloc[0] == 1


def test_the_same_street_walked_ten_times_is_ten_visits_and_one_share() -> None:
    once, ten = ([(day, [(100, -50), (100, 150)]) for day in range(1, n + 1)] for n in (1, 10))
    area = areas_of((0, 0, 200, 100))
    first, last = (patrols.coverage(area, walks(*tracks), as_of=NOON).iloc[0] for tracks in (once, ten))
    assert last["visits"] == 10
    assert last["share"] == pytest.approx(first["share"], abs=1e-9)
    assert last["days_since"] == pytest.approx(1)


def test_an_area_never_visited_has_no_days_and_share_zero() -> None:
    found = patrols.coverage(areas_of((0, 0, 100, 100)), walks((1, [(500, 0), (500, 100)])), as_of=NOON).iloc[0]
    assert pd.isna(found["days_since"])
    assert pd.isna(found["last_visit_at"])
    assert (found["visits"], found["share"]) == (0, 0)


def test_a_track_24_metres_off_is_a_visit_and_one_26_metres_off_is_none() -> None:
    near, far = (
        patrols.coverage(areas_of((0, 0, 100, 100)), walks((1, [(x, 0), (x, 100)])), as_of=NOON) for x in (124, 126)
    )
    assert (near["visits"].iloc[0], far["visits"].iloc[0]) == (1, 0)


def test_a_patrol_that_ends_after_the_instant_asked_about_is_not_known_yet() -> None:
    found = patrols.coverage(areas_of((0, 0, 100, 100)), walks((-1, [(50, 0), (50, 100)])), as_of=NOON)
    assert found["visits"].iloc[0] == 0


def test_no_patrols_at_all_is_an_answer_not_a_fault() -> None:
    found = patrols.coverage(areas_of((0, 0, 100, 100), (100, 0, 200, 100)), walks(), as_of=NOON)
    assert found["share"].tolist() == [0, 0]
    assert found["days_since"].isna().all()


def test_no_areas_at_all_is_an_empty_answer() -> None:
    assert patrols.coverage(areas_of(), walks((1, [(0, 0), (9, 9)])), as_of=NOON).empty


def test_a_worker_who_stood_still_has_passed_a_circle() -> None:
    found = patrols.coverage(areas_of((-100, -100, 100, 100)), walks((1, [(0, 0), (0, 0)])), as_of=NOON)
    assert found["share"].iloc[0] == pytest.approx(np.pi * 25**2 / 200**2, rel=0.01)


def test_a_worker_who_stood_still_on_a_border_has_visited_both_sides() -> None:
    areas = areas_of((0, 0, 100, 100), (-100, 0, 0, 100))
    found = patrols.coverage(areas, walks((1, [(0, 1), (0, 1)])), as_of=NOON, reach_m=5)
    assert found["visits"].tolist() == [1, 1]
    assert (found["share"] > 0).all()


@pytest.mark.parametrize("reach_m", [0, -1, 101, float("nan")])
def test_a_reach_that_makes_no_sense_is_refused(reach_m: float) -> None:
    with pytest.raises(InvalidInputError, match="reach_m"):
        patrols.coverage(areas_of((0, 0, 9, 9)), walks(), as_of=NOON, reach_m=reach_m)


def test_the_answer_keeps_the_index_of_the_areas() -> None:
    areas = areas_of((0, 0, 100, 100), (200, 0, 300, 100)).set_axis(["b", "a"])
    found = patrols.coverage(areas, walks((2, [(250, 10), (250, 90)])), as_of=NOON)
    assert found.index.tolist() == ["b", "a"]
    assert found["visits"].tolist() == [0, 1]


decimetres = st.integers(-500, 3_500).map(lambda dm: dm / 10)
place = st.tuples(decimetres, decimetres)
track = st.tuples(st.floats(0.1, 40), st.lists(place, min_size=2, max_size=25))


@settings(max_examples=40, deadline=None)
@given(st.lists(track, max_size=5), st.floats(5, 60))
def test_days_visits_and_share_agree_with_brute_force(
    tracks: list[tuple[float, list[tuple[float, float]]]], reach_m: float
) -> None:
    areas = areas_of((0, 0, 150, 150), (150, 0, 300, 150), (0, 150, 300, 300))
    walked = walks(*tracks)
    found = patrols.coverage(areas, walked, as_of=NOON, reach_m=reach_m)
    areas_xy, tracks_xy = areas.geometry.to_crs(4550), walked.geometry.to_crs(4550)
    for index, area_xy in enumerate(areas_xy):
        distance_m = np.asarray([area_xy.distance(track_xy) for track_xy in tracks_xy])
        if np.any(np.abs(distance_m - reach_m) < 1e-6):
            continue
        visited = [days for days, near in zip((d for d, _ in tracks), distance_m <= reach_m, strict=True) if near]
        row = found.iloc[index]
        assert row["visits"] == len(visited)
        assert row["days_since"] == pytest.approx(min(visited), abs=1e-6) if visited else pd.isna(row["days_since"])
        assert row["share"] == pytest.approx(_sampled_share(area_xy, list(tracks_xy), reach_m), abs=0.02)
        assert 0 <= row["share"] <= 1


def _sampled_share(area_xy: shapely.Polygon, tracks_xy: list[shapely.LineString], reach_m: float) -> float:
    """Ask points 2 metres apart whether any track passes within reach."""
    west, south, east, north = area_xy.bounds
    x, y = np.meshgrid(np.arange(west + 1, east, 2), np.arange(south + 1, north, 2))
    points_xy = shapely.points(x.ravel(), y.ravel())
    inside = shapely.covers(area_xy, points_xy)
    passed = np.zeros(inside.sum(), dtype=bool)
    for track_xy in tracks_xy:
        passed |= shapely.distance(points_xy[inside], track_xy) <= reach_m
    return float(passed.mean())
