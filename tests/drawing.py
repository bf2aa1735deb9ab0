"""Grids drawn with letters, in 立山区: each letter is a grid, each place in the text some 100 m square."""

import geopandas as gpd
import pandas as pd
import shapely

from gis.domain.grids import CRS

STEP = 2.0**-23
SIDE = 9000 * STEP
WEST = round(122.99 / STEP) * STEP
NORTH = round(41.12 / STEP) * STEP
VILLAGE = "210304015017"


def place(column: float, row: float) -> tuple[float, float]:
    """Return longitude and latitude of a place in a drawing; whole numbers are corners, halves are middles."""
    return WEST + round(column * 9000) * STEP, NORTH - round(row * 9000) * STEP


def drawn(
    picture: str,
    *,
    kind: str = "comprehensive",
    village: str = VILLAGE,
    level2: str = "01",
    first_id: int | None = None,
) -> gpd.GeoDataFrame:
    """Return the grids of a drawing: columns as in `GRID_COLUMNS`, codes numbered in the order of the letters.

    A dot is nothing. Borders are edge-matched: every corner of a square is a vertex of every grid it touches.
    """
    squares: dict[str, list[shapely.Polygon]] = {}
    for row, line in enumerate(picture.split()):
        for column, letter in enumerate(line):
            west, north = place(column, row)
            east, south = place(column + 1, row + 1)
            squares.setdefault(letter, []).append(shapely.box(west, south, east, north))
    squares.pop(".", None)
    dedicated = kind == "dedicated"
    rows = [
        {
            "id": None if first_id is None else first_id + number,
            "code": f"{village}{2 if dedicated else 1}{'00' if dedicated else level2}{ord(letter) - 64:03d}",
            "kind": kind,
            "category": "school" if dedicated else None,
            "name": letter,
            "village_code": village,
            "level2_code": None if dedicated else f"{village}1{level2}000",
            "urban": True,
            "households": 20,
            "headcount": 50,
            "building": None,
            "unit": None,
            "floor_from": None,
            "floor_to": None,
            "synthetic": True,
            "boundary": shapely.coverage_union_all(squares[letter]),
        }
        for number, letter in enumerate(sorted(squares))
    ]
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry="boundary", crs=CRS)
