"""A year of past reports: where people live, when such things happen, in the datums that senders use.

Among them are planted clusters, reports exactly on borders, just outside the city and far outside of it.
"""

from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.domain.categories import CATEGORIES
from gis.domain.coordinates import from_cgcs2000, snap, to_cgcs2000
from gis.domain.demo.borders import Progress
from gis.domain.demo.clusters import clusters_of
from gis.domain.demo.plane import Floats, Ints, from_metres, random, to_degrees
from gis.domain.demo.shapes import Shapes, frame, in_plane
from gis.domain.demo.spots import scattered
from gis.domain.demo.times import captured, instants

CATEGORY_WEIGHTS = (22, 9, 6, 7, 8, 9, 4, 9, 12, 3, 6, 5)
CHANNELS = ("worker", "hotline", "public", "sensor", "department")
CHANNEL_WEIGHTS = (0.42, 0.34, 0.14, 0.06, 0.04)
DATUMS = {
    "worker": ("wgs84", "cgcs2000"),
    "hotline": ("bd09", "gcj02"),
    "public": ("gcj02", "wgs84"),
    "sensor": ("cgcs2000", "cgcs2000"),
    "department": ("epsg:4550", "cgcs2000"),
}
WORDS = ("{}，请处理", "巡查发现{}", "{}，已多日", "居民反映{}", "{}，影响通行", "路边{}")
BORDER_SHARE, NEAR_SHARE, FAR_SHARE = 0.005, 0.001, 0.0005
NEAR_M, FAR_M = 20.0, 8_000.0
SYNTHETIC = "（示例）"


