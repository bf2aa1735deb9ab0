"""Numbers, codes and names of the grids: from the north-west, row by row, as `anshan18` wants them.

Within a village the level-2 grids, within a level-2 grid the leaves, run west to east in rows from north to south. The
grids of a stack follow each other by unit and floor.
"""

import numpy as np
import pandas as pd

from gis.domain.demo.borders import Village, area_of, rings_of
from gis.domain.demo.counts import MOST_HOUSEHOLDS, STORY_VILLAGE
from gis.domain.demo.plane import Ints, random, to_metres

TOWER_GROUND_M2 = 4_500
FLOORS_A_GRID = 5
GRIDS_A_UNIT = 6
STORY_BUILDING = "鞍千路32栋"


def short(name: str) -> str:
    """Return a village's everyday name: 新工社区居委会 is 新工社区, 丁家村委会 is 丁家村."""
    for tail in ("居民委员会", "居委会", "村民委员会"):
        name = name.removesuffix(tail)
    name = name.removesuffix("委会") if name.endswith("村委会") else name
    return name.removesuffix("村") if name.endswith("村村") else name


def rows_from_north_west(x: pd.Series, y: pd.Series, group: pd.Series) -> pd.Series:
    """Give places of each group numbers 1, 2, : rows from north to south, west to east in each row."""
    size = group.map(group.value_counts())
    rows = np.ceil(np.sqrt(size))
    row = ((y.groupby(group).rank(ascending=False, method="first") - 1) * rows / size).astype(int)
    order = pd.DataFrame({"group": group, "row": row, "x": x}).sort_values(["group", "row", "x"], kind="stable").index
    return (group.loc[order].groupby(group.loc[order]).cumcount() + 1).reindex(group.index)


def footprint_table(villages: list[Village], table: pd.DataFrame) -> tuple[pd.DataFrame, list[Ints]]:
    """Return one row for each footprint, with its numbers, and the footprints' rings in the same order.

    Columns: village_code, level2 (1..), leaf (the number of its first grid in the level-2 grid), stack, urban, x, y
    (its middle, in metres of the plane).
    """
    rings = [ring for v in villages for ring in rings_of(v.divided.leaves, v.divided.leaf_starts, v.divided.xy)]
    middles = np.array([to_metres(ring).mean(0) for ring in rings])
    prints = pd.DataFrame(
        {
            "village_code": np.repeat([v.code for v in villages], [len(v.footprints.stack) for v in villages]),
            "group": np.concatenate([v.footprints.level2 for v in villages]),
            "stack": np.concatenate([v.footprints.stack for v in villages]),
            "x": middles[:, 0],
            "y": middles[:, 1],
        }
    )
    prints["stack"] = _on_small(prints, pd.Series([area_of(ring) for ring in rings]))
    prints["urban"] = prints["village_code"].map(table.set_index("code")["urban"]).astype(bool)
    key = prints["village_code"] + "/" + prints["group"].astype(str)
    level2 = prints.groupby(key).agg(village=("village_code", "first"), x=("x", "mean"), y=("y", "mean"))
    prints["level2"] = key.map(rows_from_north_west(level2["x"], level2["y"], level2["village"]))
    place = rows_from_north_west(prints["x"], prints["y"], key)
    order = prints.assign(key=key, place=place).sort_values(["key", "place"]).index
    before = prints.loc[order, "stack"].groupby(key.loc[order]).cumsum() - prints.loc[order, "stack"]
    prints["leaf"] = before.reindex(prints.index) + 1
    return prints, rings


def _on_small(prints: pd.DataFrame, area_m2: pd.Series) -> pd.Series:
    """Return the stacks of each level-2 grid moved to its footprints nearest in size to a tower's ground."""
    unlike = np.abs(np.log(area_m2 / TOWER_GROUND_M2))
    key = [prints["village_code"], prints["group"]]
    places = (
        pd.DataFrame({"village": key[0], "group": key[1], "by": unlike}).sort_values(["village", "group", "by"]).index
    )
    sizes = prints.sort_values(["village_code", "group", "stack"], ascending=[True, True, False])["stack"].to_numpy()
    return pd.Series(sizes, places).reindex(prints.index)


