"""Posts: who is appointed holds, and every change is a day's, recorded, and felt at once."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from gis.db import accounts as stored_accounts
from gis.db import posts as stored_posts
from gis.db import sessions
from gis.db.audit import before as audit_rows
from gis.db.posts import WantedPosts
from gis.domain.audit import Actor, Wanted
from gis.domain.posts import Post
from gis.domain.staff import Grant, scope_of
from gis.errors import ConflictError, InvalidInputError, NotFoundError
from gis.services import accounts, posts, vacancies
from gis.services.posts import Days

BY = Actor("tester", "dispatcher")
VILLAGE, OTHER = "210304015017", "210304015011"
LEVEL2, LEAF, NEXT, DEDICATED = VILLAGE + "101000", VILLAGE + "101001", VILLAGE + "101002", VILLAGE + "200001"
Person = Callable[[str], str]


@pytest.fixture
def person(town_connection: sa.Connection) -> Person:
    def add(name: str) -> str:
        accounts.add(town_connection, name, by=BY)
        return name

    return add


@pytest.fixture
def today(town_connection: sa.Connection) -> date:
    return posts.today(town_connection)


def held(connection: sa.Connection, area: str, on: date | None = None) -> list[str]:
    return [post.person for post in page(connection, WantedPosts(area=area, on=on))]


def page(connection: sa.Connection, wanted: WantedPosts) -> list[Post]:
    return posts.page(connection, wanted, after=("", 0), limit=1_000)


def appoint(connection: sa.Connection, area: str, name: str, days: Days = posts.TODAY) -> Post:
    return posts.appoint(connection, area, name, days, by=BY)


@pytest.mark.parametrize(
    ("area", "role"), [(VILLAGE, "leader"), (LEVEL2, "level2"), (LEAF, "worker"), (DEDICATED, "worker")]
)
def test_the_role_follows_from_the_area_and_is_a_right_at_once(
    town_connection: sa.Connection, person: Person, area: str, role: str
) -> None:
    account = accounts.get(town_connection, person("one"))
    assert appoint(town_connection, area, "one").role == role
    (given,) = stored_accounts.grants_of(town_connection, [account.id])[account.id]
    assert (given.role, given.area) == (role, area)


def test_an_area_has_one_holder_and_the_refusal_says_who_and_until_when(
    town_connection: sa.Connection, person: Person, today: date
) -> None:
    last = today + timedelta(10)
    appoint(town_connection, LEAF, person("one"), Days(last_on=last))
    with pytest.raises(ConflictError, match=f"one holds {LEAF} from {today} until {last}"):
        appoint(town_connection, LEAF, person("two"))
    later = appoint(town_connection, LEAF, "two", Days(on=last + timedelta(1)))
    assert held(town_connection, LEAF, today) == held(town_connection, LEAF, last) == ["one"]
    assert held(town_connection, LEAF, later.from_on) == ["two"]


def test_a_person_may_hold_several_areas_and_an_area_tells_its_history(
    town_connection: sa.Connection, person: Person, today: date
) -> None:
    first = appoint(town_connection, LEAF, person("one"))
    appoint(town_connection, DEDICATED, "one")
    posts.hand_over(town_connection, first.id, person("two"), today + timedelta(5), note="moves away", by=BY)
    assert [post.area for post in page(town_connection, WantedPosts(person="one"))] == [LEAF, DEDICATED]
    history = [(post.person, post.last_on) for post in page(town_connection, WantedPosts(area=LEAF))]
    assert history == [("one", today + timedelta(4)), ("two", None)]


def test_past_days_are_not_altered(town_connection: sa.Connection, person: Person, today: date) -> None:
    yesterday = today - timedelta(1)
    post = appoint(town_connection, LEAF, person("one"))
    person("two")
    for change in (
        lambda: appoint(town_connection, NEXT, "one", Days(on=yesterday)),
        lambda: posts.end(town_connection, post.id, yesterday, reason="x", by=BY),
        lambda: posts.hand_over(town_connection, post.id, "two", yesterday, by=BY),
        lambda: posts.transfer(town_connection, post.id, NEXT, yesterday, by=BY),
        lambda: posts.substitute(town_connection, post.id, "two", Days(yesterday, today), by=BY),
    ):
        with pytest.raises(InvalidInputError, match="Past days"):
            change()


def test_a_substitute_stands_in_for_some_days_while_the_holder_keeps_the_post(
    town_connection: sa.Connection, person: Person, today: date
) -> None:
    holder = appoint(town_connection, LEAF, person("one"))
    last = today + timedelta(3)
    posts.substitute(town_connection, holder.id, person("two"), Days(last_on=last), by=BY)
    assert held(town_connection, LEAF, last) == ["one", "two"]
    answers = {day: posts.who_answers(town_connection, LEAF, today + timedelta(day)) for day in (0, 3, 4)}
    assert [[post.person for post in answers[day].posts] for day in (0, 3, 4)] == [["two"], ["two"], ["one"]]
    assert [answers[day].reason for day in (0, 4)] == ["substitute", "holder"]
    for name in ("one", "two"):
        account = accounts.get(town_connection, name)
        (given,) = stored_accounts.grants_of(town_connection, [account.id])[account.id]
        assert given.area == LEAF
    with pytest.raises(InvalidInputError, match="last day"):
        posts.substitute(town_connection, holder.id, person("three"), Days(), by=BY)


def test_a_hand_over_ends_who_stood_in(town_connection: sa.Connection, person: Person, today: date) -> None:
    holder = appoint(town_connection, LEAF, person("one"))
    posts.substitute(town_connection, holder.id, person("two"), Days(last_on=today + timedelta(9)), by=BY)
    new = posts.hand_over(town_connection, holder.id, person("three"), today + timedelta(2), by=BY)
    assert held(town_connection, LEAF, today + timedelta(1)) == ["one", "two"]
    assert held(town_connection, LEAF, new.from_on) == ["three"]


@pytest.mark.parametrize("change", ["end", "transfer"])
def test_whoever_stands_in_goes_with_the_holder_and_not_with_the_next_one(
    town_connection: sa.Connection, person: Person, today: date, change: str
) -> None:
    holder = appoint(town_connection, LEAF, person("one"), Days(last_on=today + timedelta(9)))
    following = appoint(town_connection, LEAF, person("next"), Days(today + timedelta(10)))
    posts.substitute(town_connection, holder.id, person("two"), Days(last_on=today + timedelta(9)), by=BY)
    of_next = Days(following.from_on, following.from_on + timedelta(9))
    posts.substitute(town_connection, following.id, person("three"), of_next, by=BY)
    account = accounts.get(town_connection, "two")
    sessions.append(town_connection, "1" * 64, account.id, lifetime=timedelta(hours=1), is_whole=True)
    if change == "end":
        posts.end(town_connection, holder.id, reason="leaves", by=BY)
    else:
        posts.transfer(town_connection, holder.id, NEXT, by=BY)
    assert stored_accounts.grants_of(town_connection, [account.id])[account.id] == ()
    assert sessions.find(town_connection, "1" * 64, idle=timedelta(hours=1)) is None
    assert held(town_connection, LEAF) == ["next", "three"]


def test_the_end_of_who_stands_in_leaves_the_holder(
    town_connection: sa.Connection, person: Person, today: date
) -> None:
    holder = appoint(town_connection, LEAF, person("one"))
    stand_in = posts.substitute(town_connection, holder.id, person("two"), Days(last_on=today), by=BY)
    posts.end(town_connection, stand_in.id, reason="is back", by=BY)
    assert held(town_connection, LEAF) == ["one"]


def test_nobody_stands_in_for_longer_than_a_year(town_connection: sa.Connection, person: Person, today: date) -> None:
    holder = appoint(town_connection, LEAF, person("one"))
    person("two")
    with pytest.raises(InvalidInputError, match="366 days at most"):
        posts.substitute(town_connection, holder.id, "two", Days(last_on=today + timedelta(367)), by=BY)
    assert posts.substitute(town_connection, holder.id, "two", Days(last_on=today + timedelta(366)), by=BY)


def test_a_transfer_is_one_step_or_none(town_connection: sa.Connection, person: Person, today: date) -> None:
    post = appoint(town_connection, LEAF, person("one"))
    appoint(town_connection, NEXT, person("two"))
    with pytest.raises(ConflictError, match="two holds"), town_connection.begin_nested():
        posts.transfer(town_connection, post.id, NEXT, by=BY)
    assert held(town_connection, LEAF, today) == ["one"]
    moved = posts.transfer(town_connection, post.id, LEVEL2, today + timedelta(1), by=BY)
    assert (moved.area, moved.role, moved.person) == (LEVEL2, "level2", "one")
    assert held(town_connection, LEAF, moved.from_on) == []


def test_a_post_that_ends_the_day_it_began_never_was(
    town_connection: sa.Connection, person: Person, today: date
) -> None:
    post = appoint(town_connection, LEAF, person("one"))
    posts.end(town_connection, post.id, reason="a slip", by=BY)
    assert page(town_connection, WantedPosts(area=LEAF)) == []
    with pytest.raises(NotFoundError):
        posts.end(town_connection, post.id, reason="again", by=BY)


def test_every_change_is_recorded_with_its_reason(town_connection: sa.Connection, person: Person, today: date) -> None:
    post = appoint(town_connection, LEAF, person("one"), Days(on=today))
    posts.substitute(town_connection, post.id, person("two"), Days(last_on=today), by=BY)
    posts.hand_over(town_connection, post.id, person("three"), today + timedelta(1), note="retires", by=BY)
    (now,) = page(town_connection, WantedPosts(area=LEAF, on=today + timedelta(1)))
    moved = posts.transfer(town_connection, now.id, NEXT, today + timedelta(2), by=BY)
    posts.end(town_connection, moved.id, today + timedelta(3), reason="leaves", by=BY)
    found = audit_rows(town_connection, Wanted(action="post"), position=None, limit=10)
    assert [one.row.action for one in found[::-1]] == [
        "post.appointed",
        "post.substituted",
        "post.handed_over",
        "post.transferred",
        "post.ended",
    ]
    reasons = [one.texts.reason for one in found[::-1] if one.texts]
    assert reasons == ["", "", "retires", "", "leaves"]


def test_sessions_end_with_the_right_that_changes_today(
    town_connection: sa.Connection, person: Person, today: date
) -> None:
    account = accounts.get(town_connection, person("one"))

    def sign_in() -> None:
        sessions.append(town_connection, "0" * 64, account.id, lifetime=timedelta(hours=1), is_whole=True)

    def is_in() -> bool:
        return sessions.find(town_connection, "0" * 64, idle=timedelta(hours=1)) is not None

    sign_in()
    post = appoint(town_connection, LEAF, "one")
    assert not is_in()
    sign_in()
    posts.end(town_connection, post.id, today + timedelta(1), reason="leaves", by=BY)
    assert is_in()


def test_levels_above_answer_for_what_is_vacant(town_connection: sa.Connection, person: Person) -> None:
    assert posts.who_answers(town_connection, LEAF).reason == "nobody"
    appoint(town_connection, VILLAGE, person("leader"))
    assert posts.who_answers(town_connection, LEAF).reason == "vacant_leader"
    appoint(town_connection, LEVEL2, person("second"))
    found = posts.who_answers(town_connection, LEAF)
    assert (found.reason, [post.person for post in found.posts]) == ("vacant_level2", ["second"])
    assert posts.who_answers(town_connection, DEDICATED).asked == (DEDICATED, VILLAGE)
    accounts.disable(town_connection, "second", by=BY)
    assert posts.who_answers(town_connection, LEAF).reason == "vacant_leader"


def test_what_cannot_be_appointed_is_refused(town_connection: sa.Connection, person: Person) -> None:
    accounts.add(town_connection, "hotline-system", kind="system", by=BY)
    accounts.disable(town_connection, person("gone"), by=BY)
    for name in ("hotline-system", "gone"):
        with pytest.raises(InvalidInputError, match="no active person"):
            appoint(town_connection, LEAF, name)
    with pytest.raises(NotFoundError, match="no account"):
        appoint(town_connection, LEAF, "nobody-at-all")
    for area in ("210304015000", VILLAGE + "101999", "2103Z1"):
        with pytest.raises(NotFoundError, match="no area"):
            appoint(town_connection, area, "gone")


def test_outside_of_a_scope_nothing_is_there(town_connection: sa.Connection, person: Person) -> None:
    post, scope = appoint(town_connection, LEAF, person("one")), scope_of([OTHER])
    with pytest.raises(NotFoundError):
        posts.end(town_connection, post.id, reason="x", scope=scope, by=BY)
    with pytest.raises(NotFoundError):
        posts.who_answers(town_connection, LEAF, scope=scope)
    with pytest.raises(NotFoundError):
        posts.appoint(town_connection, NEXT, "one", scope=scope, by=BY)
    assert page(town_connection, WantedPosts(scope=scope)) == []
    assert {one.code[:12] for one in vacancies.page(town_connection, scope=scope)} == {OTHER}
    with pytest.raises(NotFoundError):
        vacancies.page(town_connection, within=VILLAGE, scope=scope)


def test_who_holds_something_elsewhere_from_a_later_day_or_did_once_is_not_there(
    town_connection: sa.Connection, person: Person, today: date
) -> None:
    appoint(town_connection, LEAF, person("later"), Days(today + timedelta(5)))
    gone_id = accounts.get(town_connection, person("once")).id
    past = Post(0, NEXT, "worker", gone_id, today - timedelta(9), today - timedelta(1))
    stored_posts.append(town_connection, past)
    other, own = scope_of([OTHER]), scope_of([VILLAGE])
    for name in ("later", "once"):
        with pytest.raises(NotFoundError, match="no account"):
            posts.appoint(town_connection, OTHER + "101001", name, scope=other, by=BY)
        assert posts.appoint(town_connection, DEDICATED, name, Days(today, today), scope=own, by=BY)
        posts.end(town_connection, page(town_connection, WantedPosts(area=DEDICATED))[0].id, reason="x", by=BY)


def test_vacancies_are_the_areas_that_nobody_holds_and_tell_since_when(
    town_connection: sa.Connection, person: Person, today: date
) -> None:
    everything = vacancies.page(town_connection, limit=1_000)
    assert len(everything) == 2 + 4 + 45
    assert {one.since_on for one in everything} == {None}
    post = appoint(town_connection, LEAF, person("one"), Days(last_on=today + timedelta(4)))
    posts.substitute(town_connection, post.id, person("two"), Days(last_on=today + timedelta(2)), by=BY)
    accounts.disable(town_connection, "two", by=BY)
    assert LEAF not in {one.code for one in vacancies.page(town_connection, limit=1_000)}
    later = vacancies.page(town_connection, today + timedelta(30), within=VILLAGE, level="grid", limit=1_000)
    assert {one.code: one.since_on for one in later}[LEAF] == today + timedelta(5)
    pages, after = [], ""
    while found := vacancies.page(town_connection, after=after, limit=7):
        pages += found
        after = found[-1].code
    assert [one.code for one in pages] == sorted(one.code for one in everything if one.code != LEAF)


def test_a_division_tells_how_much_of_each_level_is_vacant(town_connection: sa.Connection, person: Person) -> None:
    appoint(town_connection, LEAF, person("one"))
    appoint(town_connection, VILLAGE, "one")
    (county,) = vacancies.tallies(town_connection)
    assert (county.code, county.levels) == ("210304000000", {"grid": (45, 44), "level2": (4, 4), "village": (2, 1)})
    mine = {one.code: one.levels for one in vacancies.tallies(town_connection, within="210304015000")}
    assert mine[VILLAGE] == {"grid": (26, 25), "level2": (2, 2), "village": (1, 0)}
    assert mine[OTHER]["village"] == (1, 1)


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_who_gives_rights_or_reads_the_record_holds_no_post(
    town_connection: sa.Connection, person: Person, today: date, role: str
) -> None:
    accounts.add(town_connection, "apart", grants=(Grant(role, VILLAGE),), by=BY)
    post = appoint(town_connection, LEAF, person("one"))
    until = Days(last_on=today + timedelta(1))
    changes: list[Callable[[], Post]] = [
        lambda: appoint(town_connection, NEXT, "apart"),
        lambda: posts.hand_over(town_connection, post.id, "apart", by=BY),
        lambda: posts.substitute(town_connection, post.id, "apart", until, by=BY),
    ]
    for change in changes:
        with pytest.raises(InvalidInputError, match=f"never {role} and worker") as refused:
            change()
        assert [fault.pointer for fault in refused.value.faults] == ["/person"]
    stored_accounts.grant(town_connection, post.account_id, role, VILLAGE)
    with pytest.raises(InvalidInputError, match=f"never {role} and worker"):
        posts.transfer(town_connection, post.id, NEXT, by=BY)
    accounts.take(town_connection, "apart", Grant(role, VILLAGE), by=BY)
    assert appoint(town_connection, NEXT, "apart").person == "apart"


def test_who_holds_a_post_now_or_later_does_not_become_auditor_or_administrator(
    town_connection: sa.Connection, person: Person, today: date
) -> None:
    appoint(town_connection, LEAF, person("one"))
    appoint(town_connection, NEXT, person("later"), Days(on=today + timedelta(3)))
    for name in ("one", "later"):
        for role in ("auditor", "administrator"):
            with pytest.raises(InvalidInputError, match=f"never worker and {role}") as refused:
                accounts.give(town_connection, name, Grant(role, VILLAGE), by=BY)
            assert [fault.pointer for fault in refused.value.faults] == ["/role"]
    accounts.give(town_connection, "one", Grant("planner", VILLAGE), by=BY)


def test_auditor_and_administrator_are_two_accounts(town_connection: sa.Connection, person: Person) -> None:
    auditor, administrator = Grant("auditor", VILLAGE), Grant("administrator", VILLAGE)
    accounts.give(town_connection, person("one"), auditor, by=BY)
    accounts.give(town_connection, "one", Grant("auditor", OTHER), by=BY)
    with pytest.raises(InvalidInputError, match="never auditor and administrator"):
        accounts.give(town_connection, "one", administrator, by=BY)
    with pytest.raises(InvalidInputError, match="never administrator and auditor"):
        accounts.add(town_connection, "both", grants=(administrator, auditor), by=BY)
