"""CSV files as people have them."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gis.domain.grids import CRS
from gis.errors import InvalidGeometryError, InvalidInputError
from gis.files.delimited import read_csv, read_text_table, separator_of, write_csv
from gis.files.frames import read_frame, write_frame
from gis.files.plans import noun_files
from gis.files.points import read_points


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


@pytest.mark.parametrize(
    ("first", "separator"),
    [("a", ","), ("a;b,c;d", ";"), ('"a,b,c";d', ";"), ("a\tb", "\t"), ('"a;b', ";"), ("", ",")],
)
def test_the_separator_is_what_the_first_line_has_most_outside_of_quotes(first: str, separator: str) -> None:
    assert separator_of(f"{first}\n1,2,3,4,5\n") == separator


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


def test_rows_with_more_cells_than_the_header_are_refused_by_row(tmp_path: Path) -> None:
    path = file(tmp_path, "no,x,y\n1,122.9,41.1,9,9\n\n2,122.9,41.1\n3,122.9,41.1,9\n")
    for read in (read_csv, read_points):
        with pytest.raises(InvalidInputError, match="2 rows have more cells than the header") as refused:
            read(path)
        assert [fault.pointer for fault in refused.value.faults] == ["row 1", "row 3"]


def test_cells_that_are_not_there_are_empty(tmp_path: Path) -> None:
    path = file(tmp_path, "x,y,a,b\n122.9,41.1\n122.9,41.1,1,2\n")
    assert read_csv(path)["b"].fillna("").tolist() == ["", "2"]
    assert read_points(path).table["b"].tolist() == ["", "2"]


def test_a_cell_may_be_as_large_as_a_city(tmp_path: Path) -> None:
    outline = shapely.Point(122.99, 41.11).buffer(0.1, quad_segs=3000)
    path = file(tmp_path, f'code,wkt\n1,"{outline.wkt}"\n')
    assert read_csv(path).geometry.iloc[0].equals(outline)


def test_packed_csv_is_read_and_written(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"code": ["007"]}, geometry=[shapely.Point(122.5, 41.25)], crs=CRS)
    write_frame(frame, tmp_path / "a.csv.gz")
    back = read_frame(tmp_path / "a.csv.gz", datum="cgcs2000")
    assert back["code"].tolist() == ["007"]
    assert back.geometry.iloc[0] == frame.geometry.iloc[0]
    (tmp_path / "b.csv.gz").write_bytes((tmp_path / "a.csv.gz").read_bytes()[:20])
    with pytest.raises(InvalidInputError, match="cannot be unpacked"):
        read_frame(tmp_path / "b.csv.gz", datum="cgcs2000")


def test_a_packed_file_in_a_folder_is_known_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "cameras.csv.gz").touch()
    assert noun_files(tmp_path) == noun_files(tmp_path / "cameras.csv.gz") == {"cameras": tmp_path / "cameras.csv.gz"}
