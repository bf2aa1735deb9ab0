"""Neighbourhoods: which grids of a plan in memory a disc may meet."""

import shapely

from gis.domain.borders import reach
from gis.domain.grids import Plan
from gis.domain.routing import Candidate, candidates_of


class Neighbourhood:
    """The comprehensive grids of a plan by place, stacked ones each; immutable, and threads may share it."""

    def __init__(self, plan: Plan) -> None:
        self._candidates = candidates_of(plan.of_kind("comprehensive"))
        self._tree = shapely.STRtree([grid.boundary for grid in self._candidates])
        # The tree is built at its first question; afterwards threads only read it.
        self._tree.query(shapely.Point(0, 0))

    def around(self, lon: float, lat: float, radius_m: float) -> list[Candidate]:
        """Return the grids whose boxes meet the box around a disc; centre in degrees, radius in metres."""
        east, north = (float(degrees) for degrees in reach(lat, radius_m))
        found = self._tree.query(shapely.box(lon - east, lat - north, lon + east, lat + north))
        return [self._candidates[place] for place in found.tolist()]
