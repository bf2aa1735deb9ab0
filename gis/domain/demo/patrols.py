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
SKIPPED_SHARE = 0.25
UNSEEN_M = 30.0


def patrols_of(
    grids: gpd.GeoDataFrame, until: datetime, wanted: int, seed: int
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Return the tracks and the grids of the patrolled level-2 grids that no track came near.

    Columns: post (level-2 code and 01), started_at, ended_at (UTC); geometry `track` (LineString, EPSG:4490). The truth
    lists as `never_visited` the comprehensive grids farther than 30 m from every track.
    """
    rng = random(seed, "patrols")
    leaves = grids[grids["kind"] == "comprehensive"].drop_duplicates("boundary").reset_index(drop=True)
    codes = pd.Series(leaves["level2_code"].unique())
    home = codes[codes.str.startswith(FIRST_TOWN)]
    others = codes.drop(home.index)
    posts = max(1, wanted // SHIFTS_A_POST)
    chosen = list(home[:posts]) + list(rng.choice(others, min(len(others), max(0, posts - len(home))), replace=False))
    plane = in_plane(leaves.geometry.to_numpy())
    tracks: list[Floats] = []
    rows = []
    members = leaves.groupby("level2_code").indices
    for number in range(wanted):
        post = chosen[number % len(chosen)]
        tracks.append(_track(plane, members[post], post, number // len(chosen), seed))
        start = _start(until, rng)
        rows.append((post + "01", start, start + pd.Timedelta(minutes=int(rng.integers(70, 230)))))
    table = pd.DataFrame(rows, columns=["post", "started_at", "ended_at"])
    lines = np.array([shapely.LineString(track) for track in tracks], object)
    order = table["started_at"].argsort(kind="stable")
    result = frame(table.iloc[order].reset_index(drop=True), "track", on_lattice(lines[order]))
    watched = np.flatnonzero(leaves["level2_code"].isin(chosen))
    seen = shapely.STRtree(lines).query(plane[watched], predicate="dwithin", distance=UNSEEN_M)[0]
    missed = set(leaves["boundary"].iloc[np.delete(watched, np.unique(seen))].map(lambda shape: shape.wkb))
    own = grids[grids["level2_code"].isin(chosen)]
    never = own.loc[own.geometry.map(lambda shape: shape.wkb).isin(missed), "code"]
    return result, {"patrolled_level2": sorted(chosen), "never_visited": sorted(never)}


def _start(until: datetime, rng: np.random.Generator) -> pd.Timestamp:
    """Return when a shift begins: morning or afternoon of one of the last 30 days, in city time."""
    day = pd.Timestamp(until).tz_convert("Asia/Shanghai").normalize() - pd.Timedelta(
        days=int(rng.integers(1, DAYS + 1))
    )
    minutes = int(rng.choice([8 * 60, 13 * 60 + 30]) + rng.integers(0, 60))
    return (day + pd.Timedelta(minutes=minutes)).tz_convert("UTC")


def _track(plane: Shapes, members: Floats, post: str, shift: int, seed: int) -> Floats:
    """Return one track in metres: from grid to nearest grid through a part of those the post ever visits."""
    corners = np.array([plane[member].centroid.coords[0] for member in members])
    far = np.hypot(*(corners - corners[random(seed, "skipped", post).integers(len(members))]).T)
    kept = members[far >= np.quantile(far, SKIPPED_SHARE)]
    rng = random(seed, "track", post, shift)
    visited = kept[rng.random(len(kept)) < rng.uniform(0.35, 0.85)]
    visited = visited if len(visited) > 1 else np.repeat(kept[:1], 2)
    places = scattered(plane[visited], np.arange(len(visited)), int(rng.integers(2**60)))
    way = [0]
    left = np.ones(len(places), bool)
    left[0] = False
    while left.any():
        away = np.hypot(*(places - places[way[-1]]).T)
        away[~left] = np.inf
        way.append(int(np.argmin(away)))
        left[way[-1]] = False
    corners = places[way]
    legs = np.linspace(corners[:-1], corners[1:], 4, endpoint=False).swapaxes(0, 1).reshape(-1, 2)
    return np.concatenate((legs + rng.normal(0, 3.0, legs.shape), corners[-1:]))
