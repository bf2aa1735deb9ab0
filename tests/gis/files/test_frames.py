"""Frames go out and come in again the same, in every format, and say what they are in."""

import json
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.domain.coordinates import STEPS_PER_DEGREE, from_lattice
from gis.domain.grids import CRS
from gis.errors import InvalidInputError, NotFoundError, UnknownDatumError, UnsupportedFormatError, WanggeError
from gis.files import frames
from gis.files.nouns import NOUNS
from gis.files.plans import read_noun

SUFFIXES = (".geojson", ".gpkg", ".zip", ".parquet", ".csv")
TOWN_NOUNS = [name for name in NOUNS if name != "level2"]
# The gazetteer has areas beside lines, which a Shapefile refuses.
WRITTEN = [(noun, suffix) for noun in TOWN_NOUNS for suffix in SUFFIXES if (noun, suffix) != ("addresses", ".zip")]


def bits(frame: gpd.GeoDataFrame) -> list[bytes]:
    return [shapely.get_coordinates(shape).tobytes() for shape in shapely.normalize(frame.geometry.to_numpy())]


def cells(frame: gpd.GeoDataFrame) -> list[list[object]]:
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name)).astype(object)
    return table.where(table.notna(), None).to_numpy().tolist()


@pytest.mark.parametrize(("noun", "suffix"), WRITTEN)
def test_what_is_written_is_read_again_bit_by_bit(noun: str, suffix: str, town: Path, tmp_path: Path) -> None:
    once = read_noun(town / f"{noun}.geojson", noun, datum="cgcs2000")
    frames.write_frame(once, tmp_path / f"{noun}{suffix}")
    again = read_noun(tmp_path / f"{noun}{suffix}", noun, datum="cgcs2000")
    assert again.geom_type.tolist() == once.geom_type.tolist()
    assert bits(again) == bits(once)
    assert cells(again) == cells(once)


@pytest.mark.parametrize("suffix", [".geojson", ".csv"])
@settings(max_examples=50, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(-(2**30), 2**30), st.integers(-(2**29), 2**29)), min_size=1, max_size=30))
def test_seven_decimals_out_and_in_again_are_the_same_lattice_points(
    suffix: str, steps: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    points = shapely.points(from_lattice(np.array(steps)))
    file = tmp_path_factory.mktemp("out") / f"points{suffix}"
    frames.write_frame(gpd.GeoDataFrame(geometry=points, crs=CRS), file)
    again = shapely.get_coordinates(frames.read_frame(file, datum="cgcs2000").geometry.to_numpy())
    assert (again * STEPS_PER_DEGREE == np.array(steps)).all()


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09", "epsg:4550", "epsg:4529"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_datum_on_the_way_out_is_undone_by_naming_it_on_the_way_in(
    suffix: str, datum: str, town: Path, tmp_path: Path
) -> None:
    once = read_noun(town / "grids.geojson", "grids", datum="cgcs2000")
    frames.write_frame(once, tmp_path / f"grids{suffix}", datum=datum)
    again = read_noun(tmp_path / f"grids{suffix}", "grids", datum=datum)
    assert bits(again) == bits(once)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_is_asked_for_its_datum_whatever_it_says(suffix: str, town: Path, tmp_path: Path) -> None:
    frames.write_frame(read_noun(town / "zones.geojson", "zones", datum="cgcs2000"), tmp_path / f"zones{suffix}")
    with pytest.raises(UnknownDatumError):
        frames.read_frame(tmp_path / f"zones{suffix}")


@pytest.mark.parametrize("suffix", [".gpkg", ".zip", ".parquet"])
def test_a_file_that_says_another_crs_than_its_bringer_is_refused(suffix: str, town: Path, tmp_path: Path) -> None:
    once = read_noun(town / "zones.geojson", "zones", datum="cgcs2000")
    frames.write_frame(once, tmp_path / f"zones{suffix}", datum="epsg:4550")
    with pytest.raises(InvalidInputError, match="one of them is wrong"):
        frames.read_frame(tmp_path / f"zones{suffix}", datum="wgs84")


