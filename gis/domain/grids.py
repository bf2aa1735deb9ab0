"""Grid: one area with people who answer for it. Plan: all grids in force together.

Frames are geopandas GeoDataFrames in EPSG:4490, longitude latitude, with every vertex on the lattice of 2^-23 degree
(see `coordinates.snap`). Chinese: 网格 grid, 综合网格 comprehensive, 专属网格 dedicated.
"""

from dataclasses import dataclass
from datetime import datetime

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

CRS = "EPSG:4490"
GRID_COLUMNS = (
    "id",
    "code",
    "kind",
    "category",
    "name",
    "village_code",
    "level2_code",
    "urban",
    "households",
    "headcount",
    "building",
    "unit",
    "floor_from",
    "floor_to",
    "synthetic",
)
DIVISION_COLUMNS = ("code", "name", "level", "parent_code", "synthetic")
ZONE_COLUMNS = ("code", "name", "synthetic")
LEVEL2_COLUMNS = ("code", "name", "village_code", "synthetic")


@dataclass(frozen=True)
class Plan:
    """All grids in force together at one instant.

    Attributes
    ----------
    revision : number of the plan in the database; None for a plan that was read from a file.
    in_force_at : aware instant from which the plan is in force.
    divisions : `DIVISION_COLUMNS`, code of 12 digits; geometry `boundary`.
    zones : `ZONE_COLUMNS`; geometry `boundary`. Functional zones (功能区), an overlay.
    level2 : `LEVEL2_COLUMNS`; geometry `boundary`, the union of its comprehensive leaves.
    grids : `GRID_COLUMNS`; geometry `boundary`. `id` is permanent; stacked grids repeat their boundary.

    Everywhere `synthetic` says that the boundary was made by the demo, not surveyed or decided by anyone.
    """

    revision: int | None
    in_force_at: datetime
    divisions: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    level2: gpd.GeoDataFrame
    grids: gpd.GeoDataFrame

    def of_kind(self, kind: str) -> gpd.GeoDataFrame:
        """Return the grids of one kind, ``comprehensive`` or ``dedicated``, by ascending permanent id."""
        return self.grids[self.grids["kind"] == kind].sort_values("id")


def level2_of(leaves: gpd.GeoDataFrame, names: dict[str, str]) -> gpd.GeoDataFrame:
    """Return the level-2 grids of comprehensive leaves: `LEVEL2_COLUMNS` and `boundary`, by code.

    A level-2 grid is the union of its leaves, exact because their borders are shared; leaves without a level-2 code
    belong to none. A level-2 grid without a name in `names` is called by its number inside the village.
    """
    members = leaves[(leaves["kind"] == "comprehensive") & leaves["level2_code"].notna()]
    footprints = members.drop_duplicates(["level2_code", "boundary"])
    groups = footprints.groupby("level2_code", sort=True)
    boundaries = [united(group.to_numpy()) for _, group in groups["boundary"]]
    codes = list(groups.groups)
    frame = {
        "code": codes,
        "name": [names.get(code, f"第{int(code[13:15])}网格" if code.isdigit() else code) for code in codes],
        "village_code": groups["village_code"].first().to_list(),
        "synthetic": groups["synthetic"].any().to_list(),
        "boundary": boundaries,
    }
    return gpd.GeoDataFrame(frame, geometry="boundary", crs=CRS)


def united(shapes: NDArray[np.object_]) -> shapely.Geometry:
    """Return the union of shapes: exactly along shared borders where they are a cover, by overlay where not."""
    try:
        whole = shapely.coverage_union_all(shapes)
    except shapely.errors.GEOSException:
        return shapely.union_all(shapely.make_valid(shapes))
    return whole if shapely.is_valid(whole) else shapely.union_all(shapely.make_valid(shapes))
