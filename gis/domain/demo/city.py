"""The demo city: the whole of it, or one town, from real names and outlines and a seed.

Everything but the outlines of the counties and the names and codes of divisions is synthetic.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.domain.demo import borders, counts, dedicated, numbering, truths
from gis.domain.demo.addresses import addresses_of
from gis.domain.demo.borders import Cut, Progress, Village
from gis.domain.demo.buildings import buildings_of
from gis.domain.demo.cameras import cameras_of
from gis.domain.demo.patrols import patrols_of
from gis.domain.demo.plane import Floats, Ints
from gis.domain.demo.posts import posts_of
from gis.domain.demo.reports import reports_of
from gis.domain.demo.shapes import Shapes, frame, polygons
from gis.domain.demo.streets import streets_of
from gis.domain.demo.waters import waters_of
from gis.domain.demo.zones import zones_of
from gis.domain.grids import GRID_COLUMNS, Plan

SMALL_TOWN = "210304015"
CITY_CODE, CITY_NAME = "210300000000", "鞍山市"


@dataclass(frozen=True)
class Names:
    """What is real in the demo city.

    Attributes
    ----------
    counties : columns code (6 digits), name; one polygon each, EPSG:4490, a coverage.
    towns, villages : columns code (9 and 12 digits), name.
    """

    counties: gpd.GeoDataFrame
    towns: pd.DataFrame
    villages: pd.DataFrame


@dataclass(frozen=True)
class City:
    """What the generator gives: the plan, the layers under it, a year of reports, and the truth about all of it.

    Every row has `synthetic`, which is false only for the outlines of the counties and the city.

    Attributes
    ----------
    plan : divisions, zones, level-2 grids and grids; revision None.
    streets : name, category (trunk, main, side, lane); geometry `path`.
    waters : name, category (river, stream, lake); geometry `surface`.
    buildings : name, floors, households; geometry `footprint`.
    addresses : kind (street, building, place), name, units, floors, source; geometry `extent`.
    cameras : code, name, heading_deg, view_deg, range_m; geometry `location`.
    patrols : post, started_at, ended_at; geometry `track`.
    reports : id, captured_at, channel, category, text, original_x, original_y, datum, accuracy_m; geometry
        `location`.
    posts : area, role, name, telephone; one of each area but for those that are vacant on purpose.
    truth : everything planted, ready for JSON.
    """

    plan: Plan
    streets: gpd.GeoDataFrame
    waters: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    addresses: gpd.GeoDataFrame
    cameras: gpd.GeoDataFrame
    patrols: gpd.GeoDataFrame
    reports: gpd.GeoDataFrame
    posts: pd.DataFrame
    truth: dict[str, Any]


@dataclass(frozen=True)
class Drawn:
    """The rings of every level by code, the villages' insides, and the cuts between them."""

    counties: dict[str, Ints]
    towns: dict[str, Ints]
    villages: dict[str, Ints]
    insides: list[Village]
    cuts: list[Cut]


def generate(
    names: Names,
    *,
    seed: int,
    until: datetime,
    size: Literal["full", "small"] = "full",
    reports: int = 200_000,
    progress: Progress = lambda stage, done, total: None,
) -> City:
    """Build the demo city.

    Parameters
    ----------
    names : outlines and names, read by the caller.
    seed : the same seed gives the same city.
    until : aware instant at which the year of reports ends; the plan is in force from a year before it.
    size : ``full``, or ``small`` for one town (沙河街道), where city and county have that town's boundary.
    reports : how many past reports.
    progress : called with the stage, and how much of it is done.

    Returns
    -------
    City
        Frames in EPSG:4490, longitude latitude, on the lattice of 2^-23 degree.
    """
    table = counts.count_grids(names.villages, seed)
    prints = {row["code"]: counts.footprints(row, seed) for _, row in table.iterrows()}
    table["footprints"] = table["code"].map(lambda code: len(prints[code].stack))
    drawn = draw(names, table, prints, seed, None if size == "full" else SMALL_TOWN, progress)
    table = table[table["code"].isin(drawn.villages)].reset_index(drop=True)
    leaves, rings = numbering.footprint_table(drawn.insides, table)
    shapes = polygons(rings)
    grids, planted = grids_of(leaves, shapes, table, seed, size == "full")
    level2 = level2_of(drawn.insides, leaves, table)
    divisions = divisions_of(names, drawn, whole=size == "full")
    progress("plan", 1, 1)
    zones = zones_of(divisions)
    plan = Plan(None, until - pd.Timedelta(days=365), divisions, zones, level2, grids)
    streets = streets_of(drawn.cuts, table, seed)
    waters = waters_of(drawn.cuts, drawn.towns, plan.of_kind("dedicated").geometry.to_numpy(), seed)
    progress("layers", 1, 4)
    buildings = buildings_of(grids, waters, seed)
    progress("layers", 2, 4)
    addresses = addresses_of(streets, buildings, grids, divisions)
    cameras = cameras_of(streets, drawn.towns, 3000 if size == "full" else 60, seed)
    progress("layers", 3, 4)
    patrols, walked = patrols_of(grids, until, 4000 if size == "full" else 200, seed)
    progress("layers", 4, 4)
    past, reported = reports_of(grids, divisions, until, reports, seed, progress)
    truth = truths.gathered(plan, seed, size, planted | walked | reported)
    return City(
        plan, streets, waters, buildings, addresses, cameras, patrols, past, posts_of(plan, truth["vacant"]), truth
    )


