"""Patrols: a month of tracks of some posts, each through a part of its level-2 grid; some grids are never reached."""

from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.domain.demo.plane import Floats, random
from gis.domain.demo.shapes import Shapes, frame, in_plane, on_lattice
from gis.domain.demo.spots import scattered

DAYS = 30
SHIFTS_A_POST = 20
FIRST_TOWN = "210304015"
UNSEEN_M, SHUN_M = 30.0, 42.0


def patrols_of(
    grids: gpd.GeoDataFrame, until: datetime, wanted: int, seed: int
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Return the tracks and the grids of the patrolled level-2 grids that no track came near.

    Columns: post (level-2 code and 01), started_at, ended_at (UTC); geometry `track` (LineString, EPSG:4490). The truth
    lists as `never_visited` the comprehensive grids farther than 30 m from every track. A few of the `wanted` shifts
    leave no track.
    """
    rng = random(seed, "patrols")
    leaves = grids[grids["kind"] == "comprehensive"].drop_duplicates("boundary").reset_index(drop=True)
    plane = in_plane(leaves.geometry.to_numpy())
    members = leaves.groupby("level2_code").indices
    chosen = _posts(leaves["level2_code"], max(1, wanted // SHIFTS_A_POST), rng)
    shunned = shapely.STRtree(plane[[rng.choice(members[post]) for post in chosen[::2]]])
    tracks: list[shapely.LineString] = []
    rows = []
    for number in range(wanted):
        post = chosen[number % len(chosen)]
        way = _way(plane[members[post]], shunned, random(seed, "track", post, number // len(chosen)))
        if len(way) > 1:
            start = _start(until, rng)
            tracks.append(shapely.LineString(way))
            rows.append((post + "01", start, start + pd.Timedelta(minutes=int(rng.integers(70, 230)))))
    lines = np.array(tracks, object)
    table = pd.DataFrame(rows, columns=["post", "started_at", "ended_at"])
    order = table["started_at"].argsort(kind="stable")
    result = frame(table.iloc[order].reset_index(drop=True), "track", on_lattice(lines[order]))
    watched = np.flatnonzero(leaves["level2_code"].isin(chosen))
    seen = shapely.STRtree(lines).query(plane[watched], predicate="dwithin", distance=UNSEEN_M)[0]
    missed = leaves["boundary"].iloc[np.delete(watched, np.unique(seen))]
    own = grids[grids["level2_code"].isin(chosen)]
    never = own.loc[own["boundary"].isin(set(missed)), "code"]
    return result, {"patrolled_level2": sorted(chosen), "never_visited": sorted(never)}


def _posts(codes: pd.Series, wanted: int, rng: np.random.Generator) -> list[str]:
    """Return the level-2 grids that are patrolled: those of one town, then any."""
    every = pd.Series(codes.unique())
    home = every[every.str.startswith(FIRST_TOWN)]
    others = every.drop(home.index)
    more = rng.choice(others, min(len(others), max(0, wanted - len(home))), replace=False)
    return [str(code) for code in (*rng.permutation(home)[:wanted], *more)]


def _start(until: datetime, rng: np.random.Generator) -> pd.Timestamp:
    """Return when a shift begins: morning or afternoon of one of the last 30 days, in city time."""
    day = pd.Timestamp(until).tz_convert("Asia/Shanghai").normalize() - pd.Timedelta(
        days=int(rng.integers(1, DAYS + 1))
    )
    minutes = int(rng.choice([8 * 60, 13 * 60 + 30]) + rng.integers(0, 60))
    return (day + pd.Timedelta(minutes=minutes)).tz_convert("UTC")


def _way(own: Shapes, shunned: shapely.STRtree, rng: np.random.Generator) -> Floats:
    """Return one track in metres: from grid to nearest grid through a part of one's own, away from the shunned ones."""
    visited = own[rng.random(len(own)) < rng.uniform(0.35, 0.85)]
    places = scattered(visited, np.arange(len(visited)), int(rng.integers(2**60)))
    places = np.delete(places, shunned.query(shapely.points(places), predicate="dwithin", distance=SHUN_M)[0], axis=0)
    way = [0]
    left = set(range(1, len(places)))
    while left and len(places):
        away = np.hypot(*(places - places[way[-1]]).T)
        for place in sorted(left, key=lambda other: float(away[other])):
            leg = shapely.LineString((places[way[-1]], places[place]))
            if len(shunned.query(leg, predicate="dwithin", distance=SHUN_M)) == 0:
                break
        else:
            break
        way.append(place)
        left.remove(place)
    corners = places[way] if len(places) else places
    legs = np.linspace(corners[:-1], corners[1:], 4, endpoint=False).swapaxes(0, 1).reshape(-1, 2)
    return np.concatenate((legs + rng.normal(0, 2.0, legs.shape), corners[-1:]))
