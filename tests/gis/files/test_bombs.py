"""Files that are made to be slow are answered soon."""

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.errors import WanggeError
from gis.files import frames

# The bar is 2 s of work; the rest is for machines that do other things too.
LIMIT_S = 2.0


def star() -> str:
    angle = np.linspace(0, 2 * np.pi, 1_000_001)[:-1]
    radius = np.where(np.arange(angle.size) % 2, 0.2, 0.4)
    ring = np.column_stack([122.99 + radius * np.cos(angle), 41.11 + radius * np.sin(angle)])
    return shapely.to_wkt(shapely.Polygon(ring), rounding_precision=9)


def comb() -> str:
    x = 122.5 + np.arange(50_000) * 1e-5
    y = np.where(np.arange(50_000) % 2, 41.0, 41.2)
    back = np.column_stack([x[::-1], np.where(np.arange(50_000) % 2, 41.1, 41.1)])
    return shapely.to_wkt(shapely.Polygon(np.vstack([np.column_stack([x, y]), back])), rounding_precision=9)


def holes() -> str:
    rings = [
        shapely.box(122 + i * 1e-3, 41 + j * 1e-3, 122 + i * 1e-3 + 5e-4, 41 + j * 1e-3 + 5e-4).exterior.coords
        for i in range(100)
        for j in range(100)
    ]
    return shapely.Polygon(shapely.box(121.9, 40.9, 122.9, 41.9).exterior.coords, rings).wkt


def dots() -> str:
    steps = np.arange(100_000)
    west, south = 122 + steps % 400 * 1e-3, 41 + steps // 400 * 1e-3
    return shapely.MultiPolygon(list(shapely.box(west, south, west + 5e-4, south + 5e-4))).wkt


def spiral() -> str:
    turn = np.linspace(0, 400 * np.pi, 50_000)
    out = np.column_stack([np.cos(turn), np.sin(turn)]) * (0.1 + turn / 6000)[:, None]
    return shapely.to_wkt(
        shapely.Polygon(np.vstack([out, out[::-1] * 0.9995]) + np.array([122.99, 41.11])), rounding_precision=9
    )


def pole() -> str:
    return "POLYGON ((-180 80, 0 80, 180 80, 180 90, 0 90, -180 90, -180 80))"


@pytest.mark.parametrize("bomb", [star, comb, holes, dots, spiral, pole])
def test_a_bomb_is_read_or_refused_within_the_limit(bomb: Callable[[], str], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'code,wkt\n1,"{bomb()}"\n')
    began = time.process_time()
    with contextlib.suppress(WanggeError):
        frames.read_frame(tmp_path / "a.csv", datum="cgcs2000")
    assert time.process_time() - began < LIMIT_S