def draw(
    names: Names,
    table: pd.DataFrame,
    prints: dict[str, counts.Footprints],
    seed: int,
    only: str | None,
    progress: Progress,
) -> Drawn:
    """Draw the borders of the city, or of one town, from the outlines down."""
    counties = borders.outlines(names.counties, table)
    towns: dict[str, Ints] = {}
    villages: dict[str, Ints] = {}
    seats: dict[str, Floats] = {}
    cuts: list[Cut] = []
    for done, (county, ring) in enumerate(counties.items()):
        if only is None or only.startswith(county):
            rings, paths = borders.towns_of(county, ring, table, seed)
            towns |= {code: ring for code, ring in rings.items() if only in (None, code)}
            cuts += paths if only is None else []
        progress("towns", done + 1, len(counties))
    for done, (town, ring) in enumerate(sorted(towns.items())):
        rings, paths, seats[town] = borders.villages_of(town, ring, table, seed)
        villages |= rings
        cuts += paths
        progress("villages", done + 1, len(towns))
    insides = borders.all_leaves(table, borders.Ground(villages, prints, seats), seed, progress)
    for inside in insides:
        cuts += borders.cuts_of(inside.divided, inside.code, ("level2", "leaf"))
    kept = counties if only is None else {only[:6]: towns[only]}
    return Drawn(kept, towns, villages, insides, cuts)


def grids_of(
    leaves: pd.DataFrame, shapes: Shapes, table: pd.DataFrame, seed: int, whole: bool
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Return all grids, comprehensive and dedicated, by code, with permanent ids 1..n in that order."""
    grids, planted = numbering.people(
        numbering.comprehensive(leaves, table), (counts.HOUSEHOLDS, counts.HEADCOUNT) if whole else None, seed
    )
    overlay, boundaries = dedicated.compounds(leaves, shapes, table, seed)
    grids = grids.assign(kind="comprehensive", category=None, boundary=shapes[grids["footprint"]])
    truth: dict[str, Any] = dict(planted)
    truth["straddling"] = dict(
        overlay.loc[overlay["straddles"].notna(), ["code", "straddles"]].itertuples(index=False, name=None)
    )
    overlay = overlay.assign(kind="dedicated", households=0, headcount=0, boundary=boundaries)
    both = pd.concat([grids, overlay], ignore_index=True).sort_values("code", ignore_index=True)
    both["id"] = np.arange(1, len(both) + 1)
    both["synthetic"] = True
    for column in ("category", "level2_code", "building", "unit"):
        both[column] = both[column].astype(object).where(both[column].notna(), None)
    return frame(both[list(GRID_COLUMNS)], "boundary", both["boundary"].to_numpy()), truth


def level2_of(insides: list[Village], leaves: pd.DataFrame, table: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the level-2 grids (二级网格) by code."""
    numbers = leaves.drop_duplicates(["village_code", "group"]).set_index(["village_code", "group"])["level2"]
    names = table.set_index("code")["name"].map(numbering.short)
    rows, rings = [], []
    for inside in insides:
        divided = inside.divided
        for group, ring in enumerate(borders.rings_of(divided.groups, divided.group_starts, divided.xy)):
            number = int(numbers[inside.code, group])
            name = f"{names[inside.code]}第{number}网格"
            rows.append({"code": f"{inside.code}1{number:02d}000", "name": name, "village_code": inside.code})
            rings.append(ring)
    return frame(pd.DataFrame(rows), "boundary", polygons(rings)).sort_values("code", ignore_index=True)


def divisions_of(names: Names, drawn: Drawn, *, whole: bool) -> gpd.GeoDataFrame:
    """Return the city, its counties, towns and villages by code, with their boundaries.

    In a whole city the outlines of counties, and so the city's, are real; all below them are drawn.
    """
    rows: list[tuple[str, str, str, str | None]] = [(CITY_CODE, CITY_NAME, "city", None)]
    shapes = [shapely.coverage_union_all(polygons(list(drawn.counties.values())))]
    levels = (
        ("county", names.counties, drawn.counties, 4),
        ("town", names.towns, drawn.towns, 6),
        ("village", names.villages, drawn.villages, 9),
    )
    for level, known, rings, parent in levels:
        title = dict(zip(known["code"].astype(str), known["name"], strict=True))
        codes = sorted(rings)
        rows += [(code.ljust(12, "0"), title[code], level, code[:parent].ljust(12, "0")) for code in codes]
        shapes += list(polygons([rings[code] for code in codes]))
    table = pd.DataFrame(rows, columns=["code", "name", "level", "parent_code"])
    table["parent_code"] = table["parent_code"].astype(object).where(table["parent_code"].notna(), None)
    surveyed = table["level"].isin(["city", "county"]) & whole
    return frame(table, "boundary", np.array(shapes, object)).assign(synthetic=~surveyed)
