"""Everything goes out as it came in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from gis.errors import InvalidInputError, NotFoundError, UnsupportedFormatError
from gis.files.frames import SUFFIXES, read_frame
from gis.files.plans import read_noun
from gis.services import exports, plans, previews
from tests.staff import BY

WRITTEN = sorted(set(SUFFIXES) - {".shp"})


@pytest.mark.parametrize("suffix", WRITTEN)
def test_a_city_that_was_exported_changes_nothing_when_it_is_imported(
    suffix: str, town_connection: sa.Connection, tmp_path: Path
) -> None:
    for noun in exports.NOUNS:
        # A Shapefile refuses the gazetteer's areas beside lines.
        path = tmp_path / f"{noun}{'.gpkg' if (noun, suffix) == ('addresses', '.zip') else suffix}"
        exports.write(town_connection, noun, path, by=BY)
        assert read_noun(path, noun, datum="cgcs2000")["synthetic"].all()
    shown = previews.preview(town_connection, tmp_path, datum="cgcs2000")
    assert shown.faults.empty
    changes = {count.noun: (count.added, count.changed, count.dropped) for count in shown.counts}
    assert {changes[noun] for noun in ("divisions", "zones", "grids", "reports")} == {(0, 0, 0)}
    assert {count.noun: count.then - count.now for count in shown.counts} == dict.fromkeys(changes, 0)


def test_the_plan_is_exported_as_of_an_instant(town_connection: sa.Connection, tmp_path: Path) -> None:
    before = plans.in_force(town_connection)
    smaller = before.grids[before.grids["kind"] == "comprehensive"]
    plans.replace_grids(
        town_connection, smaller, in_force_at=before.in_force_at + timedelta(days=0, seconds=1e-6), by=BY
    )
    assert exports.write(town_connection, "grids", tmp_path / "now.gpkg", by=BY) == 42
    assert exports.write(town_connection, "grids", tmp_path / "then.gpkg", at=before.in_force_at, by=BY) == 45


def test_a_datum_is_converted_only_when_asked(town_connection: sa.Connection, tmp_path: Path) -> None:
    exports.write(town_connection, "cameras", tmp_path / "a.csv", datum="gcj02", by=BY)
    exports.write(town_connection, "cameras", tmp_path / "b.csv", by=BY)
    shifted, stored = (read_frame(tmp_path / name, datum="cgcs2000").geometry for name in ("a.csv", "b.csv"))
    assert shifted.to_crs(4550).distance(stored.to_crs(4550)).between(437, 576).all()


def test_what_cannot_be_exported_is_said(town_connection: sa.Connection, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no noun"):
        exports.write(town_connection, "people", tmp_path / "a.csv", by=BY)
    with pytest.raises(UnsupportedFormatError):
        exports.write(town_connection, "grids", tmp_path / "a.dwg", by=BY)
    with pytest.raises(InvalidInputError, match="by date"):
        exports.write(town_connection, "cameras", tmp_path / "a.csv", at=datetime(2026, 1, 1, tzinfo=UTC), by=BY)
    with pytest.raises(NotFoundError, match="no grids"):
        exports.write(town_connection, "grids", tmp_path / "a.csv", at=datetime(1999, 1, 1, tzinfo=UTC), by=BY)


def test_whole_numbers_are_written_whole_and_reports_with_the_codes_that_held_then(
    town_connection: sa.Connection, tmp_path: Path
) -> None:
    before = plans.in_force(town_connection)
    renamed = before.grids.assign(name=before.grids["name"] + "新")
    plans.replace_grids(town_connection, renamed, in_force_at=before.in_force_at + timedelta(microseconds=1), by=BY)
    for noun in ("reports", "grids"):
        exports.write(town_connection, noun, tmp_path / f"{noun}.csv", by=BY)
    rows = pd.read_csv(tmp_path / "reports.csv", dtype=str).set_index("text")
    codes = dict(zip(before.grids["id"].astype(str), before.grids["code"], strict=True))
    park = rows.loc["在跨社区的公园内（示例）"]
    assert (codes[park["grid_id"]], codes[park["dedicated_id"]]) == (park["grid"], park["dedicated"])
    assert rows.loc["在城界外两公里多（示例）", ["grid_id", "grid", "dedicated"]].isna().all()
    assert len(rows) == 120
    floors = pd.read_csv(tmp_path / "grids.csv", dtype=str)["floor_from"].dropna()
    assert floors.str.fullmatch("-?[0-9]+").all()
    said: list[str] = []
    previews.preview(town_connection, tmp_path / "reports.csv", datum="cgcs2000", say=said.append)
    assert said == []
