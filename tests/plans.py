"""Plans for tests: the fixture town, and plans made of meshes."""

from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.domain.coordinates import snap
from gis.domain.grids import CRS, Plan
from tests.drawing import drawn
from tests.meshes import mesh

IN_FORCE_AT = datetime(2026, 3, 1, tzinfo=UTC)
VILLAGES = ("210304015017", "210304015011")


def town_plan(folder: Path) -> Plan:
    """Read the fixture town."""
    frames = {name: _frame(folder / f"{name}.geojson") for name in ("divisions", "zones", "grids")}
    level2 = frames["grids"].dropna(subset="level2_code").dissolve("level2_code", as_index=False)
    level2 = level2.rename(columns={"code": "first", "level2_code": "code"})[
        ["code", "name", "village_code", "synthetic", "boundary"]
    ]
    return Plan(None, IN_FORCE_AT, frames["divisions"], frames["zones"], level2, frames["grids"])


def _frame(path: Path) -> gpd.GeoDataFrame:
    frame = gpd.read_file(path).set_crs(CRS, allow_override=True).rename_geometry("boundary")
    floors = {name: "Int64" for name in ("floor_from", "floor_to") if name in frame}
    return frame.assign(boundary=shapely.transform(frame.geometry.to_numpy(), snap)).astype(floors)


def mesh_plan(*, seed: int) -> Plan:
    """Return a plan whose comprehensive grids leave gaps and stand on each other, under dedicated grids and zones."""
    chance = np.random.default_rng(seed)
    cover = mesh(seed=seed, columns=4, rows=3)
    kept = [cover[place] for place in np.sort(chance.choice(12, 9, replace=False))]
    stacked = [shapely.Polygon(np.roll(shapely.get_coordinates(kept[place])[:-1], 2, axis=0)) for place in (1, 1, 4)]
    overlay = mesh(seed=seed + 1, columns=3, rows=3, size=5500)[::2]
    comprehensive, dedicated = rows("comprehensive", kept + stacked), rows("dedicated", overlay)
    grids = pd.concat([comprehensive, dedicated], ignore_index=True)
    grids["id"] = chance.permutation(len(grids)) + 1
    zones = gpd.GeoDataFrame(
        {
            "code": ["Z2", "Z1"],
            "name": ["二区", "一区"],
            "synthetic": True,
            "boundary": mesh(seed=seed + 2, columns=2, rows=1, size=9000),
        },
        geometry="boundary",
        crs=CRS,
    )
    none = gpd.GeoDataFrame({"code": [], "name": [], "boundary": []}, geometry="boundary", crs=CRS)
    return Plan(None, IN_FORCE_AT, none, zones, none, grids.sample(frac=1, random_state=seed))


def rows(kind: str, boundaries: list[shapely.Polygon]) -> gpd.GeoDataFrame:
    """Return grids of one kind with these boundaries, coded in their order."""
    letters = "".join(chr(65 + number) for number in range(len(boundaries)))
    return drawn(letters, kind=kind).assign(boundary=gpd.GeoSeries(boundaries, crs=CRS))
