"""Tiles: draw the map's layers after a publication or an import, and hand out tiles, kept on disk by revision."""

import gzip
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import sqlalchemy as sa

from gis.db import divisions, grids, layers, level2_grids, plans, queue, tiles, zones
from gis.domain.tiles import (
    LAYERS,
    PLAN_LAYERS,
    Address,
    Layer,
    covering,
    drawing_order,
    footprints,
    label_points,
    simplified,
    to_mercator,
)
from gis.errors import NotFoundError

# Level 5 is within 2 % of the size of level 9 for tiles, at a third of its time.
COMPRESSION = 5
# Lies in each revision's folder, as old as its first tile.
BORN = "born"
WARM = "tiles.warm"
# The zooms at which one opens the map on the whole city.
WARM_UNTIL = 11
LEVELS = {"counties": "county", "towns": "town", "villages": "village"}


def draw(connection: sa.Connection, names: Collection[str] | None = None, *, source: str | None = None) -> None:
    """Draw layers anew from what is in force: project, simplify for each detail, store, and mark the revision.

    Layers of the plan get the newest plan's revision; streets, waters and buildings keep the one of their load.
    `names` None means every layer; `source` says where the plan's outlines are from, None leaves what was said before.
    Runs in the caller's transaction, so that a map never shows half a publication; the worker then makes the tiles of
    low zooms ahead.
    """
    wanted = [layer for name, layer in LAYERS.items() if names is None or name in names]
    loaded, newest = layers.revisions(connection), plans.newest(connection)
    read = _reader(connection)
    for layer in wanted:
        if layer.name in PLAN_LAYERS:
            if newest is None:
                continue
            tiles.mark(connection, layer.name, newest.revision, source=source)
        elif layer.name not in loaded:
            continue
        tiles.replace(connection, layer.name, _drawings(layer, read(layer.name)))
    queue.defer(connection, WARM)


def _reader(connection: sa.Connection) -> Callable[[str], gpd.GeoDataFrame]:
    """Return a function from a layer's name to its rows; it reads divisions and grids, which serve several, once."""
    tree, leaves = cache(lambda: divisions.at(connection)), cache(lambda: grids.at(connection))

    def read(name: str) -> gpd.GeoDataFrame:
        if name in LEVELS:
            return _divisions(tree(), LEVELS[name])
        if name in ("grids", "dedicated"):
            return _grids(leaves(), "comprehensive" if name == "grids" else name)
        if name == "zones":
            return _numbered(zones.at(connection), "zone")
        if name == "level2":
            return _numbered(level2_grids.at(connection), "level2")
        return _loaded(layers.read(connection, name), name)

    return read


def _divisions(frame: gpd.GeoDataFrame, level: str) -> gpd.GeoDataFrame:
    frame = frame[frame["level"] == level]
    return frame.assign(id=frame["code"].astype("int64"), kind=level)


def _grids(frame: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    frame = frame[frame["kind"] == kind]
    if kind == "dedicated":
        return frame.assign(kind=frame["category"])
    rows, counts = footprints(frame.geometry.to_numpy(), frame["id"].to_numpy())
    return frame.iloc[rows].assign(kind=np.where(counts > 1, "stacked", kind))


def _numbered(frame: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    """Give numbers to rows whose codes are not numbers, or are beyond what a browser's numbers hold."""
    return frame.assign(id=np.arange(1, len(frame) + 1), kind=kind)


def _loaded(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    kinds = frame.get("category", "building")
    return frame.assign(code=frame["id"].astype(str), kind=kinds)


def _drawings(layer: Layer, frame: gpd.GeoDataFrame) -> Iterator[tuple[int, gpd.GeoDataFrame]]:
    shapes_xy = to_mercator(frame.geometry.to_numpy())
    order = drawing_order(shapes_xy)
    frame, shapes_xy = frame.iloc[order], shapes_xy[order]
    labels = label_points(shapes_xy) if layer.labels_from is not None else np.full(len(frame), None)
    texts = frame[["id", "code", "name", "kind"]].reset_index(drop=True)
    for detail, rows, simple in simplified(layer, shapes_xy, frame["kind"].to_numpy(dtype=str)):
        drawn = texts.iloc[rows].assign(
            shape=gpd.GeoSeries(simple, index=rows), label=gpd.GeoSeries(labels[rows], index=rows)
        )
        yield detail, gpd.GeoDataFrame(drawn, geometry="shape")


def kept(folder: Path, layer: Layer, *, revision: int, address: Address) -> bytes | None:
    """Return a tile that lies in `folder`, compressed with gzip; None when it was not made yet, or is empty."""
    path = _path(folder, layer, revision, address)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def tile(connection: sa.Connection, folder: Path, layer: Layer, *, revision: int, address: Address) -> bytes:
    """Return a tile compressed with gzip, from `folder` when it lies there; empty bytes where nothing is drawn.

    Raises
    ------
    NotFoundError : the layer has no such revision, or no longer.
    """
    present = kept(folder, layer, revision=revision, address=address)
    if present is not None:
        return present
    detail, labelled = layer.detail_at(address.z), layer.labelled_at(address.z)
    made = tiles.cut(connection, layer.name, revision, address, detail=detail, labelled=labelled)
    if made is None:
        raise NotFoundError(f"The layer {layer.name} has no revision {revision}; /layers names the present one.")
    return _keep(_path(folder, layer, revision, address), gzip.compress(made, COMPRESSION, mtime=0)) if made else b""


def warm(connection: sa.Connection, folder: Path) -> int:
    """Make the tiles of low zooms ahead, which everyone asks for first; return how many hold something."""
    made = 0
    for drawn in tiles.drawn(connection):
        layer = LAYERS[drawn.name]
        box = tiles.extent(connection, layer.name) if layer.minzoom <= WARM_UNTIL else None
        for zoom in range(layer.minzoom, WARM_UNTIL + 1):
            for place in covering(box, zoom) if box else ():
                made += bool(tile(connection, folder, layer, revision=drawn.revision, address=place))
    return made


def _path(folder: Path, layer: Layer, revision: int, address: Address) -> Path:
    return folder / layer.name / str(revision) / str(address.z) / str(address.x) / f"{address.y}.mvt.gz"


def _keep(path: Path, content: bytes) -> bytes:
    """Put a tile on disk whole or not at all. Empty tiles are not kept: there is no end of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    born = path.parents[2] / BORN
    if not born.exists():
        born.touch()
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)
    return content


def sweep(connection: sa.Connection, folder: Path) -> int:
    """Remove the kept tiles of revisions that are no longer drawn; return how many folders went.

    A folder older than its revision's drawing is from a database that was here before, and goes too.
    """
    present = {(drawn.name, str(drawn.revision)): drawn.loaded_at.timestamp() for drawn in tiles.drawn(connection)}
    births = {path.parent: path.stat().st_mtime for path in folder.glob(f"*/*/{BORN}")}
    old = [path for path, birth in births.items() if birth < present.get((path.parent.name, path.name), float("inf"))]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)
