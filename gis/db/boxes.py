"""Boxes: rows that lie near any of many places."""

from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

# One row a box: west, south, east, north.
Boxes = npt.NDArray[np.float64]


def touching(column: sa.Column[Any], key: sa.Column[Any], boxes: Boxes, *, srid: int = 4490) -> sa.Select[Any]:
    """Select the `key` of rows whose geometry's bounding box touches one of `boxes`, in the units of `srid`."""
    sides = [sa.literal(side.tolist(), sa.ARRAY(sa.Float)) for side in np.asarray(boxes, dtype=np.float64).T]
    box = sa.func.unnest(*sides).table_valued("west", "south", "east", "north").render_derived()
    rectangle = sa.func.ST_MakeEnvelope(box.c.west, box.c.south, box.c.east, box.c.north, srid)
    return sa.select(key).select_from(column.table).join(box, column.op("&&")(rectangle))
