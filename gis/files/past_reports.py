"""Past reports of other systems, whose files lack what a report of ours must have."""

from collections.abc import Mapping
from uuid import NAMESPACE_URL, uuid5

import geopandas as gpd
import pandas as pd

from gis.domain.categories import CATEGORIES


def with_ids(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return rows with an `id` of their own: a UUID of the row's number and content, the same at every reading."""
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    rows = enumerate(table.to_dict("records"), start=1)
    return frame.assign(id=[str(uuid5(NAMESPACE_URL, f"wangge:report:{number}:{row!r}")) for number, row in rows])


def reported(frame: gpd.GeoDataFrame, defaults: Mapping[str, str]) -> gpd.GeoDataFrame:
    """Return rows with `defaults` (captured_at, category, channel) where the column is missing or the cell empty.

    A default category also stands for each category that is none of ours.
    """
    filled = frame.copy()
    for name, value in defaults.items():
        if name not in filled.columns:
            filled[name] = value
            continue
        given = filled[name].astype(object)
        lacking = given.isna() | ((name == "category") & ~given.isin(list(CATEGORIES)))
        filled[name] = given.where(~lacking, value)
    return filled
