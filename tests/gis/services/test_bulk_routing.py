"""Files of points come out as they went in, with the grid of every row."""

import gzip
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.domain.coordinates import from_cgcs2000, parse_datum
from gis.domain.routing import PlanIndex
from gis.errors import InvalidGeometryError, InvalidInputError, NotFoundError, UnknownDatumError, WanggeError
from gis.services.bulk_routing import (
    AREA_COLUMNS,
    PLAN_COLUMNS,
    Summary,
    beside,
    index_of_areas,
    index_of_file,
    route_file,
)
from tests.drawing import drawn, place
from tests.plans import town_plan

INSIDE_A, INSIDE_B, BORDER, FAR = place(0.5, 0.5), place(1.5, 0.5), place(1, 0.5), place(30, 30)
WGS84 = parse_datum("wgs84")
CSV = (
    "no;text;lon;lat\n"
    f"007;1,5;{INSIDE_A[0]:.7f};{INSIDE_A[1]:.7f}\n"
    f"008;鞍千路;{BORDER[0]:.7f};{BORDER[1]:.7f}\n"
    "009;;north;41.11\n"
    f"010;=1+1;{FAR[0]:.7f};{FAR[1]:.7f}\n"
    f"011;;{INSIDE_B[0]:.7f};{INSIDE_B[1]:.7f}\n"
).replace(";", ",")
CSV = CSV.replace("1,5", '"1,5"')


@pytest.fixture
def areas(tmp_path: Path) -> Path:
    frame = drawn("AB", first_id=1)[["name", "boundary"]]
    path = tmp_path / "areas.geojson"
    path.write_text(frame.to_crs(4326).to_json(drop_id=True))
    return path


@pytest.fixture
def routed(areas: Path, tmp_path: Path) -> Callable[[str, bytes, str], tuple[Summary, Path]]:
    def run(name: str, content: bytes, output: str) -> tuple[Summary, Path]:
        source, target = tmp_path / name, tmp_path / output
        source.write_bytes(content)
        index = index_of_file(areas, "name", datum=WGS84, limit_m=50.0)
        return route_file(source, target, index=index, datum=WGS84), target

    return run


Run = Callable[[str, bytes, str], tuple[Summary, Path]]


def test_rows_columns_and_order_stay_and_the_answer_is_added(routed: Run) -> None:
    summary, target = routed("points.csv", CSV.encode(), "out.csv")
    before = pd.read_csv(target.with_name("points.csv"), dtype=str)
    after = pd.read_csv(target, dtype=str)
    pd.testing.assert_frame_equal(after[list(before)], before)
    assert list(after.columns[len(before.columns) :]) == list(AREA_COLUMNS)
    assert after["grid"].fillna("").tolist() == ["A", "A", "", "", "B"]
    assert after["method"].tolist() == ["interior", "border", "unreadable", "outside", "interior"]
    assert float(after["distance_m"][1]) == 0
    assert summary.rows == 5
    assert summary.methods == {"interior": 2, "border": 1, "unreadable": 1, "outside": 1}


def test_rows_without_a_grid_are_in_a_second_file_with_the_reason(routed: Run) -> None:
    summary, target = routed("points.csv", CSV.encode(), "out.csv")
    assert summary.unrouted == target.with_name("out.unrouted.csv")
    lost = pd.read_csv(summary.unrouted, dtype=str)
    assert lost["no"].tolist() == ["009", "010"]
    assert lost["reason"].tolist() == [
        "Column lon holds no number.",
        "No grid covers the place and none is within 50 m.",
    ]


