"""Suspicions: what files tell against the datum that was declared for them, seen against the city as it is known."""

from collections.abc import Callable, Iterator, Mapping

import geopandas as gpd
import shapely
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry

from gis.db import divisions
from gis.domain.coordinates import Datum
from gis.domain.suspicions import datum_suspicion
from gis.files.placement import Say

# Which column of a noun names the villages that its rows are, or lie in.
HOMES = {"divisions": "code", "level2": "village_code", "grids": "village_code"}
# Redrawing moves borders; what lies mostly elsewhere was not redrawn.
ASTRAY_SHARE = 0.5


def told(connection: sa.Connection, found: Mapping[str, gpd.GeoDataFrame], *, declared: Datum, say: Say) -> None:
    """Say what `tell` has to say, against the divisions in force."""
    tell(found, divisions.at(connection), declared=declared, say=say)


def teller(known: gpd.GeoDataFrame, *, declared: Datum, say: Say) -> Callable[[Mapping[str, gpd.GeoDataFrame]], None]:
    """Return `tell` for whoever reads files."""
    return lambda found: tell(found, known, declared=declared, say=say)


def tell(found: Mapping[str, gpd.GeoDataFrame], known: gpd.GeoDataFrame, *, declared: Datum, say: Say) -> None:
    """Say so when data fit what is known clearly better in another datum than in the declared one.

    Parameters
    ----------
    found : rows by noun, EPSG:4490, read in the declared datum.
    known : divisions in force; without any, those in `found` stand for them. Rows that name a village are held against
        the outline that it has now, since a town stays inside its city in any datum; else against the city's.
    """
    tree = known if len(known) else found.get("divisions", known)
    tree = tree[tree.geometry.is_valid]
    for noun, frame in found.items():
        for rows, outline in _pairs(noun, frame[frame.geometry.is_valid], tree):
            suspicion = datum_suspicion(rows.geometry, outline, declared=declared) or _astray(noun, rows, outline)
            if suspicion:
                say(f"Warning: {noun}: {suspicion}")
                break


def _astray(noun: str, rows: gpd.GeoDataFrame, outline: BaseGeometry) -> str | None:
    """Return a sentence when rows that name villages lie elsewhere in any datum."""
    shapes = rows.geometry.to_numpy()
    if noun not in HOMES or not len(shapes):
        return None
    outside = 1 - shapely.area(shapely.intersection(shapes, outline)).sum() / shapely.area(shapes).sum()
    if outside < ASTRAY_SHARE:
        return None
    return f"{outside:.0%} of the area lies outside of what is known of the places it names; is the datum right?"


def _pairs(
    noun: str, rows: gpd.GeoDataFrame, tree: gpd.GeoDataFrame
) -> Iterator[tuple[gpd.GeoDataFrame, BaseGeometry]]:
    """Yield rows and the outline that they are held against: of their villages first, then of the city."""
    villages = tree[tree["level"] == "village"]
    if noun in HOMES:
        homes = villages[villages["code"].isin(rows[HOMES[noun]])]
        if len(homes):
            yield rows[rows[HOMES[noun]].isin(homes["code"])], shapely.union_all(homes.geometry.to_numpy())
    city = tree[tree["level"] == "city"].geometry
    if len(city):
        yield rows, city.iloc[0]
