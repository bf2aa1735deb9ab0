"""Tiles: draw the map's layers after a publication or an import, and hand out tiles, kept on disk by revision."""

import gzip
import hashlib
import logging
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from gis.db import divisions, grids, layers, level2_grids, plans, queue, tiles, zones
from gis.db.boxes import Boxes
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

log = logging.getLogger("wangge.tiles")

# Level 5 is within 2 % of the size of level 9 for tiles, at a third of its time.
COMPRESSION = 5
# Lies in each revision's folder, as old as its first tile.
BORN = "born"
WARM = "tiles.warm"
# The zooms at which one opens the map on the whole city.
WARM_UNTIL = 11
# Layers whose shapes follow from leaves, which a publication changes here and there.
PIECEWISE = ("level2", "grids", "dedicated")
TOUCHED_LIMIT = 2_000
# Wider than what projecting a box and the shape in it may differ by.
ROUNDING_M = 0.01
KINDS = {"grids": "comprehensive", "dedicated": "dedicated"}
LEVELS = {"counties": "county", "towns": "town", "villages": "village"}


def draw(
    connection: sa.Connection,
    names: Collection[str] | None = None,
    *,
    source: str | None = None,
    touched: Boxes | None = None,
) -> None:
    """Draw layers anew from what is in force: project, simplify for each detail, store, and mark the revision.

    Layers of the plan get the newest plan's revision; streets, waters and buildings keep the one of their load.
    Runs in the caller's transaction, so that a map never shows half a publication; the worker then makes the tiles of
    low zooms ahead.

    Parameters
    ----------
    names : which layers; None for all.
    source : from whom the plan's outlines are; None leaves what was said before.
    touched : boxes (degrees) of all that a publication ended or began: of the layers that leaves make up only these
        places are drawn anew. None, or more than `TOUCHED_LIMIT`, draws everything.
    """
    near = touched if touched is not None and len(touched) <= TOUCHED_LIMIT else None
    loaded, newest = layers.revisions(connection), plans.newest(connection)
    for name, layer in LAYERS.items():
        if names is not None and name not in names:
            continue
        if name in PLAN_LAYERS and newest is not None:
            tiles.mark(connection, name, newest.revision, source=source)
        elif name in PLAN_LAYERS or name not in loaded:
            continue
        if near is None or name not in PIECEWISE:
            tiles.replace(connection, name, _drawings(layer, _read(connection, name)), near=None)
        elif len(near):
            _redraw(connection, layer, near)
    queue.defer(connection, WARM)


def _redraw(connection: sa.Connection, layer: Layer, near: Boxes) -> None:
    """Draw anew what touches these boxes.

    Borders of a cover are simplified arc by arc between places where three areas meet, so what two rings of neighbours
    give for the first ring is what the whole cover would give.
    """
    first = _read(connection, layer.name, near=near)
    both = (
        _read(connection, layer.name, near=first.bounds.to_numpy()) if layer.form == "cover" and len(first) else first
    )
    boxes = np.array([shapely.box(*sides) for sides in near], dtype=object)
    boxes_xy = shapely.bounds(to_mercator(boxes)) + np.array([-1, -1, 1, 1]) * ROUNDING_M
    tiles.replace(connection, layer.name, _drawings(layer, both, only=first["id"]), near=boxes_xy)


def _read(connection: sa.Connection, name: str, *, near: Boxes | None = None) -> gpd.GeoDataFrame:
    """Return what is in force of a layer: id, code, name, kind and geometry in EPSG:4490."""
    if name in LEVELS:
        return _divisions(divisions.at(connection), LEVELS[name])
    if name in KINDS:
        return _grids(grids.at(connection, kind=KINDS[name], near=near), KINDS[name])
    if name == "zones":
        return _numbered(zones.at(connection), "zone")
    if name == "level2":
        return _numbered(level2_grids.at(connection, near=near), name)
    return _loaded(layers.read(connection, name), name)


def _divisions(frame: gpd.GeoDataFrame, level: str) -> gpd.GeoDataFrame:
    frame = frame[frame["level"] == level]
    return frame.assign(id=frame["code"].astype("int64"), kind=level)


def _grids(frame: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    if kind == "dedicated":
        return frame.assign(kind=frame["category"])
    rows, counts = footprints(frame.geometry.to_numpy(), frame["id"].to_numpy())
    return frame.iloc[rows].assign(kind=np.where(counts > 1, "stacked", kind))


def _numbered(frame: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    """Give rows whose codes are no numbers that a browser holds 48 bits of the code's hash, which stay the same."""
    digests = [hashlib.sha256(code.encode()).digest()[:6] for code in frame["code"]]
    return frame.assign(id=np.array([int.from_bytes(digest) for digest in digests], dtype=np.int64), kind=kind)


def _loaded(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    kinds = frame.get("category", "building")
    return frame.assign(code=frame["id"].astype(str), kind=kinds)


def _drawings(
    layer: Layer, frame: gpd.GeoDataFrame, *, only: pd.Series | None = None
) -> Iterator[tuple[int, gpd.GeoDataFrame]]:
    """Yield the frames that `tiles.replace` stores, of all rows or `only` of those with some ids."""
    shapes_xy = to_mercator(frame.geometry.to_numpy())
    order = drawing_order(shapes_xy)
    frame, shapes_xy = frame.iloc[order], shapes_xy[order]
    labels = label_points(shapes_xy) if layer.labels_from is not None else np.full(len(frame), None)
    texts = frame[["id", "code", "name", "kind"]].reset_index(drop=True)
    wanted = np.ones(len(texts), dtype=bool) if only is None else texts["id"].isin(only).to_numpy()
    for detail, rows, simple in simplified(layer, shapes_xy, frame["kind"].to_numpy(dtype=str)):
        rows, simple = rows[wanted[rows]], simple[wanted[rows]]
        drawn = texts.iloc[rows].assign(
            shape=gpd.GeoSeries(simple, index=rows), label=gpd.GeoSeries(labels[rows], index=rows)
        )
        yield detail, gpd.GeoDataFrame(drawn, geometry="shape")


def kept(folder: Path, layer: Layer, *, revision: int, address: Address) -> bytes | None:
    """Return a tile that lies in `folder`, compressed with gzip; None when it was not made yet, or is empty."""
    path = _path(folder, layer, revision, address)
    try:
        return path.read_bytes()
    except OSError:  # not there, or the folder cannot be read: then it is made anew
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
    """Put a tile on disk whole or not at all, and return it; where the disk is full it is only not kept.

    Empty tiles are not kept: there is no end of them.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        born = path.parents[2] / BORN
        if not born.exists():
            born.touch()
        _write(path, content)
    except OSError as error:
        log.error("A tile was not kept: %s", error)
    return content


def _write(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


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