def test_where_every_row_has_a_grid_no_second_file_is_left(routed: Run) -> None:
    routed("points.csv", CSV.encode(), "out.csv")
    good = CSV.splitlines()[0] + "\n" + CSV.splitlines()[1] + "\n"
    summary, target = routed("points.csv", good.encode(), "out.csv")
    assert summary.unrouted is None
    assert not target.with_name("out.unrouted.csv").exists()


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet", ".geojson", ".gpkg"])
def test_every_format_that_is_written_can_be_routed_again(routed: Run, areas: Path, suffix: str) -> None:
    _, target = routed("points.csv", CSV.encode(), f"out{suffix}")
    again = target.with_name("again.csv")
    index = index_of_file(areas, "name", datum=WGS84, limit_m=50.0)
    summary = route_file(target, again, index=index, datum=parse_datum("cgcs2000"), xy=_columns(suffix))
    table = pd.read_csv(again, dtype=str)
    assert table["grid_2"].fillna("").tolist() == ["A", "A", "", "", "B"]
    assert table["grid"].fillna("").tolist() == ["A", "A", "", "", "B"]
    assert summary.renamed == {name: f"{name}_2" for name in AREA_COLUMNS}


def _columns(suffix: str) -> tuple[str | None, str | None]:
    return (None, None) if suffix in (".geojson", ".gpkg") else ("lon", "lat")


def test_in_parquet_plain_numbers_are_numbers_and_codes_with_zeros_stay_text(routed: Run) -> None:
    good = "".join(line + "\n" for line in CSV.splitlines() if "north" not in line)
    _, target = routed("points.csv", good.encode(), "out.parquet")
    table = pd.read_parquet(target)
    assert table["lon"].dtype == float
    assert table["no"].tolist() == ["007", "008", "010", "011"]