def test_a_geojson_with_an_old_crs_member_is_held_to_it(tmp_path: Path) -> None:
    member = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4550"}}
    point = {"type": "Point", "coordinates": [499118.034, 4552645.018], "crs": member}
    (tmp_path / "a.geojson").write_text(json.dumps(point))
    with pytest.raises(InvalidInputError, match="one of them is wrong"):
        frames.read_frame(tmp_path / "a.geojson", datum="gcj02")
    place = frames.read_frame(tmp_path / "a.geojson", crs=4550).geometry.iloc[0]
    assert (place.x, place.y) == pytest.approx((122.9895, 41.1087), abs=1e-7)


def test_a_geojson_from_a_chinese_map_is_read_as_gcj02_when_said_so(tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_text('{"type": "Point", "coordinates": [122.99497664, 41.11060507]}')
    place = frames.read_frame(tmp_path / "a.geojson", datum="gcj02").geometry.iloc[0]
    assert (place.x, place.y) == pytest.approx((122.9895, 41.1087), abs=1e-7)


def test_a_shapefile_in_gbk_without_cpg_is_read_and_that_is_said(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["鞍千路"]}, geometry=[shapely.Point(122.99, 41.11)], crs=CRS)
    pyogrio.write_dataframe(frame, tmp_path / "a.shp", encoding="GBK")
    (tmp_path / "a.cpg").unlink()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for part in ("shp", "shx", "dbf", "prj"):
            archive.write(tmp_path / f"a.{part}", f"街道/a.{part}")
    said: list[str] = []
    assert frames.read_frame(tmp_path / "a.zip", datum="cgcs2000", say=said.append)["name"].tolist() == ["鞍千路"]
    assert "GBK" in said[0]


def test_long_column_names_survive_a_shapefile(town: Path, tmp_path: Path) -> None:
    frames.write_frame(read_noun(town / "grids.geojson", "grids", datum="cgcs2000"), tmp_path / "grids.zip")
    assert {"village_code", "level2_code", "floor_from"} <= set(
        frames.read_frame(tmp_path / "grids.zip", datum="cgcs2000").columns
    )


def test_a_text_too_long_for_a_shapefile_is_refused_not_cut(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["网" * 90]}, geometry=[shapely.Point(122.99, 41.11)], crs=CRS)
    with pytest.raises(UnsupportedFormatError, match="254 bytes"):
        frames.write_frame(frame, tmp_path / "a.zip")


def test_areas_beside_lines_are_refused_by_a_shapefile_not_turned_into_lines(town: Path, tmp_path: Path) -> None:
    mixed = read_noun(town / "addresses.geojson", "addresses", datum="cgcs2000")
    with pytest.raises(UnsupportedFormatError, match="points, lines or areas"):
        frames.write_frame(mixed, tmp_path / "a.zip")


def test_a_geopackage_of_several_layers_wants_one_named(town: Path, tmp_path: Path) -> None:
    zones = read_noun(town / "zones.geojson", "zones", datum="cgcs2000")
    for layer in ("one", "two"):
        pyogrio.write_dataframe(zones, tmp_path / "city.gpkg", layer=layer, driver="GPKG")
    with pytest.raises(InvalidInputError, match="one, two"):
        frames.read_frame(tmp_path / "city.gpkg", datum="cgcs2000")
    assert len(frames.read_frame(tmp_path / "city.gpkg", datum="cgcs2000", layer="two")) == 1


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".shp", ".json"])
@pytest.mark.parametrize("content", [b"", b"\0" * 64, b"not what it says", bytes(range(256)) * 4])
def test_rubbish_is_refused_in_one_sentence(suffix: str, content: bytes, tmp_path: Path) -> None:
    file = tmp_path / f"rubbish{suffix}"
    file.write_bytes(content)
    with pytest.raises(WanggeError):
        frames.read_frame(file, datum="wgs84")


def test_an_unknown_suffix_and_a_missing_file_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.dwg").write_bytes(b"AC1032")
    with pytest.raises(UnsupportedFormatError, match=r"a\.dwg"):
        frames.read_frame(tmp_path / "a.dwg", datum="wgs84")
    with pytest.raises(NotFoundError, match=r"b\.csv"):
        frames.read_frame(tmp_path / "b.csv", datum="wgs84")