def reports_of(
    grids: gpd.GeoDataFrame, divisions: gpd.GeoDataFrame, until: datetime, wanted: int, seed: int, progress: Progress
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Return the reports by time of capture, and what was planted among them.

    Columns: id (uuid text), captured_at (UTC), channel, category, text, original_x, original_y, datum, accuracy_m (NaN
    where the sender has none); geometry `location` (EPSG:4490, snapped after the way back from the datum).
    """
    rng = random(seed, "reports")
    leaves = grids[(grids["kind"] == "comprehensive")]
    clusters = clusters_of(leaves, until, wanted, seed)
    planted = sum(cluster.count for cluster in clusters)
    category = rng.choice(
        list(CATEGORIES), max(0, wanted - planted), p=np.array(CATEGORY_WEIGHTS) / sum(CATEGORY_WEIGHTS)
    )
    captured_at = captured(category, until, rng)
    spots, counts = _spots(leaves, divisions.geometry.iloc[0], len(category), rng)
    progress("reports", len(category) // 2, wanted)
    for cluster in clusters:
        spots = np.concatenate((spots, cluster.spots(rng)))
        category = np.concatenate((category, np.full(cluster.count, cluster.category)))
        day, hour = cluster.times(rng)
        end = pd.Timestamp(until).tz_convert("Asia/Shanghai")
        captured_at = captured_at.append(instants(end, day, hour))
    exact = np.zeros(len(category), bool)
    exact[: counts["on_border"]] = True
    table = _described(category, captured_at, exact, rng)
    located = _located(table, to_degrees(from_metres(spots)))
    order = np.argsort(table["captured_at"].to_numpy(), kind="stable")
    result = frame(table.assign(**located[0]).iloc[order].reset_index(drop=True), "location", located[1][order])
    progress("reports", wanted, wanted)
    return result, {
        "clusters": [cluster.told(until) for cluster in clusters],
        "reports": {"count": len(table)} | counts,
    }


def _spots(
    leaves: gpd.GeoDataFrame, city: shapely.Geometry, count: int, rng: np.random.Generator
) -> tuple[Floats, dict[str, int]]:
    """Return places in metres: first those on borders, then just outside, far outside, then where people live."""
    plane = in_plane(leaves.geometry.to_numpy())
    border, near, far = (max(2, round(share * count)) for share in (BORDER_SHARE, NEAR_SHARE, FAR_SHARE))
    border, near, far = (min(number, count // 8) for number in (border, near, far))
    corners = shapely.get_coordinates(plane[rng.choice(len(plane), border)])
    on_border = corners[rng.choice(len(corners), border)] if border else np.zeros((0, 2))
    outline = in_plane(np.array([city], object))[0]
    outside = [_around(outline, NEAR_M, near, rng), _around(outline, FAR_M, far, rng)]
    weight = leaves["households"].to_numpy(float)
    homes = rng.choice(len(plane), count - border - near - far, p=weight / weight.sum())
    inside = scattered(plane, np.sort(homes), int(rng.integers(2**60)))
    inside = inside[rng.permutation(len(inside))]
    counts = {"on_border": border, "just_outside": near, "far_outside": far}
    return np.concatenate((on_border, *outside, inside)), counts


def _around(outline: shapely.Geometry, distance_m: float, count: int, rng: np.random.Generator) -> Floats:
    """Return places at one distance outside of the city."""
    line = shapely.buffer(outline, distance_m, quad_segs=4).exterior
    return np.asarray(shapely.get_coordinates(shapely.line_interpolate_point(line, rng.random(count), normalized=True)))


def _described(category: Shapes, captured_at: pd.DatetimeIndex, exact: Ints, rng: np.random.Generator) -> pd.DataFrame:
    """Return all that is said about the reports but where they are; those at exact places are in CGCS2000."""
    count = len(category)
    channel = rng.choice(CHANNELS, count, p=CHANNEL_WEIGHTS)
    first = rng.random(count) < 0.65
    datum = np.empty(count, object)
    for name, (usual, other) in DATUMS.items():
        datum[channel == name] = np.where(first[channel == name], usual, other)
    datum[exact] = "cgcs2000"
    texts = {name: [word.format(known.zh) + SYNTHETIC for word in WORDS] for name, known in CATEGORIES.items()}
    all_texts = [text for name in CATEGORIES for text in texts[name]]
    number = pd.Categorical(category, list(CATEGORIES)).codes.astype(int) * len(WORDS) + rng.integers(
        0, len(WORDS), count
    )
    phone = np.isin(channel, ["worker", "public"])
    return pd.DataFrame(
        {
            "id": _uuids(count, rng),
            "captured_at": captured_at,
            "channel": pd.Categorical(channel, list(CHANNELS)),
            "category": pd.Categorical(category, list(CATEGORIES)),
            "text": pd.Categorical.from_codes(number, all_texts),
            "datum": pd.Categorical(datum),
            "accuracy_m": np.where(phone, np.round(rng.lognormal(2.4, 0.5, count), 1), np.nan),
        }
    )


def _uuids(count: int, rng: np.random.Generator) -> pd.Series:
    """Return random UUIDs (version 4) as text."""
    raw = np.frombuffer(rng.bytes(16 * count), np.uint8).reshape(count, 16).copy()
    raw[:, 6] = raw[:, 6] & 0x0F | 0x40
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    digits = np.frombuffer(raw.tobytes().hex().encode(), np.uint8).reshape(count, 32)
    text = np.full((count, 36), ord("-"), np.uint8)
    for source, target, length in ((0, 0, 8), (8, 9, 4), (12, 14, 4), (16, 19, 4), (20, 24, 12)):
        text[:, target : target + length] = digits[:, source : source + length]
    return pd.Series(np.frombuffer(text.tobytes(), "S36").astype(str), dtype="str")


def _located(table: pd.DataFrame, degrees: Floats) -> tuple[dict[str, Floats], Shapes]:
    """Return the original coordinates in each report's datum, and the points that they give on the way back."""
    original, back = np.zeros_like(degrees), degrees.copy()
    for datum in table["datum"].cat.categories:
        rows = np.flatnonzero(table["datum"] == datum)
        decimals = 3 if datum.startswith("epsg") else 7
        x, y = from_cgcs2000(degrees[rows, 0], degrees[rows, 1], datum=datum)
        original[rows] = np.column_stack((np.round(x, decimals), np.round(y, decimals)))
        back[rows] = np.column_stack(to_cgcs2000(*original[rows].T, datum=datum))
    return {"original_x": original[:, 0], "original_y": original[:, 1]}, np.asarray(shapely.points(snap(back)))