def test_in_parquet_codes_stay_text_and_whole_numbers_stay_whole_beside_empty_cells(town: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "points.csv", tmp_path / "out.parquet"
    x, y = town_plan(town).of_kind("comprehensive").geometry.iloc[0].representative_point().coords[0]
    source.write_text(f"x,y,households,phone\n{x},{y},5,13800138000\n{x},{y},,\n0,0,7,13800138001\n")
    route_file(source, target, index=PlanIndex(town_plan(town)), datum=WGS84, columns=PLAN_COLUMNS)
    out = pd.read_parquet(target)
    assert out["households"].tolist()[::2] == [5, 7]
    assert out["households"].dtype == "Int64"
    assert out["village"].tolist()[:2] == ["210304015017"] * 2
    assert out["phone"].tolist() == ["13800138000", "", "13800138001"]


def test_compressed_and_gbk_text_is_read(routed: Run) -> None:
    _, plain = routed("points.csv", CSV.encode("gb18030"), "gbk.csv")
    _, packed = routed("packed.csv.gz", gzip.compress(CSV.encode()), "packed.csv")
    assert plain.read_text() == packed.read_text()


def test_the_shape_of_a_geojson_point_comes_back_as_it_was(routed: Run) -> None:
    shapes = [shapely.Point(INSIDE_B), None, shapely.LineString([INSIDE_A, INSIDE_B])]
    frame = gpd.GeoDataFrame({"no": [1, 2, 3]}, geometry=shapes, crs=4326)
    _, target = routed("points.geojson", frame.to_json(drop_id=True).encode(), "out.geojson")
    out = gpd.read_file(target)
    assert out["no"].tolist() == [1, 2, 3]
    assert out["method"].tolist() == ["interior", "unreadable", "unreadable"]
    assert out.geometry[0].equals_exact(shapes[0], 1e-9)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "no columns that are plainly coordinates"),
        ("x,y,lon,lat\n1,2,3,4\n", "several pairs of coordinates"),
        ("", "cannot be read"),
    ],
)
def test_a_file_that_is_not_clear_is_refused_in_a_sentence(routed: Run, content: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        routed("points.csv", content.encode(), "out.csv")


def test_a_file_without_rows_gives_a_file_without_rows(routed: Run) -> None:
    summary, target = routed("points.csv", b"lon,lat\n", "out.csv")
    assert (summary.rows, summary.methods, summary.unrouted) == (0, {}, None)
    assert target.read_text() == "lon,lat,grid,method,distance_m\n"


def test_coordinates_in_another_datum_reach_the_same_grid(areas: Path, tmp_path: Path) -> None:
    lon, lat = from_cgcs2000([INSIDE_A[0], INSIDE_B[0]], [INSIDE_A[1], INSIDE_B[1]], datum="bd09")
    source, target = tmp_path / "bd09.csv", tmp_path / "out.csv"
    pd.DataFrame({"lng": lon, "lat": lat}).to_csv(source, index=False)
    index = index_of_file(areas, "name", datum=WGS84, limit_m=0.0)
    route_file(source, target, index=index, datum=parse_datum("bd09"))
    assert pd.read_csv(target)["grid"].tolist() == ["A", "B"]


def test_swapped_axes_are_recognised_and_told_though_a_row_is_nonsense(areas: Path, tmp_path: Path) -> None:
    source, target, said = tmp_path / "points.csv", tmp_path / "out.csv", []
    source.write_text(f"x,y\n{INSIDE_A[1]},{INSIDE_A[0]}\n{INSIDE_B[1]},{INSIDE_B[0]}\n99999999,1\n")
    index = index_of_file(areas, "name", datum=WGS84, limit_m=0.0)
    route_file(source, target, index=index, datum=WGS84, say=said.append)
    assert pd.read_csv(target)["grid"].fillna("").tolist() == ["A", "B", ""]
    assert "axes are swapped" in said[0]


def test_metres_that_are_declared_as_degrees_refuse_the_file(routed: Run) -> None:
    with pytest.raises(UnknownDatumError, match="are metres, not degrees"):
        routed("points.csv", b"x,y\n490320.3,5458606.9\n489998.2,5450474.0\n", "out.csv")


def test_against_a_plan_the_whole_chain_is_added(town: Path, tmp_path: Path) -> None:
    plan = town_plan(town)
    points = plan.grids.geometry.representative_point()
    source, target = tmp_path / "points.csv", tmp_path / "out.csv"
    pd.DataFrame({"x": points.x, "y": points.y}).to_csv(source, index=False)
    route_file(source, target, index=PlanIndex(plan), datum=parse_datum("cgcs2000"), columns=PLAN_COLUMNS)
    out = pd.read_csv(target, dtype=str)
    assert set(out["village"]) == {"210304015017", "210304015011"}
    assert set(out["county"]) == {"210304000000"}
    assert set(out["town"]) == {"210304015000"}
    assert out["dedicated"].notna().sum() >= 3
    assert out["level2"].notna().all()


def test_grids_with_an_invalid_ring_are_refused_with_their_row(tmp_path: Path) -> None:
    bow = shapely.Polygon([(122.99, 41.11), (123.0, 41.12), (123.0, 41.11), (122.99, 41.12)])
    path = tmp_path / "areas.geojson"
    path.write_text(gpd.GeoDataFrame({"name": ["bow"]}, geometry=[bow], crs=4326).to_json(drop_id=True))
    with pytest.raises(InvalidGeometryError) as refused:
        index_of_file(path, "name", datum=WGS84, limit_m=50.0)
    assert refused.value.faults[0].pointer == "row 1"


def test_overlapping_grids_are_told_aloud_and_the_first_row_has_the_point(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["one", "two"]}, geometry=[shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)])
    path = tmp_path / "areas.parquet"
    frame.set_crs(4326).to_parquet(path)
    said: list[str] = []
    index = index_of_file(path, "name", datum=None, limit_m=0.0, say=said.append)
    assert index.route(1.5, 1.5).grid == "one"
    assert any("1 pairs of areas overlap, most of all one and two" in remark for remark in said)
    assert any("is read as EPSG:4326, as the file says" in remark for remark in said)


