"""Layers of the map: which are drawn, at which revision, from whom."""

from dataclasses import dataclass

import numpy as np
import shapely
import sqlalchemy as sa

from gis.db import plans, tiles
from gis.db.tiles import Drawn
from gis.domain.places import Box
from gis.domain.tiles import LAYERS, PLAN_LAYERS, Layer, to_degrees


@dataclass(frozen=True)
class Catalogue:
    """What the map can show.

    Attributes
    ----------
    revision : newest plan; None before the first.
    layers : what each layer is and how it is drawn now, in the order of drawing: the large before the small.
    bounds : west, south, east, north of the plan in degrees (EPSG:4490); None before the first.
    """

    revision: int | None
    layers: list[tuple[Layer, Drawn]]
    bounds: Box | None


def catalogue(connection: sa.Connection) -> Catalogue:
    """Return the layers that are drawn."""
    drawn = {each.name: each for each in tiles.drawn(connection)}
    shown = [(layer, drawn[name]) for name, layer in LAYERS.items() if name in drawn]
    newest = plans.newest(connection)
    return Catalogue(newest.revision if newest else None, shown, _bounds(connection))


def origins(connection: sa.Connection) -> list[str]:
    """Return from whom the drawn layers and the newest plan are, each once, sorted; empty before the first plan."""
    return sorted({each.source for each in tiles.drawn(connection) if each.source})


def _bounds(connection: sa.Connection) -> Box | None:
    """Return the extent of the first layer of the plan that holds anything."""
    for name in PLAN_LAYERS:
        box = tiles.extent(connection, name)
        if box is not None:
            west, south, east, north = shapely.bounds(to_degrees(np.array([shapely.box(*box)], dtype=object)))[0]
            return float(west), float(south), float(east), float(north)
    return None
