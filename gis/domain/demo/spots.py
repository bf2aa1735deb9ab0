"""Points in polygons, many at once."""

import numpy as np
import shapely

from gis.domain.demo.compiled import compiled
from gis.domain.demo.crossings import bounds, holds
from gis.domain.demo.cutting import draw
from gis.domain.demo.plane import Floats, Ints
from gis.domain.demo.shapes import Shapes

TRIES = 200


@compiled
def fill(xy_m: Floats, starts: Ints, which: Ints, found: Floats, state: Ints) -> None:
    """Write one even random point of ring `which[k]` into each row of `found`."""
    for k in range(len(which)):
        first, last = starts[which[k]], starts[which[k] + 1] - 1
        ring = np.arange(first, last)
        west, east, south, north = bounds(xy_m, ring)
        for _ in range(TRIES):
            found[k, 0] = west + draw(state) * (east - west)
            found[k, 1] = south + draw(state) * (north - south)
            if holds(xy_m, ring, found[k, 0], found[k, 1]):
                break


def scattered(plane: Shapes, which: Ints, seed: int) -> Floats:
    """Return one random point, in metres, inside polygon `plane[w]` for each w of `which`; polygons without holes."""
    xy_m = shapely.get_coordinates(plane)
    starts = np.concatenate(([0], np.cumsum(shapely.get_num_coordinates(plane))))
    found = np.zeros((len(which), 2))
    fill(xy_m, starts, np.asarray(which, np.int64), found, np.array([seed], np.uint64))
    return found
