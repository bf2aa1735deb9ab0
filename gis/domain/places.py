"""Places: grids, divisions and zones as they are listed and found, and their GeoJSON (RFC 7946) text.

A listing may hold thousands of vertices that nobody computes with, so their text is made once, where they are stored,
and joined here.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Box = tuple[float, float, float, float]
DECIMALS = 7


@dataclass(frozen=True)
class Place:
    """Something that lies somewhere.

    Attributes
    ----------
    id : permanent number of a grid, code of a division.
    properties : plain JSON values.
    bbox : west, south, east, north in degrees (EPSG:4490).
    geometry : GeoJSON geometry as text, degrees with 7 decimals; None when it was not asked for.
    """

    id: int | str
    properties: Mapping[str, Any]
    bbox: Box
    geometry: str | None = None


def feature(place: Place) -> str:
    """Return a place as the text of a GeoJSON Feature with a `bbox`."""
    box = _text([round(side, DECIMALS) for side in place.bbox])
    return (
        f'{{"type":"Feature","id":{_text(place.id)},"bbox":{box},"geometry":{place.geometry or "null"},'
        f'"properties":{_text(dict(place.properties))}}}'
    )


def collection(places: Iterable[Place], **members: Any) -> str:
    """Return places as the text of a FeatureCollection; `members` (such as ``next``) stand beside its features."""
    more = "".join(f",{_text(name)}:{_text(value)}" for name, value in members.items())
    return f'{{"type":"FeatureCollection","features":[{",".join(map(feature, places))}]{more}}}'


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