def comprehensive(prints: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return the comprehensive grids, one row each, by code, with `footprint` (row of `prints`), without boundaries."""
    tower = (prints["stack"] > 1).groupby(prints["village_code"]).cumsum()
    rows = prints.loc[prints.index.repeat(prints["stack"])].reset_index(names="footprint")
    rows["tower"] = tower.loc[rows["footprint"]].to_numpy()
    nth = rows.groupby("footprint").cumcount()
    stacked = rows["stack"] > 1
    grids = rows[["footprint", "village_code", "urban"]].copy()
    grids["level2_code"] = rows["village_code"] + "1" + rows["level2"].astype(str).str.zfill(2) + "000"
    grids["code"] = grids["level2_code"].str[:15] + (rows["leaf"] + nth).astype(str).str.zfill(3)
    names = rows["village_code"].map(table.set_index("code")["name"].map(short))
    level2 = rows["level2"].astype(str)
    grids["name"] = names + level2 + "-" + (rows["leaf"] + nth).astype(str).str.zfill(3) + "网格"
    floor = nth % GRIDS_A_UNIT * FLOORS_A_GRID + 1
    building = rows["tower"].astype(str) + "号楼"
    story = rows["tower"].eq(1) & rows["village_code"].eq(STORY_VILLAGE)
    grids["building"] = building.mask(story, STORY_BUILDING).where(stacked, None)
    grids["unit"] = ((nth // GRIDS_A_UNIT + 1).astype(str) + "单元").where(stacked, None)
    grids["floor_from"] = floor.where(stacked).astype("Int16")
    grids["floor_to"] = (floor + FLOORS_A_GRID - 1).where(stacked).astype("Int16")
    return grids.sort_values("code", ignore_index=True)


def people(grids: pd.DataFrame, totals: tuple[int, int] | None, seed: int) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Return the grids with households and headcount, and the codes planted over and under size.

    Every grid that is not planted keeps the limits: at most 20 households in a community, 30 in a village.
    `totals` are households and headcount to be met exactly; None leaves them as drawn.
    """
    rng = random(seed, "people")
    most = grids["urban"].map(MOST_HOUSEHOLDS).to_numpy(int)
    fewer = np.where(grids["urban"], 1.2, 3.7)
    households = np.maximum(most - rng.poisson(fewer), most // 2)
    alone = np.flatnonzero(grids["building"].isna())
    planted = rng.choice(alone, 2 * max(3, len(grids) // 1000), replace=False)
    over, under = np.array_split(planted, 2)
    households[over] = most[over] + rng.integers(4, 21, len(over))
    households[under] = rng.integers(1, 5, len(under))
    free = np.setdiff1d(np.arange(len(grids)), planted)
    if totals:
        households[free] = _met(
            households[free], totals[0] - households[planted].sum(), most[free] // 2, most[free], rng
        )
    headcount = np.rint(households * 2.356 * rng.lognormal(0, 0.12, len(grids))).astype(int)
    if totals:
        headcount = _met(headcount, totals[1], np.ones_like(headcount), headcount + 40, rng)
    truth = {"oversize": sorted(grids["code"].iloc[over]), "undersize": sorted(grids["code"].iloc[under])}
    return grids.assign(households=households, headcount=headcount), truth


def _met(values: Ints, total: int, least: Ints, most: Ints, rng: np.random.Generator) -> Ints:
    """Return the values moved by ones, within their limits, until they add up to the total."""
    values = values.copy()
    while (missing := int(total) - int(values.sum())) != 0:
        room = np.flatnonzero(values < most if missing > 0 else values > least)
        chosen = rng.choice(room, min(len(room), abs(missing)), replace=False)
        values[chosen] += 1 if missing > 0 else -1
    return values
