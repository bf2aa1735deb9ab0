"""What is real in the demo city: outlines, names and codes of Anshan, read from files."""

from pathlib import Path

import geopandas as gpd
import pandas as pd

from gis.domain.demo import Names
from gis.domain.grids import CRS
from gis.settings import CHECKOUT

FOLDER = CHECKOUT / "fixtures" / "anshan"


def read(folder: Path = FOLDER) -> Names:
    """Read counties.geojson (CGCS2000, as its README says), towns.csv and villages.csv.

    Raises FileNotFoundError when the folder lacks one of them.
    """
    counties = gpd.read_file(folder / "counties.geojson", engine="pyogrio").set_crs(CRS, allow_override=True)
    towns, villages = (pd.read_csv(folder / f"{name}.csv", dtype=str) for name in ("towns", "villages"))
    return Names(counties[["code", "name", "geometry"]], towns[["code", "name"]], villages[["code", "name"]])
