"""Archives from elsewhere are opened with care."""

import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from gis.domain.grids import CRS
from gis.errors import InvalidInputError, TooLargeError
from gis.files import shapefiles


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """A folder with a Shapefile of one street."""
    frame = gpd.GeoDataFrame({"name": ["鞍千路"]}, geometry=[shapely.LineString([(122, 41), (123, 41)])], crs=CRS)
    pyogrio.write_dataframe(frame, tmp_path / "a.shp", encoding="UTF-8")
    return tmp_path


def zipped(folder: Path, names: dict[str, str]) -> Path:
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for inside, part in names.items():
            archive.write(folder / part, inside)
    return folder / "a.zip"


def test_names_that_climb_out_of_the_archive_stay_in_it(parts: Path) -> None:
    names = {f"../../../../tmp/evil.{end}": f"a.{end}" for end in ("shp", "shx", "dbf", "cpg")}
    assert len(shapefiles.read_shapefile(zipped(parts, names))) == 1
    assert not Path("/tmp/evil.shp").exists()


def test_two_shapefiles_in_one_archive_are_one_too_many(parts: Path) -> None:
    names = {f"{stem}.{end}": f"a.{end}" for stem in ("one", "two") for end in ("shp", "shx", "dbf")}
    with pytest.raises(InvalidInputError, match="2 Shapefiles"):
        shapefiles.read_shapefile(zipped(parts, names))


def test_an_archive_without_a_shapefile_is_refused(parts: Path) -> None:
    with pytest.raises(InvalidInputError, match="0 Shapefiles"):
        shapefiles.read_shapefile(zipped(parts, {"readme.dbf": "a.dbf"}))


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked(parts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapefiles, "FILE_BYTES", 100)
    with pytest.raises(TooLargeError):
        shapefiles.read_shapefile(zipped(parts, {f"a.{end}": f"a.{end}" for end in ("shp", "shx", "dbf")}))


def test_an_archive_that_is_not_packed_with_deflate_is_not_unpacked(parts: Path) -> None:
    with zipfile.ZipFile(parts / "a.zip", "w", zipfile.ZIP_BZIP2) as archive:
        for end in ("shp", "shx", "dbf"):
            archive.write(parts / f"a.{end}", f"a.{end}")
    with pytest.raises(InvalidInputError, match="plain zip"):
        shapefiles.read_shapefile(parts / "a.zip")


def test_a_shapefile_beside_its_parts_is_read_without_an_archive(parts: Path) -> None:
    assert shapefiles.read_shapefile(parts / "a.shp")["name"].tolist() == ["鞍千路"]


def test_columns_with_long_names_alike_stay_apart(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"households_urban": [1], "households_rural": [2], "households_other": [3]},
        geometry=[shapely.Point(122, 41)],
        crs=CRS,
    )
    shapefiles.write_shapefile(frame, tmp_path / "a.zip")
    again = shapefiles.read_shapefile(tmp_path / "a.zip").drop(columns="geometry")
    assert sorted(again.iloc[0]) == [1, 2, 3]
