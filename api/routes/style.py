"""The map's style (地图样式): one document that MapLibre draws, with the addresses of the tiles in force."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from api.deps import Transaction
from api.problems import documented
from api.routes import layers
from maps import style

router = APIRouter(tags=["map"])
Theme = Annotated[Literal["light", "dark"], Query(description="which colours")]


@router.get("/style.json", summary="MapLibre style. 地图样式", responses=documented(422))
def document(connection: Transaction, theme: Theme = "light") -> dict[str, Any]:
    """Return the style, version 8, without glyphs: labels are drawn with the page's own font.

    Its `metadata` holds `wangge:bounds` (west, south, east, north in CGCS2000 degrees; null before a plan is in force),
    `wangge:plan`, `wangge:origins` (from whom the layers are) and `wangge:edges`, the upper edges of the classes of
    days and shares.
    """
    drawn = layers.listing(connection)
    described = [layer.model_dump() for layer in drawn.layers]
    origins = sorted({each.source for each in drawn.sources})
    return style.build(theme, described, bounds=drawn.bounds, plan=drawn.revision, origins=origins)
