"""CSV files as people have them."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gis.domain.grids import CRS
from gis.errors import InvalidGeometryError, InvalidInputError
from gis.files.delimited import read_csv, read_text_table, write_csv


def file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "a.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("head", ["x,y", "X,Y", "lon,lat", "lng,lat", "Longitude,Latitude", "经度,纬度"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_pair_of_known_names_is_the_place(head: str, separator: str, tmp_path: Path) -> None:
    text = f"code,{head}\n007,122.99,41.11\n".replace(",", separator)
    frame = read_csv(file(tmp_path, text))
    assert frame["code"].tolist() == ["007"]
    assert frame.geometry.iloc[0] == shapely.Point(122.99, 41.11)


def test_wkt_is_taken_before_a_pair(tmp_path: Path) -> None:
    frame = read_csv(file(tmp_path, 'x,y,geometry\n1,2,"LINESTRING (0 0, 1 1)"\n'))
    assert frame.geometry.iloc[0].geom_type == "LineString"


def test_other_names_are_named(tmp_path: Path) -> None:
    path = file(tmp_path, "EASTING_M,NORTHING_M\n499118,4552645\n")
    with pytest.raises(InvalidInputError, match="--x and --y"):
        read_csv(path)
    assert read_csv(path, xy=("EASTING_M", "NORTHING_M")).geometry.iloc[0] == shapely.Point(499118, 4552645)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_text_is_read_in_the_encodings_of_the_field(encoding: str, tmp_path: Path) -> None:
    said: list[str] = []
    table = read_text_table(file(tmp_path, "名称,x\n鞍千路,1\n", encoding), say=said.append)
    assert table["名称"].tolist() == ["鞍千路"]
    assert bool(said) == (encoding == "gb18030")


def test_wrong_numbers_and_wrong_wkt_are_named_by_row(tmp_path: Path) -> None:
    with pytest.raises(InvalidGeometryError) as refused:
        read_csv(file(tmp_path, "x,y\n1,2\n1,two\n"))
    assert refused.value.faults[0].pointer == "row 2, column y"
    with pytest.raises(InvalidGeometryError) as refused:
        read_csv(file(tmp_path, "code,wkt\n1,POINT (1 2)\n2,POLYGON ((0 0\n"))
    assert refused.value.faults[0].pointer == "row 2, column wkt"


def test_formulas_are_made_harmless_and_come_back_as_they_were(tmp_path: Path) -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "plain", "'quoted'", "\tx"]
    frame = gpd.GeoDataFrame({"text": texts}, geometry=[shapely.Point(1, 2)] * len(texts), crs=CRS)
    write_csv(frame, tmp_path / "a.csv")
    cells = [line.split(",")[0].strip('"') for line in (tmp_path / "a.csv").read_text().splitlines()[1:]]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)
    assert read_csv(tmp_path / "a.csv")["text"].tolist() == texts
