"""A roster comes in whole or not at all, and codes leave only through the leaders."""

import hashlib
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from gis.db import engine as engines
from gis.db import rosters as stored
from gis.db import sessions
from gis.db.audit import before as audit_rows
from gis.db.posts import WantedPosts
from gis.db.tables import accounts as account_rows
from gis.db.tables import audit_texts
from gis.db.tables import posts as post_rows
from gis.domain import credentials
from gis.domain.audit import Actor, Wanted
from gis.domain.staff import Grant
from gis.errors import ConflictError, InvalidInputError, NotFoundError
from gis.files.handouts import Handouts
from gis.files.rosters import read_roster
from gis.services import accounts, audit, posts, rosters
from gis.services.rosters import Options, Previewed
from tests.locks import during

BY = Actor("tester", "administrator")
TOWN, VILLAGE, OTHER = "210304015000", "210304015017", "210304015011"
LEAF, NEXT, LEVEL2 = VILLAGE + "101001", VILLAGE + "101002", VILLAGE + "101000"
FIRST = f"""登录名,电话,网格编码,代管,止
leader,,{VILLAGE},,
second,,{LEVEL2},,
one,00000000001,{LEAF},,
one,,{NEXT},,
two,00000000002,{OTHER}101001,,
"""


def load(connection: sa.Connection, text: str, options: Options | None = None) -> tuple[Previewed, Handouts]:
    return rosters.load(connection, read_roster(text.encode()), options, by=BY)


def held(connection: sa.Connection) -> dict[str, str]:
    found = posts.page(connection, WantedPosts(on=posts.today(connection)), after=("", 0), limit=1_000)
    return {post.area: post.person for post in found}


def test_a_preview_writes_nothing(town_connection: sa.Connection) -> None:
    shown = rosters.preview(town_connection, read_roster(FIRST.encode()))
    assert (len(shown.roster.new_people), len(shown.roster.added), shown.roster.faults) == (4, 5, ())
    assert shown.roster.vacancies == {"village": 1, "level2": 3, "grid": 42}
    assert held(town_connection) == {}


def test_a_roster_makes_people_and_posts_and_the_same_again_changes_nothing(town_connection: sa.Connection) -> None:
    load(town_connection, FIRST)
    expected = {VILLAGE: "leader", LEVEL2: "second", LEAF: "one", NEXT: "one", OTHER + "101001": "two"}
    assert held(town_connection) == expected
    again, handouts = load(town_connection, FIRST)
    assert (again.roster.unchanged, again.roster.added, dict(handouts)) == (5, (), {})
    assert held(town_connection) == expected


def test_codes_go_through_the_leaders_activate_once_and_are_kept_nowhere(town_connection: sa.Connection) -> None:
    _, handouts = load(town_connection, FIRST)
    assert {area: [one.name for one in own] for area, own in handouts.items()} == {
        TOWN: ["leader"],
        VILLAGE: ["second", "one"],
        OTHER: ["two"],
    }
    (code,) = [one.code for one in handouts[VILLAGE] if one.name == "one"]
    columns = (account_rows.c.activation_hash, account_rows.c.activation_ends_on)
    kept = town_connection.execute(sa.select(*columns).where(account_rows.c.name == "one")).one()
    ends_on = posts.today(town_connection) + timedelta(credentials.CODE_DAYS)
    assert kept == (hashlib.sha256(code.encode()).hexdigest(), ends_on)
    assert {one.ends_on for own in handouts.values() for one in own} == {ends_on}
    shown = town_connection.scalars(sa.select(audit_texts.c.shown)).all()
    assert not any(code in text for text in shown)
    assert accounts.activate(town_connection, code, "tuohe-river-1905") == "one"
    account = accounts.get(town_connection, "00000000001")
    assert account.name == "one"
    assert credentials.is_password("tuohe-river-1905", account.password_hash)


def test_one_wrong_cell_and_nothing_is_written(town_connection: sa.Connection) -> None:
    with pytest.raises(InvalidInputError) as refused:
        load(town_connection, FIRST + f"three,,{VILLAGE}999999,,\nfour,12,{VILLAGE}101003,,\n")
    assert [fault.pointer for fault in refused.value.faults] == ["row 7, column 网格编码", "row 8, column 电话"]
    assert held(town_connection) == {}


def test_the_roster_of_an_area_replaces_its_posts_from_its_day_on(town_connection: sa.Connection) -> None:
    load(town_connection, FIRST)
    tomorrow = posts.today(town_connection) + timedelta(1)
    load(town_connection, f"name,area\none,{LEAF}\nthree,{NEXT}\n", Options(tomorrow, VILLAGE))
    found = posts.page(town_connection, WantedPosts(on=tomorrow), after=("", 0), limit=99)
    assert {post.area: post.person for post in found} == {LEAF: "one", NEXT: "three", OTHER + "101001": "two"}
    assert held(town_connection)[NEXT] == "one"


