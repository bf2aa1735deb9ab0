"""A plan comes into force, and people go along with their grids, or somebody is asked."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from gis.db.audit import before as audit_rows
from gis.db.posts import WantedPosts
from gis.domain.audit import Actor, Wanted
from gis.files.frames import write_frame
from gis.services import accounts, carrying, imports, plans, posts, vacancies
from tests.drawing import VILLAGE, drawn

BY = Actor("tester", "dispatcher")
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
CODES = {letter: f"{VILLAGE}101{number:03d}" for number, letter in enumerate("ABCDEF", 1)}
LEVEL2 = VILLAGE + "101000"


@pytest.fixture
def staffed(connection: sa.Connection) -> sa.Connection:
    """A row of four grids, A to D, and a worker of each: a, b, c, d."""
    plans.replace_grids(connection, drawn("AABBCCDD"), in_force_at=FIRST, by=BY)
    for letter in "ABCD":
        accounts.add(connection, letter.lower(), by=BY)
        posts.appoint(connection, CODES[letter], letter.lower(), by=BY)
    return connection


def redraw(connection: sa.Connection, picture: str, **codes: str) -> int:
    return plans.replace_grids(
        connection, drawn(picture).replace({"code": codes}), in_force_at=datetime.now(UTC), by=BY
    )


def held(connection: sa.Connection) -> dict[str, str]:
    wanted = WantedPosts(on=posts.today(connection))
    names = {code: letter for letter, code in CODES.items()}
    return {names[one.area]: one.person for one in posts.page(connection, wanted, after=("", 0), limit=100)}


def asked(connection: sa.Connection) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.question.area, one.question.reason, one.people) for one in vacancies.questions(connection)]


def test_a_moved_border_moves_nobody(staffed: sa.Connection) -> None:
    redraw(staffed, "AAABCCDD")
    assert held(staffed) == {"A": "a", "B": "b", "C": "c", "D": "d"}
    assert asked(staffed) == []


def test_grids_that_go_into_another_take_their_one_holder_along_or_ask(staffed: sa.Connection) -> None:
    (post,) = posts.page(staffed, WantedPosts(area=CODES["B"]), after=("", 0), limit=2)
    posts.end(staffed, post.id, reason="leaves", by=BY)
    redraw(staffed, "EEEEFFFF")
    assert held(staffed) == {"E": "a"}
    assert asked(staffed) == [(CODES["F"], "merged", ("c", "d"))]
    assert {one.code for one in vacancies.page(staffed, level="grid")} == {CODES["F"]}
    posts.appoint(staffed, CODES["F"], "d", by=BY)
    assert asked(staffed) == []


def test_a_split_goes_with_the_larger_part_or_is_asked_for_each(staffed: sa.Connection) -> None:
    redraw(staffed, "EFBBCCDD")
    assert held(staffed) == {"B": "b", "C": "c", "D": "d"}
    assert asked(staffed) == [(CODES["E"], "split", ("a",)), (CODES["F"], "split", ("a",))]


def test_who_keeps_a_grid_that_grew_is_confirmed(staffed: sa.Connection) -> None:
    redraw(staffed, "AAAACCDD")
    assert held(staffed) == {"A": "a", "C": "c", "D": "d"}
    assert asked(staffed) == [(CODES["A"], "merged", ("a", "b"))]
    (post,) = posts.page(staffed, WantedPosts(area=CODES["A"]), after=("", 0), limit=2)
    posts.confirm(staffed, post.id, by=BY)
    assert asked(staffed) == []


def test_a_renumbered_grid_and_its_level_2_grid_keep_their_people(staffed: sa.Connection) -> None:
    accounts.add(staffed, "second", by=BY)
    posts.appoint(staffed, LEVEL2, "second", by=BY)
    before = plans.in_force(staffed).grids
    after = before.assign(
        code=before["code"].str.replace("101", "102", n=1), level2_code=before["level2_code"].str.replace("101", "102")
    )
    plans.replace_grids(staffed, after, in_force_at=datetime.now(UTC), by=BY)
    found = posts.page(staffed, WantedPosts(on=posts.today(staffed)), after=("", 0), limit=100)
    assert {one.area: one.person for one in found} == {
        VILLAGE + "102000": "second",
        **{code.replace("7101", "7102"): letter.lower() for letter, code in CODES.items() if letter in "ABCD"},
    }


def test_an_import_records_what_it_did_to_posts_once(town_owner: sa.Connection, town: Path, tmp_path: Path) -> None:
    frame = plans.in_force(town_owner).grids
    gone, other = frame["code"].iloc[0], frame["code"].iloc[1]
    for name, area in (("one", gone), ("two", other)):
        accounts.add(town_owner, name, by=BY)
        posts.appoint(town_owner, area, name, by=BY)
    pair = frame[frame["code"].isin([gone, other])]
    merged = frame.copy()
    merged.loc[merged["code"] == other, "boundary"] = pair["boundary"].union_all()
    write_frame(merged[merged["code"] != gone], tmp_path / "grids.gpkg")
    imports.load(town_owner, tmp_path / "grids.gpkg", datum="cgcs2000", by=BY)
    assert asked(town_owner) == [(other, "merged", ("one", "two"))]
    (told,) = audit_rows(town_owner, Wanted(action="posts.carried"), position=None, limit=9)
    assert told.row.subject == carrying.subject_of(2)
    assert told.texts is not None
    assert told.texts.shown == '{"after":{"asked":1,"ended":0,"moved":0},"before":{}}'


def test_a_post_from_before_a_redraw_stays_as_history(staffed: sa.Connection) -> None:
    day = posts.today(staffed)
    staffed.execute(sa.text("update posts set valid = daterange(:since, null)"), {"since": day - timedelta(30)})
    redraw(staffed, "EEBBCCDD")
    history = posts.page(staffed, WantedPosts(person="a"), after=("", 0), limit=9)
    assert [(one.area, one.last_on) for one in history] == [(CODES["A"], day - timedelta(1)), (CODES["E"], None)]
