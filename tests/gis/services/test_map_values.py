"""Hotspots, patrols and cameras from the database say what the same computation says on the files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from gis.db import cameras as db_cameras
from gis.db import patrols as db_patrols
from gis.domain import cameras as camera_rules
from gis.domain import patrols as patrol_rules
from gis.domain.categories import CATEGORIES
from gis.domain.periods import Period
from gis.domain.staff import EVERYWHERE
from gis.errors import InvalidInputError
from gis.services import areas, cameras, hotspots, patrols

# Import snaps to the lattice: up to a centimetre on each vertex.
SNAPPED = 2e-4
PERIOD = Period(datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 7, 2, tzinfo=UTC))


def read(town: Path, name: str, geometry: str) -> gpd.GeoDataFrame:
    return gpd.read_file(town / f"{name}.geojson").set_crs(4490, allow_override=True).rename_geometry(geometry)


@pytest.fixture
def tracks(town: Path) -> gpd.GeoDataFrame:
    frame = read(town, "patrols", "track")
    return frame.assign(**{name: pd.to_datetime(frame[name], utc=True) for name in ("started_at", "ended_at")})


def test_every_report_of_the_period_is_on_an_area_or_told_to_be_elsewhere(town_connection: sa.Connection) -> None:
    found = hotspots.by_area(town_connection, PERIOD, areas.read(town_connection, scope=EVERYWHERE), scope=EVERYWHERE)
    assert found.total == 120
    assert found.counted["count"].sum() + found.elsewhere == 120
    assert found.elsewhere >= 1  # one report lies more than 2 km outside
    assert found.heat["weight"].sum() == 120


def test_grids_and_villages_count_the_same_reports(town_connection: sa.Connection) -> None:
    grids, villages = (
        hotspots.by_area(
            town_connection, PERIOD, areas.read(town_connection, scope=EVERYWHERE, level=level), scope=EVERYWHERE
        )
        for level in (areas.GRIDS, areas.VILLAGES)
    )
    assert grids.counted["count"].sum() == villages.counted["count"].sum()


def test_categories_add_up_to_all_reports(town_connection: sa.Connection) -> None:
    feeds = [hotspots.feed(town_connection, PERIOD, scope=EVERYWHERE, category=name, limit=1000) for name in CATEGORIES]
    assert sum(feed.total for feed in feeds) == 120


def test_a_period_ends_before_its_last_instant(town_connection: sa.Connection) -> None:
    instants = town_connection.scalars(sa.text("select captured_at from reports order by 1")).all()
    up_to_last = Period(instants[0], instants[-1])
    with_last = Period(instants[0], instants[-1] + timedelta(microseconds=1))
    assert hotspots.feed(town_connection, with_last, scope=EVERYWHERE, limit=99).total == 120
    assert hotspots.feed(town_connection, up_to_last, scope=EVERYWHERE, limit=99).total < 120


def test_an_unknown_category_is_refused(town_connection: sa.Connection) -> None:
    with pytest.raises(InvalidInputError, match="no category"):
        hotspots.feed(town_connection, PERIOD, scope=EVERYWHERE, category="people", limit=1)


def test_patrol_coverage_is_that_of_the_file(town_connection: sa.Connection, tracks: gpd.GeoDataFrame) -> None:
    where = areas.read(town_connection, scope=EVERYWHERE)
    stored = patrols.coverage(town_connection, PERIOD, where)
    expected = patrol_rules.coverage(where.frame, tracks, as_of=PERIOD.until)
    np.testing.assert_allclose(stored["share"], expected["share"], atol=SNAPPED)
    assert stored["visits"].tolist() == expected["visits"].tolist()
    assert stored["share"].max() > 0.3
    assert stored["days_since"].isna().any()


def test_patrols_outside_the_period_do_not_count(town_connection: sa.Connection) -> None:
    before = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
    found = patrols.coverage(town_connection, before, areas.read(town_connection, scope=EVERYWHERE))
    assert (found["visits"] == 0).all()
    assert found["last_visit_at"].isna().all()


def test_replaced_patrols_and_cameras_are_read_as_they_were_written(
    town_owner: sa.Connection, tracks: gpd.GeoDataFrame, town: Path
) -> None:
    everywhere = (123.0, 41.1, 123.1, 41.2)
    db_patrols.replace(town_owner, tracks.iloc[:3])
    kept = db_patrols.ended_in(town_owner, PERIOD, scope=EVERYWHERE, bbox=everywhere)
    assert kept["post"].tolist() == tracks.iloc[:3].sort_values("ended_at")["post"].tolist()
    assert str(kept["ended_at"].dt.tz) == "UTC"
    register = read(town, "cameras", "location")
    db_cameras.replace(town_owner, register.iloc[:2])
    again = db_cameras.read(town_owner, scope=EVERYWHERE)
    assert again["location"].geom_equals(register.iloc[:2].sort_values("code")["location"].reset_index(drop=True)).all()
    assert db_cameras.read(town_owner, scope=EVERYWHERE, bbox=(120.0, 40.0, 120.1, 40.1)).empty


def test_camera_coverage_is_that_of_the_file(town_owner: sa.Connection, town: Path) -> None:
    where = areas.read(town_owner, scope=EVERYWHERE)
    stored, looking_in = cameras.coverage(town_owner, where, scope=EVERYWHERE)
    expected = camera_rules.coverage(where.frame, read(town, "cameras", "location"))
    np.testing.assert_allclose(stored["share"], expected["share"], atol=SNAPPED)
    assert len(looking_in) == 8


def test_a_camera_outside_a_village_that_looks_into_it_counts(town_owner: sa.Connection) -> None:
    villages = [areas.read(town_owner, scope=EVERYWHERE, within=code) for code in ("210304015017", "210304015011")]
    seen = [set(cameras.coverage(town_owner, village, scope=EVERYWHERE)[1]["code"]) for village in villages]
    assert seen[0] & seen[1]
