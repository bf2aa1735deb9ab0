"""What a file may hold, at the limit and one beyond, in every format that can hold it."""

import gzip
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.domain.limits import RINGS, VERTICES
from gis.errors import InvalidGeometryError, TooLargeError, WanggeError
from gis.files import frames, points, sizes

FORMATS = (".geojson", ".gpkg", ".parquet", ".zip", ".csv")


def circle(vertices: int) -> shapely.Polygon:
    angle = np.linspace(0, 2 * np.pi, vertices)[:-1]
    ring = np.column_stack([122.99 + 0.5 * np.cos(angle), 41.11 + 0.5 * np.sin(angle)])
    return shapely.Polygon(np.vstack([ring, ring[:1]]))


def pierced(rings: int) -> shapely.Polygon:
    across = np.arange(rings - 1)
    west, south = 122 + across % 40 * 0.01, 41 + across // 40 * 0.01
    holes = [hole.exterior.coords for hole in shapely.box(west, south, west + 0.005, south + 0.005)]
    return shapely.Polygon(shapely.box(121.9, 40.9, 122.9, 41.9).exterior.coords, holes)


def written(shape: shapely.Geometry, path: Path) -> Path:
    frames.write_frame(gpd.GeoDataFrame({"code": ["1"]}, geometry=[shape], crs="EPSG:4490"), path)
    return path


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_feature_has_its_vertices_and_not_one_more(tmp_path: Path, suffix: str) -> None:
    whole = frames.read_frame(written(circle(VERTICES), tmp_path / f"a{suffix}"), datum="cgcs2000")
    assert shapely.get_num_coordinates(whole.geometry.iloc[0]) == VERTICES
    with pytest.raises(TooLargeError, match=f"{VERTICES:,} vertices"):
        frames.read_frame(written(circle(VERTICES + 1), tmp_path / f"b{suffix}"), datum="cgcs2000")


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_feature_has_its_rings_and_not_one_more(tmp_path: Path, suffix: str) -> None:
    assert len(frames.read_frame(written(pierced(RINGS), tmp_path / f"a{suffix}"), datum="cgcs2000")) == 1
    with pytest.raises(TooLargeError, match=f"{RINGS:,} rings"):
        frames.read_frame(written(pierced(RINGS + 1), tmp_path / f"b{suffix}"), datum="cgcs2000")


@pytest.mark.parametrize(
    "wkt", ["POINT ZM (122.9 41.1 5 7)", "POLYGON ZM ((122 41 0 1, 123 41 0 1, 123 42 0 1, 122 41 0 1))"]
)
def test_a_position_of_four_numbers_is_refused(tmp_path: Path, wkt: str) -> None:
    (tmp_path / "a.csv").write_text(f'code,wkt\n1,"{wkt}"\n')
    with pytest.raises(InvalidGeometryError, match="2 or 3 numbers"):
        frames.read_frame(tmp_path / "a.csv", datum="cgcs2000")


@pytest.mark.parametrize("wkt", ["POINT Z (122.9 41.1 5)", "POINT M (122.9 41.1 5)"])
def test_a_third_number_is_left_out_and_that_is_said(tmp_path: Path, wkt: str) -> None:
    (tmp_path / "a.csv").write_text(f'code,wkt\n1,"{wkt}"\n')
    said: list[str] = []
    (point,) = frames.read_frame(tmp_path / "a.csv", datum="cgcs2000", say=said.append).geometry
    assert shapely.get_coordinate_dimension(point) == 2
    assert not shapely.has_m(point)
    assert "left out" in said[0]


@pytest.mark.parametrize(("x", "y"), [(180.0000001, 0), (-180.1, 0), (100, 90.0000001), (100, -91)])
def test_degrees_end_at_180_and_90(tmp_path: Path, x: float, y: float) -> None:
    (tmp_path / "a.csv").write_text(f"code,x,y\n1,{x!r},{y!r}\n")
    with pytest.raises(WanggeError):
        frames.read_frame(tmp_path / "a.csv", datum="wgs84")
    (tmp_path / "b.csv").write_text("code,x,y\n1,-180,-90\n2,180,90\n")
    assert len(frames.read_frame(tmp_path / "b.csv", datum="wgs84")) == 2


def test_a_file_has_its_bytes_and_not_one_more_packed_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"x,y,text\n122.9,41.1," + b"a" * 200 + b"\n"
    monkeypatch.setattr(sizes, "FILE_BYTES", len(content))
    for suffix, pack in ((".csv", bytes), (".csv.gz", gzip.compress)):
        good, bad = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
        good.write_bytes(pack(content))
        bad.write_bytes(pack(content + b"\n"))
        assert len(points.read_points(good).table) == len(frames.read_frame(good, datum="wgs84")) == 1
        for read in (points.read_points, lambda path: frames.read_frame(path, datum="wgs84")):
            with pytest.raises(TooLargeError):
                read(bad)


def test_a_bomb_of_zeros_is_not_unpacked_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "FILE_BYTES", 1_000_000)
    assert len(sizes.unpacked(gzip.compress(bytes(1_000_000)), "a.csv.gz")) == 1_000_000
    with pytest.raises(TooLargeError, match="unpacks to more"):
        sizes.unpacked(gzip.compress(bytes(1_000_001)), "a.csv.gz")
