"""Layers of the map (图层): which are drawn, and where their tiles are."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.deps import Transaction
from api.problems import documented
from api.schemas import DECIMALS
from gis.db.tiles import Drawn
from gis.domain.tiles import MAX_ZOOM, Layer
from gis.services import layers

router = APIRouter(tags=["map"])


class Title(BaseModel):
    """What people call it."""

    zh: str
    en: str


class LayerShape(BaseModel):
    """One layer of vector tiles. Below `minzoom` its tiles are empty; above `maxzoom` they are to be enlarged."""

    name: str = Field(description="also of the MVT layer in its tiles; label points are in `<name>_labels`")
    title: Title
    revision: int
    minzoom: int
    maxzoom: int
    labels_minzoom: int | None = Field(description="first zoom with label points; null for a layer without")
    tiles: str = Field(description="address template; it changes when the layer does, so tiles are cached for ever")
    count: int = Field(description="shapes at full detail; stacked grids are one")


class Source(BaseModel):
    """From whom a layer is."""

    layer: str
    source: str


class LayersShape(BaseModel):
    """What the map can show."""

    revision: int | None = Field(description="of the newest plan")
    layers: list[LayerShape]
    bounds: list[float] | None = Field(description="west, south, east, north in CGCS2000 degrees")
    sources: list[Source]


@router.get("/layers", summary="Layers of vector tiles. 图层", responses=documented(422))
def listing(connection: Transaction) -> LayersShape:
    """Return the layers that are drawn, in the order of drawing."""
    found = layers.catalogue(connection)
    return LayersShape(
        revision=found.revision,
        layers=[LayerShape(**_shape(layer, drawn)) for layer, drawn in found.layers],
        bounds=[round(side, DECIMALS) for side in found.bounds] if found.bounds else None,
        sources=[Source(layer=drawn.name, source=drawn.source) for _, drawn in found.layers if drawn.source],
    )


def _shape(layer: Layer, drawn: Drawn) -> dict[str, Any]:
    # A database that is made anew counts its revisions from 1 again; the instant tells its tiles from the old ones.
    instant = int(drawn.loaded_at.timestamp())
    return {
        "name": layer.name,
        "title": Title(zh=layer.zh, en=layer.en),
        "revision": drawn.revision,
        "minzoom": layer.minzoom,
        "maxzoom": MAX_ZOOM,
        "labels_minzoom": layer.labels_from,
        "tiles": f"/tiles/{layer.name}/{drawn.revision}/{{z}}/{{x}}/{{y}}?drawn={instant}",
        "count": drawn.count,
    }