def test_areas_on_one_footprint_are_stacked_and_not_an_overlap(town: Path) -> None:
    said: list[str] = []
    index = index_of_file(town / "grids.geojson", "code", datum=WGS84, limit_m=0.0, say=said.append)
    tower = town_plan(town).of_kind("comprehensive").query("building.notna()")
    point = tower["boundary"].iloc[0].representative_point()
    assert index.route(point.x, point.y).stack == tuple(tower["code"])
    assert not any(name in remark for remark in said for name in tower["code"])


def test_a_folder_that_does_not_exist_is_told_before_anything_is_read(areas: Path) -> None:
    index = index_of_file(areas, "name", datum=WGS84, limit_m=0.0)
    with pytest.raises(NotFoundError, match="no folder /nowhere"):
        route_file(Path("none.csv"), Path("/nowhere/out.csv"), index=index, datum=WGS84)


def test_grids_that_do_not_say_what_they_are_in_must_be_declared(tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_text('name,wkt\none,"POLYGON ((0 0, 2 0, 2 2, 0 0))"\n')
    with pytest.raises(UnknownDatumError, match="--grids-crs"):
        index_of_file(path, "name", datum=None, limit_m=0.0)


@pytest.mark.parametrize("column", ["nothing", "boundary"])
def test_a_missing_code_field_names_the_columns_that_exist(areas: Path, column: str) -> None:
    with pytest.raises(WanggeError, match="Columns: name"):
        index_of_file(areas, column, datum=WGS84, limit_m=0.0)


def test_the_second_file_keeps_the_whole_suffix() -> None:
    assert beside(Path("/tmp/a.b.csv.gz"), "unrouted") == Path("/tmp/a.b.unrouted.csv.gz")


def test_the_real_reports_of_another_city_reach_the_ceiling_of_their_data(corpora: Path, tmp_path: Path) -> None:
    """21,918 reports with the neighbourhood that the police gave; the rest is the data's own coarseness."""
    folder = corpora.parent / "data" / "vancouver"
    index = index_of_file(folder / "vancouver_neighbourhoods.geojson", "name", datum=None, limit_m=50.0)
    target = tmp_path / "routed.parquet"
    route_file(folder / "vancouver_thefts.csv.gz", target, index=index, datum=parse_datum(None, crs=26910))
    out = pd.read_parquet(target)
    same = {"Central Business District": "Downtown", "Arbutus Ridge": "Arbutus-Ridge"}
    given = out["NEIGHBOURHOOD"].replace(same)
    agreed, drawn_too = (out["grid"] == given).to_numpy(), ~given.isin(["Stanley Park", "Musqueam"]).to_numpy()
    far = [drawn_too & (out["distance_m"] > metres).to_numpy() for metres in (10, 100)]
    shares = [float(np.mean(agreed[some])) for some in (agreed >= 0, drawn_too, *far)]
    assert len(out) == 21_918
    assert [reached >= ceiling for reached, ceiling in zip(shares, (0.9728, 0.9752, 0.9982, 0.9994), strict=True)] == [
        True
    ] * 4, shares


def test_an_area_without_geometry_is_said_to_have_none() -> None:
    frame = gpd.GeoDataFrame({"code": ["a"]}, geometry=[None], crs=4490)
    with pytest.raises(InvalidInputError, match="has no geometry"):
        index_of_areas(frame, "code", limit_m=50)


def test_one_row_whose_axes_look_swapped_is_said_to_be_so(tmp_path: Path) -> None:
    index = index_of_areas(drawn("A")[["name", "boundary"]], "name", limit_m=50)
    (tmp_path / "points.csv").write_text("x,y\n123.03,41.19\n41.19,123.03\n123.04,41.19\n500,500\n")
    said: list[str] = []
    target = tmp_path / "routed.csv"
    summary = route_file(tmp_path / "points.csv", target, index=index, datum=WGS84, say=said.append)
    assert summary.unrouted is not None
    reasons = pd.read_csv(summary.unrouted)["reason"].tolist()
    assert ["look swapped" in reason for reason in reasons] == [False, True, False, False]
    assert "1 row(s) look swapped, the first is row 2" in said[0]
