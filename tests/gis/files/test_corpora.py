"""Hard and hostile files are read or refused as they are labelled, never with anything but a sentence."""

import csv
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
import sqlalchemy as sa

from gis.errors import WanggeError
from gis.files import frames

# What other readers forbid and RFC 7946 lets a reader accept, and the one good file whose coordinates are none.
READ_THOUGH_LABELLED_BAD = {
    "bad-polygon-interiorring-rhr.geojson",
    "excessive_precision_truncated.geojson",
    "geometrycollection_nested.geojson",
    "geometrycollection_single.geojson",
    "polygon_winding_order.geojson",
    "invalid_exterior_not_ccw.geojson",
    "invalid_interior_not_cw.geojson",
}
REFUSED_THOUGH_LABELLED_GOOD = {"issue82.geojson"}
PROBLEMATIC_REFUSED = {
    "problematic_4d_coordinates.geojson",
    "problematic_inner_and_exterior_ring_intersect.geojson",
    "problematic_outside_lat_lon_boundaries.geojson",
    "problematic_self_intersection_large.geojson",
    "problematic_self_intersection_small.geojson",
    "problematic_zero_length_linestring.geojson",
    "problematic_crs_defined.geojson",
}
# 10^15 units wide and 10 high: at any scale that fits the globe it has no width on the lattice.
NOT_ON_THE_LATTICE = {("TestValid2-big.xml", 0)}
# PostGIS cannot read a hole without vertices (reading drops it), and WKB knows no ring that is not a line.
OTHERWISE_IN_POSTGIS = {("TestValid.xml", 14), ("TestValid2.xml", 749), ("TestValid2.xml", 750), ("TestValid.xml", 44)}


def is_read(file: Path) -> bool:
    try:
        frames.read_frame(file, datum="wgs84")
    except WanggeError:
        return False
    return True


def refused(corpora: Path, *patterns: str) -> tuple[set[str], int]:
    files = [file for pattern in patterns for file in corpora.glob(pattern)]
    return {file.name for file in files if not is_read(file)}, len(files)


def test_good_geojson_is_read(corpora: Path) -> None:
    found = refused(corpora, "geojson_ok/*/*", "geojson_bad/*/good/*.geojson", "geojson_bad/*/valid/*.geojson")
    assert found == (REFUSED_THOUGH_LABELLED_GOOD, 16 + 18 + 22)


def test_bad_geojson_is_refused(corpora: Path) -> None:
    patterns = ("geojson_bad/*/bad/*.geojson", "geojson_bad/*/invalid_*/*.geojson")
    files = {file.name for pattern in patterns for file in corpora.glob(pattern)}
    found, count = refused(corpora, *patterns)
    assert count == 44 + 5 + 28
    assert files - found == READ_THOUGH_LABELLED_BAD


def test_problematic_geojson_has_one_verdict(corpora: Path) -> None:
    assert refused(corpora, "geojson_bad/*/problematic_*/*.geojson") == (PROBLEMATIC_REFUSED, 15 + 4)


def test_hostile_json_is_refused_or_read_in_a_sentence(corpora: Path, tmp_path: Path) -> None:
    for document in (corpora / "json_bad" / "test_parsing").iterdir():
        (tmp_path / "a.geojson").write_bytes(document.read_bytes())
        assert not is_read(tmp_path / "a.geojson"), document.name


def verdicts(corpora: Path) -> Iterator[tuple[str, int, shapely.Geometry, bool]]:
    """Yield file, number, geometry and verdict of each isValid of the JTS suite."""
    for file in sorted((corpora / "hard_polygons").rglob("*.xml")):
        for number, case in enumerate(ElementTree.parse(file).getroot().iter("case")):
            for op in case.iter("op"):
                if op.get("name", "").lower() == "isvalid":
                    text = "".join((case.findtext(op.get("arg1", "").lower()) or "").split("\n"))
                    yield file.name, number, geometry_of(text), (op.text or "").strip() == "true"


def geometry_of(text: str) -> shapely.Geometry:
    packed = text.replace(" ", "").replace("\t", "")
    with np.errstate(invalid="ignore"):
        if packed and set(packed) <= set("0123456789ABCDEFabcdef"):
            return shapely.from_wkb(packed)
        return shapely.from_wkt(text)


def within_the_globe(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape at a power-of-two scale at which its coordinates are degrees; such a scale changes no verdict."""
    far = float(np.abs(shapely.get_coordinates(shape)).max(initial=1.0))
    scale = 2.0 ** -max(0, int(np.ceil(np.log2(far / 80)))) if np.isfinite(far) else 1.0
    return shapely.transform(shape, lambda xy: xy * scale)


def test_the_921_verdicts_of_jts_are_those_of_the_import(
    corpora: Path, tmp_path: Path, connection: sa.Connection
) -> None:
    count, other, in_database = 0, set(), set()
    for name, number, shape, is_valid in verdicts(corpora):
        count += 1
        scaled = within_the_globe(shape)
        (tmp_path / "a.csv").write_text(f'code,wkt\n1,"{shapely.to_wkt(scaled, rounding_precision=-1)}"\n')
        if is_read(tmp_path / "a.csv") != is_valid:
            other.add((name, number))
        if postgis_says(connection, scaled) != is_valid:
            in_database.add((name, number))
    assert count == 921
    assert other == NOT_ON_THE_LATTICE
    assert in_database == OTHERWISE_IN_POSTGIS


def postgis_says(connection: sa.Connection, shape: shapely.Geometry) -> bool:
    query = sa.select(sa.func.ST_IsValid(sa.func.ST_GeomFromWKB(shapely.to_wkb(shape))))
    try:
        with connection.begin_nested():
            return bool(connection.scalar(query))
    except sa.exc.InternalError:  # it refuses to read a ring of fewer than four points
        return False


def test_naughty_strings_come_back_byte_for_byte(corpora: Path, tmp_path: Path) -> None:
    strings = [text for text in json.loads((corpora / "strings" / "blns.json").read_text()) if text]
    frame = gpd.GeoDataFrame({"text": strings}, geometry=[shapely.Point(122.5, 41)] * len(strings), crs="EPSG:4490")
    for suffix in (".geojson", ".gpkg", ".parquet", ".csv"):
        frames.write_frame(frame, tmp_path / f"a{suffix}")
        assert frames.read_frame(tmp_path / f"a{suffix}", datum="cgcs2000")["text"].tolist() == strings, suffix


def test_no_cell_of_a_csv_export_is_a_formula(corpora: Path, tmp_path: Path) -> None:
    strings = [text for text in json.loads((corpora / "strings" / "blns.json").read_text()) if text]
    begun = [f"{mark}{text}" for mark in ("=", "+", "-", "@", "\t", "\r", "'=", "'") for text in strings[::10]]
    texts = [*strings, *begun]
    frame = gpd.GeoDataFrame({"text": texts}, geometry=[shapely.Point(122.5, 41)] * len(texts), crs="EPSG:4490")
    frames.write_frame(frame, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        cells = [row["text"] for row in csv.DictReader(file)]
    assert not [cell for cell in cells if cell[0] in "=+-@\t\r"]
    assert frames.read_frame(tmp_path / "a.csv", datum="cgcs2000")["text"].tolist() == texts
