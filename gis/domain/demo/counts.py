"""How many grids each village has, in level-2 grids and stacks: whole numbers that add up exactly.

A village is urban (城镇) when its code names a residents' committee (居委会: last three digits below 200).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gis.domain.demo.plane import Ints, random

COMPREHENSIVE, DEDICATED = 63_684, 2_939
URBAN_COMPREHENSIVE = 35_026
HOUSEHOLDS, HEADCOUNT = 1_411_251, 3_325_372
MOST_HOUSEHOLDS = {True: 20, False: 30}
PEOPLE_A_GRID = {True: 44.3, False: 62.0}
PEOPLE_A_LEVEL2 = 1000
STACK_SIZES = (4, 13)
STORY_VILLAGE = "210304015017"
CITY_DISTRICTS = ("210302", "210303", "210304")


@dataclass(frozen=True)
class Footprints:
    """The footprints of one village, in the order in which its ring is divided.

    Attributes
    ----------
    level2 : of each footprint, the number of its level-2 grid, ascending from 0.
    stack : how many comprehensive grids share each footprint; 1 where it is one grid alone.
    """

    level2: Ints
    stack: Ints


def shared_out(total: int, weights: pd.Series) -> pd.Series:
    """Share a whole number out by weight, at least 1 each, largest remainders first."""
    exact = weights / weights.sum() * (total - len(weights))
    whole = np.floor(exact).astype(int)
    last = (exact - whole).sort_values(ascending=False, kind="stable").index[: total - len(weights) - whole.sum()]
    whole.loc[last] += 1
    return whole + 1


def count_grids(villages: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the villages with their numbers of grids.

    Parameters
    ----------
    villages : columns code (12 digits) and name, of the whole city.
    seed : of the city.

    Returns
    -------
    pandas.DataFrame
        By code: code, name, town, county, urban, comprehensive, dedicated.
    """
    table = villages[["code", "name"]].astype(str).sort_values("code", ignore_index=True)
    table["town"], table["county"] = table["code"].str[:9], table["code"].str[:6]
    table["urban"] = table["code"].str[9:].astype(int) < 200
    rng = random(seed, "counts")
    central = table["county"].isin(CITY_DISTRICTS) | (table["code"].str[6:9].astype(int) < 100)
    weight = rng.lognormal(0, 0.28, len(table)) * np.where(table["urban"] & central, 1.25, 1.0)
    table["comprehensive"] = 0
    for urban, total in ((True, URBAN_COMPREHENSIVE), (False, COMPREHENSIVE - URBAN_COMPREHENSIVE)):
        rows = table["urban"] == urban
        table.loc[rows, "comprehensive"] = shared_out(total, pd.Series(weight, table.index)[rows])
    wanted = np.where(table["urban"], 3.4, 1.9) * rng.lognormal(0, 0.3, len(table))
    table["dedicated"] = shared_out(DEDICATED, pd.Series(wanted, table.index))
    return table


def footprints(village: pd.Series, seed: int) -> Footprints:
    """Part a village's grids into level-2 grids and, in streets (街道), towers of several grids each."""
    rng = random(seed, "footprints", village["code"])
    urban, total = bool(village["urban"]), int(village["comprehensive"])
    pieces = max(1, round(total * PEOPLE_A_GRID[urban] / PEOPLE_A_LEVEL2))
    leaves = shared_out(total, pd.Series(rng.lognormal(0, 0.15, pieces)))
    high = urban and int(village["town"][6:9]) < 100
    level2, stack = [], []
    for number, count in enumerate(leaves):
        told = village["code"] == STORY_VILLAGE and number == 0
        towers = _towers(int(count), rng) if high and (rng.random() < 0.6 or told) else []
        sizes = towers + [1] * (int(count) - sum(towers))
        level2 += [number] * len(sizes)
        stack += list(rng.permutation(sizes))
    return Footprints(np.array(level2, np.int64), np.array(stack, np.int64))


def _towers(count: int, rng: np.random.Generator) -> list[int]:
    """Return the sizes of the stacks of one level-2 grid, leaving at least three grids that stand alone."""
    wanted = rng.uniform(0.15, 0.7) * count
    sizes: list[int] = []
    while sum(sizes) < wanted:
        size = int(rng.integers(*STACK_SIZES))
        if sum(sizes) + size > count - 3:
            break
        sizes.append(size)
    return sizes
