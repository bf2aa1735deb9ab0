"""Past reports: as many as asked for, in their year, in senders' datums, with what was planted among them."""

import uuid

import numpy as np
import pandas as pd
import pytest
import shapely

from gis.domain.categories import CATEGORIES, CHANNELS
from gis.domain.coordinates import snap, to_cgcs2000
from gis.domain.demo import City, Names, generate

from .conftest import REPORTS, UNTIL


def test_there_are_as_many_reports_as_asked_for_within_the_year(city: City) -> None:
    assert len(city.reports) == REPORTS
    assert city.reports["captured_at"].is_monotonic_increasing
    assert city.reports["captured_at"].between(UNTIL - pd.Timedelta(days=366), UNTIL).all()
    assert set(city.reports["category"]) <= set(CATEGORIES)
    assert set(city.reports["channel"]) <= set(CHANNELS)


@pytest.mark.parametrize("wanted", [0, 1, 10, 799, 800])
def test_any_number_of_reports_can_be_asked_for(names: Names, wanted: int) -> None:
    assert len(generate(names, seed=3, until=UNTIL, size="small", reports=wanted).reports) == wanted


def test_ids_are_random_uuids(city: City) -> None:
    assert city.reports["id"].is_unique
    assert {uuid.UUID(value).version for value in city.reports["id"]} == {4}


def test_a_location_is_its_original_coordinates_read_in_their_datum(city: City) -> None:
    for datum, own in city.reports.groupby("datum", observed=True):
        lon, lat = to_cgcs2000(own["original_x"], own["original_y"], datum=str(datum))
        assert (snap(np.column_stack((lon, lat))) == shapely.get_coordinates(own.geometry)).all()


def test_some_reports_lie_exactly_on_borders_some_outside(city: City) -> None:
    planted = city.truth["reports"]
    edges = shapely.get_coordinates(city.plan.of_kind("comprehensive").geometry)
    vertices = set(map(tuple, edges))
    on_vertex = sum(tuple(place) in vertices for place in shapely.get_coordinates(city.reports.geometry))
    assert on_vertex >= planted["on_border"] > 0
    outline = city.plan.divisions.geometry.to_crs(4550).iloc[0]
    away = city.reports.geometry.to_crs(4550).distance(outline)
    assert away.between(15, 25).sum() >= planted["just_outside"] > 0
    assert (away > 5_000).sum() == planted["far_outside"] > 0


def test_a_planted_cluster_stands_out_in_its_place_and_time(city: City) -> None:
    reports = city.reports.to_crs(4550)
    day = reports["captured_at"].dt.tz_convert("Asia/Shanghai").dt.date.astype(str)
    assert len(city.truth["clusters"]) == 5
    for cluster in city.truth["clusters"]:
        centre = city.reports.geometry.iloc[:1].set_crs(4490).map(lambda _, c=cluster: shapely.Point(c["centre"]))
        near = reports.distance(centre.to_crs(4550).iloc[0]) <= cluster["radius_m"] * 1.02 + 1
        then = day.between(cluster["first_on"], cluster["last_on"])
        same = reports["category"] == cluster["category"]
        assert (near & then & same).sum() >= cluster["count"]


def test_heating_is_a_matter_of_winter_and_drainage_of_summer(city: City) -> None:
    months = city.reports["captured_at"].dt.tz_convert("Asia/Shanghai").dt.month
    heating = months[city.reports["category"] == "heating"]
    assert heating.isin([11, 12, 1, 2, 3]).mean() > 0.8