def test_every_row_leads_to_the_one_entry_of_its_roster(town_connection: sa.Connection) -> None:
    load(town_connection, FIRST)
    tomorrow = posts.today(town_connection) + timedelta(1)
    load(town_connection, f"name,area\nfive,{LEAF}\n", Options(tomorrow, LEAF))
    later, first = audit_rows(town_connection, Wanted(action="roster.imported"), position=None, limit=9)
    assert first.texts is not None
    said = json.loads(first.texts.shown)["after"]
    assert (said["accounts"], said["posts"], said["ended"]) == (4, 5, 0)
    assert said["file_sha256"] == hashlib.sha256(FIRST.encode()).hexdigest()
    assert said["fingerprint"] == stored.fingerprint(town_connection, first.row.subject)
    made = town_connection.scalars(sa.select(post_rows.c.made_by).order_by(post_rows.c.id)).all()
    assert made == [first.row.subject] * 5 + [later.row.subject]
    ended = town_connection.scalars(sa.select(post_rows.c.ended_by).where(post_rows.c.area == LEAF)).all()
    assert set(ended) == {later.row.subject, None}
    assert audit.verify(town_connection) == []
    town_connection.execute(sa.update(post_rows).where(post_rows.c.area == NEXT).values(role="leader"))
    assert said["fingerprint"] != stored.fingerprint(town_connection, first.row.subject)


def test_a_telephone_that_a_known_account_gets_is_traced_to_its_roster(town_connection: sa.Connection) -> None:
    accounts.add(town_connection, "one", by=BY)
    account = accounts.get(town_connection, "one")
    load(town_connection, FIRST)
    (entry,) = audit_rows(town_connection, Wanted(action="roster.imported"), position=None, limit=9)
    assert entry.texts is not None
    said = json.loads(entry.texts.shown)["after"]
    assert (said["telephones"], said["telephones_of"]) == (1, [account.id])
    assert "00000000001" not in entry.texts.shown
    assert said["fingerprint"] == stored.fingerprint(town_connection, entry.row.subject, [account.id])
    stored.set_telephones(town_connection, {"one": "00000000009"})
    assert said["fingerprint"] != stored.fingerprint(town_connection, entry.row.subject, [account.id])


def test_a_name_in_full_width_is_the_account_that_is_there_and_a_look_alike_is_no_other(
    town_connection: sa.Connection,
) -> None:
    accounts.add(town_connection, "one", by=BY)
    shown = rosters.preview(town_connection, read_roster(f"name,area\nＯＮＥ,{LEAF}\n".encode()))
    assert (shown.roster.known, dict(shown.roster.new_people), shown.roster.faults) == (1, {}, ())
    shown = rosters.preview(town_connection, read_roster(f"name,area\n\u043ene,{LEAF}\n".encode()))
    assert [(fault.row, fault.column) for fault in shown.roster.faults] == [(2, "name")]


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_no_roster_gives_a_telephone_to_who_manages_or_audits(town_connection: sa.Connection, role: str) -> None:
    accounts.add(town_connection, "one", grants=(Grant(role, "210300000000"),), by=BY)
    with pytest.raises(InvalidInputError) as refused:
        load(town_connection, FIRST)
    assert "row 4, column 电话" in {fault.pointer for fault in refused.value.faults}
    assert accounts.get(town_connection, "one").telephone is None


def test_whoever_gains_or_loses_a_post_today_signs_in_anew(town_connection: sa.Connection) -> None:
    accounts.add(town_connection, "one", by=BY)
    account = accounts.get(town_connection, "one")
    sessions.append(town_connection, "0" * 64, account.id, lifetime=timedelta(hours=1), is_whole=True)
    load(town_connection, FIRST)
    assert sessions.find(town_connection, "0" * 64, idle=timedelta(hours=1)) is None


def test_a_day_that_has_passed_and_an_area_that_is_not_there_are_refused(town_connection: sa.Connection) -> None:
    sheet, yesterday = read_roster(FIRST.encode()), posts.today(town_connection) - timedelta(1)
    with pytest.raises(InvalidInputError, match="Past days"):
        rosters.preview(town_connection, sheet, Options(yesterday))
    with pytest.raises(NotFoundError):
        rosters.preview(town_connection, sheet, Options(whole_of="210399000000"))


def test_a_roster_appoints_no_auditor(town_connection: sa.Connection) -> None:
    accounts.add(town_connection, "two", grants=(Grant("auditor", TOWN),), by=BY)
    with pytest.raises(InvalidInputError) as refused:
        load(town_connection, FIRST)
    assert "row 6, column 登录名" in {fault.pointer for fault in refused.value.faults}
    assert held(town_connection) == {}


def test_a_telephone_that_another_account_gets_at_once_is_a_conflict(town_engine: sa.Engine) -> None:
    with engines.transaction(town_engine) as connection:
        accounts.add(connection, "known", by=BY)
    roster = f"name,area,telephone\nknown,{LEAF},00000000003\n"
    with (
        during(
            town_engine,
            lambda connection: accounts.add(connection, "other", telephone="00000000003", by=BY),
            lambda connection: load(connection, roster),
            waits_with="update accounts",
        ) as asked,
        pytest.raises(ConflictError, match="telephones"),
    ):
        asked.result(timeout=20)
