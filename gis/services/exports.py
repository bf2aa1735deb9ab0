"""Export: everything that can be imported, and what was found for it, into files."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import sqlalchemy as sa

from gis.db import addresses, cameras, divisions, grids, history, layers, level2_grids, zones
from gis.domain.audit import Actor
from gis.domain.coordinates import Datum
from gis.domain.staff import EVERYWHERE
from gis.errors import InvalidInputError, NotFoundError
from gis.files.frames import check_target, write_frame
from gis.files.nouns import NOUNS as NOUNS_IN_FILES
from gis.services import audit

DATED: dict[str, Callable[[sa.Connection, datetime | None], gpd.GeoDataFrame]] = {
    "divisions": divisions.at,
    "zones": zones.at,
    "level2": level2_grids.at,
    "grids": grids.at,
}
PLAIN: dict[str, Callable[[sa.Connection], gpd.GeoDataFrame]] = {
    "streets": lambda connection: layers.read(connection, "streets").drop(columns="id"),
    "waters": lambda connection: layers.read(connection, "waters").drop(columns="id"),
    "buildings": lambda connection: layers.read(connection, "buildings").drop(columns="id"),
    "cameras": lambda connection: cameras.read(connection, scope=EVERYWHERE),
    "patrols": history.all_patrols,
    "reports": history.all_reports,
    # The last, since a Shapefile refuses its areas beside lines after all others are written.
    "addresses": addresses.read,
}
NOUNS = (*DATED, *PLAIN)


def frame(connection: sa.Connection, noun: str, *, at: datetime | None = None) -> gpd.GeoDataFrame:
    """Return every row of a noun (`NOUNS`) in EPSG:4490, those of the plan as of an instant (None: now).

    Raises
    ------
    NotFoundError
        For a noun that is not known.
    InvalidInputError
        When an instant is given for a noun that has no dates.
    """
    if noun in DATED:
        return DATED[noun](connection, at)
    if noun not in PLAIN:
        raise NotFoundError(f"There is no noun {noun!r}: one of {', '.join(NOUNS)}.")
    if at is not None:
        raise InvalidInputError(f"Only {', '.join(DATED)} are kept by date; {noun} are not.")
    return PLAIN[noun](connection)


def write(
    connection: sa.Connection,
    noun: str,
    path: Path,
    *,
    at: datetime | None = None,
    datum: str | Datum = "cgcs2000",
    by: Actor,
) -> int:
    """Write every row of a noun to a file and return how many; the format follows the file's suffix.

    What left the house is recorded.

    `datum` converts on the way out; by default the file is in CGCS2000, as is stored. Raises what `frame` and
    `files.frames.write_frame` raise, and `NotFoundError` when there is no row.
    """
    check_target(path)
    rows = frame(connection, noun, at=at)
    if rows.empty:
        raise NotFoundError(f"There are no {noun} to write.")
    write_frame(_whole(rows, noun), path, datum=datum, layer=noun)
    audit.looked(connection, by, f"{noun}.exported", f"{noun}:all", file=path.name, count=len(rows))
    return len(rows)


def _whole(rows: gpd.GeoDataFrame, noun: str) -> gpd.GeoDataFrame:
    """Return rows with whole numbers as such: a column of them with gaps comes out of the database as floats."""
    whole = [name for name, kind in NOUNS_IN_FILES[noun].columns.items() if kind == "whole" and name in rows]
    return rows.astype(dict.fromkeys(whole, "Int64"))
