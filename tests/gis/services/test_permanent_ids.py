"""A grid's permanent id comes with its file or is given once; no file gives it to another grid."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from gis.db import grids as stored
from gis.errors import InvalidInputError
from gis.files.frames import write_frame
from gis.files.plans import read_noun
from gis.services import imports, plans, previews
from tests.staff import BY


def loaded(connection: sa.Connection, town: Path, folder: Path, *, first_id: int | None) -> Path:
    """Load the town with grids numbered from `first_id`, or without numbers; return the file of grids."""
    tree = read_noun(town / "divisions.geojson", "divisions", datum="cgcs2000")
    grids = read_noun(town / "grids.geojson", "grids", datum="cgcs2000")
    ids = [None] * len(grids) if first_id is None else range(first_id, first_id + len(grids))
    write_frame(tree, folder / "divisions.gpkg")
    write_frame(grids.assign(id=ids), folder / "grids.gpkg")
    imports.load(connection, folder, datum="cgcs2000", by=BY)
    return folder / "grids.gpkg"


def test_a_new_grid_keeps_the_id_that_it_brings_and_the_file_may_come_again(
    connection: sa.Connection, town: Path, tmp_path: Path
) -> None:
    path = loaded(connection, town, tmp_path, first_id=5_000)
    assert plans.in_force(connection).grids["id"].tolist() == list(range(5_000, 5_045))
    assert previews.preview(connection, path, datum="cgcs2000").faults.empty


def test_numbers_that_files_brought_are_not_given_again(connection: sa.Connection, town: Path, tmp_path: Path) -> None:
    following = int(stored.new_ids(connection, 1)[0]) + 1
    loaded(connection, town, tmp_path, first_id=following)
    assert stored.new_ids(connection, 2).tolist() == [following + 45, following + 46]


def test_a_file_without_ids_stays_fine(connection: sa.Connection, town: Path, tmp_path: Path) -> None:
    path = loaded(connection, town, tmp_path, first_id=None)
    shown = previews.preview(connection, path, datum="cgcs2000")
    assert [(count.added, count.changed, count.dropped) for count in shown.counts] == [(0, 0, 0)]


@pytest.mark.parametrize(("ids", "row"), [({0: 9_999}, 1), ({0: 5_001, 1: 5_000}, 1)])
def test_an_id_that_is_not_the_grids_own_is_refused_by_row(
    connection: sa.Connection, town: Path, tmp_path: Path, ids: dict[int, int], row: int
) -> None:
    path = loaded(connection, town, tmp_path, first_id=5_000)
    grids = read_noun(path, "grids", datum="cgcs2000")
    for place, number in ids.items():
        grids.loc[place, "id"] = number
    write_frame(grids, path)
    with pytest.raises(InvalidInputError, match=f"row {row}, column id"):
        previews.preview(connection, path, datum="cgcs2000")


def test_the_id_of_a_grid_that_has_ended_is_not_given_to_another(
    connection: sa.Connection, town: Path, tmp_path: Path
) -> None:
    path = loaded(connection, town, tmp_path, first_id=5_000)
    grids = read_noun(path, "grids", datum="cgcs2000")
    ended = grids[grids["kind"] == "dedicated"].iloc[0]
    write_frame(grids[grids["id"] != ended["id"]], path)
    imports.load(connection, path, datum="cgcs2000", by=BY)
    grids.loc[grids["id"] == ended["id"], "code"] = ended["code"][:-3] + "099"
    write_frame(grids, path)
    with pytest.raises(InvalidInputError, match=f"The id {ended['id']} is that of the grid {ended['code']}"):
        previews.preview(connection, path, datum="cgcs2000")
