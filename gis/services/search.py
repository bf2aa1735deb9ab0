"""Search: where is what people type: a code, a name, an address, or a coordinate in a declared datum."""

import re
import unicodedata
from dataclasses import dataclass, replace

import sqlalchemy as sa

from gis.db import listings
from gis.db import search as stored
from gis.db.areas import Bounds
from gis.domain.coordinates import snap, to_cgcs2000
from gis.domain.places import Box
from gis.domain.stacks import Standing
from gis.errors import Fault, InvalidGeometryError, InvalidInputError, UnknownDatumError
from gis.services import addresses
from gis.services.addresses import Candidate
from gis.services.divisions import Chain, chain

FOUND_LIMIT = 20
NUMBER = r"([+-]?\d{1,9}(?:\.\d{1,15})?)"
COORDINATE = re.compile(rf"{NUMBER}\s*[,;、\s]\s*{NUMBER}")
# Whole numbers, as codes are typed in groups; some pages put a comma for the space.
GROUPS = re.compile(r"\d+(?:[\s,]+\d+)+")
# The view around a coordinate, in degrees: a few streets.
AROUND_DEG = 0.003


@dataclass(frozen=True)
class Find:
    """What was found: `center` and `bbox` in degrees (EPSG:4490).

    `kind` is division, zone, level2, grid; street, building or place of the gazetteer; coordinate, or swapped: a
    coordinate with its numbers the other way round. `chain` has level, code and name of the divisions from the city
    down to it. `score` says from 0 to 1 how well it fits what was typed; an address also has `matched`, the parts of
    it that fit, and `standing`, the grids it is in.
    """

    kind: str
    code: str | None
    name: str
    chain: Chain
    center: tuple[float, float]
    bbox: Box
    score: float = 1.0
    matched: tuple[str, ...] = ()
    standing: Standing | None = None


def find(
    connection: sa.Connection,
    text: str,
    *,
    datum: str | None = None,
    bbox: Bounds | None = None,
    limit: int = FOUND_LIMIT,
) -> list[Find]:
    """Return at most `limit` finds, the best first, areas before addresses that fit as well.

    Two numbers, ``122.99,41.11``, are a coordinate in `datum` (longitude or easting first); everything else is the
    start of a code, a part of a name or an address (see `services.addresses`), in `bbox` where one is given. Whole
    numbers that are no place either way round, ``2103 04``, are a code typed in groups. Full-width characters count as
    their plain forms. A coordinate that lies nowhere as it stands, but in the city with its numbers swapped, is
    answered as that place, of kind ``swapped``.

    Raises
    ------
    UnknownDatumError : a coordinate without a datum, or with one that is not known.
    InvalidInputError : a coordinate that lies nowhere in its datum.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return []
    coordinate = COORDINATE.fullmatch(plain)
    if GROUPS.fullmatch(plain) and not (coordinate and _plausible(coordinate[1], coordinate[2], datum)):
        plain = re.sub(r"\D", "", plain)
    elif coordinate:
        return [_either_way(connection, float(coordinate[1]), float(coordinate[2]), datum)]
    tree = listings.tree(connection, None)
    areas = [
        Find(each.kind, each.code, each.name, chain(tree, each.division), each.center, each.bbox, each.score)
        for each in stored.find(connection, plain, bbox=bbox, limit=limit)
    ]
    known = [_address(each) for each in addresses.find(connection, plain, tree, bbox=bbox, limit=limit)]
    return sorted([*areas, *known], key=lambda each: -each.score)[:limit]


def _address(found: Candidate) -> Find:
    entry, match = found.entry, found.match
    kept = (entry.location, entry.bbox, match.score, match.matched, found.standing)
    return Find(entry.kind, None, entry.name, found.chain, *kept)


def _plausible(one: str, other: str, datum: str | None) -> bool:
    """Tell whether two whole numbers could be a place in a datum, or in degrees where none is declared."""
    if any(len(number) > 1 and number.startswith("0") for number in (one, other)):
        return False
    for x, y in ((float(one), float(other)), (float(other), float(one))):
        try:
            to_cgcs2000(x, y, datum=datum or "cgcs2000")
        except UnknownDatumError:
            return True
        except InvalidGeometryError:
            continue
        return True
    return False


def _either_way(connection: sa.Connection, x: float, y: float, datum: str | None) -> Find:
    """Return the place of a coordinate, or of its numbers swapped where only that makes a place of the city."""
    try:
        return _coordinate(connection, x, y, datum)
    except InvalidInputError as error:
        try:
            swapped = _coordinate(connection, y, x, datum)
        except InvalidInputError:
            raise error from None
        if not swapped.chain:
            raise
        return replace(swapped, kind="swapped")


def _coordinate(connection: sa.Connection, x: float, y: float, datum: str | None) -> Find:
    try:
        lon, lat = (float(snap(value)) for value in to_cgcs2000(x, y, datum=datum))
    except UnknownDatumError as error:
        raise UnknownDatumError(error.detail, [Fault("/query/datum", error.detail)]) from error
    except InvalidGeometryError as error:
        raise InvalidInputError(error.detail, [Fault("/query/q", error.detail)]) from error
    division = stored.divisions_over(connection, lon, lat)
    above = chain(listings.tree(connection, None), division)
    box = (lon - AROUND_DEG, lat - AROUND_DEG, lon + AROUND_DEG, lat + AROUND_DEG)
    return Find("coordinate", None, f"{lon:.6f}, {lat:.6f}", above, (lon, lat), box)
