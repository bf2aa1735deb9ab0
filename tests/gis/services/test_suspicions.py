"""A town read in the wrong datum is suspected aloud, though it stays inside its city."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from gis.files.frames import write_frame
from gis.files.plans import read_noun
from gis.services import imports, previews
from tests.staff import BY


@pytest.fixture
def city(connection: sa.Connection, town: Path, tmp_path: Path) -> sa.Connection:
    """The town inside a city that reaches kilometres around it."""
    for noun in ("divisions", "grids"):
        frame = read_noun(town / f"{noun}.geojson", noun, datum="cgcs2000")
        write_frame(frame, tmp_path / f"{noun}.geojson")
    imports.load(connection, tmp_path, datum="cgcs2000", by=BY)
    around = "ST_Multi(ST_Envelope(ST_Buffer(boundary, 0.2)))"
    connection.execute(sa.text(f"update divisions set boundary = {around} where level in ('city', 'county')"))
    return connection


@pytest.mark.parametrize("noun", ["divisions", "grids"])
@pytest.mark.parametrize(("true", "declared"), [("gcj02", "wgs84"), ("cgcs2000", "gcj02"), ("bd09", "gcj02")])
def test_a_town_is_held_against_its_own_villages(
    city: sa.Connection, town: Path, tmp_path: Path, noun: str, true: str, declared: str
) -> None:
    path = tmp_path / f"{noun}.gpkg"
    write_frame(read_noun(town / f"{noun}.geojson", noun, datum="cgcs2000"), path, datum=true)
    said: list[str] = []
    previews.preview(city, path, datum=declared, say=said.append)
    assert any(remark.startswith(f"Warning: {noun}: The data seem to be in {true}") for remark in said), said
    said.clear()
    previews.preview(city, path, datum=true, say=said.append)
    assert not any("Warning" in remark for remark in said)


def test_a_town_that_lies_elsewhere_in_any_datum_is_said_to(city: sa.Connection, town: Path, tmp_path: Path) -> None:
    city.execute(sa.text("update divisions set boundary = ST_Translate(boundary, 0.06, 0.03) where level = 'village'"))
    said: list[str] = []
    previews.preview(city, town / "grids.geojson", datum="gcj02", say=said.append)
    assert said == [
        "Warning: grids: 100% of the area lies outside of what is known of the places it names; is the datum right?"
    ]
