"""Taking in a report, on the fixture town, from memory and without."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from gis.db import events, photos
from gis.domain.coordinates import from_cgcs2000
from gis.domain.decisions import LoadedPlan
from gis.domain.reports import Submission, Wanted
from gis.domain.routing_rules import Rule
from gis.domain.staff import EVERYWHERE
from gis.errors import ConflictError, InvalidInputError, NoPlanError, NotFoundError
from gis.services import decisions, plans, reports
from tests.staff import BY

NOW = datetime.now(UTC)
RULE = Rule()
PLACES = [(123.0290, 41.1490), (123.0298718, 41.1503114), (123.023744, 41.152285), (123.0236669, 41.1510562)]


def said(place: tuple[float, float] = PLACES[0], **more: object) -> Submission:
    return replace(Submission(uuid4(), *place, "cgcs2000", "road", NOW - timedelta(seconds=1)), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("place", PLACES)
def test_memory_and_database_store_the_same_decision(
    town_connection: sa.Connection, place: tuple[float, float]
) -> None:
    loaded = LoadedPlan.of(plans.in_force(town_connection))
    found = [
        reports.submit(town_connection, said(place), now=NOW, loaded=one, rule=RULE, by=BY)[1] for one in (loaded, None)
    ]
    assert found[0] == found[1] == loaded.decide(*place)


def test_the_original_coordinates_and_their_datum_are_kept(town_connection: sa.Connection) -> None:
    x, y = (float(value) for value in from_cgcs2000(*PLACES[0], datum="bd09"))
    kept, _, _ = reports.submit(town_connection, said((x, y), datum="bd09"), now=NOW, loaded=None, rule=RULE, by=BY)
    assert (kept.submission.x, kept.submission.y, kept.submission.datum) == (x, y, "bd09")
    assert (kept.lon, kept.lat) == pytest.approx(PLACES[0], abs=1e-7)


def test_a_point_outside_is_kept_without_a_grid(town_connection: sa.Connection) -> None:
    kept, decision, _ = reports.submit(
        town_connection, said((123.0609879, 41.1661956)), now=NOW, loaded=None, rule=RULE, by=BY
    )
    assert (kept.assignment.method, kept.assignment.grid_id, decision.grid) == ("outside", None, None)


def test_a_repeat_is_no_event(town_connection: sa.Connection) -> None:
    one = said()
    place = events.newest_id(town_connection)
    results = [reports.submit(town_connection, one, now=NOW, loaded=None, rule=RULE, by=BY) for _ in range(3)]
    assert [is_new for _, _, is_new in results] == [True, False, False]
    assert results[0][:2] == results[1][:2] == results[2][:2]
    assert len(events.after(town_connection, place, 10)) == 1


def test_another_body_under_one_id_is_refused(town_connection: sa.Connection) -> None:
    one = said()
    reports.submit(town_connection, one, now=NOW, loaded=None, rule=RULE, by=BY)
    with pytest.raises(ConflictError):
        reports.submit(town_connection, replace(one, text="x"), now=NOW, loaded=None, rule=RULE, by=BY)


def test_a_photo_must_be_there_before_its_report(town_connection: sa.Connection) -> None:
    one = said(photos=("0" * 64,))
    with pytest.raises(InvalidInputError) as refused:
        reports.submit(town_connection, one, now=NOW, loaded=None, rule=RULE, by=BY)
    assert [fault.pointer for fault in refused.value.faults] == ["/photos/0"]
    assert photos.remember(town_connection, "0" * 64, width_px=1, height_px=1)
    assert not photos.remember(town_connection, "0" * 64, width_px=1, height_px=1)
    assert reports.submit(town_connection, one, now=NOW, loaded=None, rule=RULE, by=BY)[2]


@pytest.mark.parametrize(
    ("point", "named"), [((41.11, 122.99), ["/y"]), ((200.0, 41.11), ["/x"]), ((200.0, 99.0), ["/x", "/y"])]
)
def test_only_the_coordinate_that_is_out_of_range_is_named(
    town_connection: sa.Connection, point: tuple[float, float], named: list[str]
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        reports.submit(town_connection, said(point), now=NOW, loaded=None, rule=RULE, by=BY)
    assert [fault.pointer for fault in refused.value.faults] == named


def test_without_any_plan_nothing_is_taken_in(connection: sa.Connection) -> None:
    with pytest.raises(NoPlanError):
        reports.submit(connection, said(), now=NOW, loaded=None, rule=RULE, by=BY)


def test_an_id_that_was_never_sent_is_not_found(connection: sa.Connection) -> None:
    with pytest.raises(NotFoundError):
        reports.get(connection, uuid4(), scope=EVERYWHERE)


def test_reports_come_newest_first_from_a_place_on(town_connection: sa.Connection) -> None:
    first = reports.page(town_connection, Wanted(), scope=EVERYWHERE, before=None, limit=3)
    rest = reports.page(town_connection, Wanted(), scope=EVERYWHERE, before=first[-1].number, limit=2)
    numbers = [report.number for report in [*first, *rest]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == 5


def test_a_past_report_is_shown_with_the_decision_it_was_given(town_connection: sa.Connection) -> None:
    for report in reports.page(town_connection, Wanted(), scope=EVERYWHERE, before=None, limit=120):
        decision = decisions.of_report(town_connection, report)
        assert decision.answer.grid == report.assignment.grid
        assert bool(decision.answer.stack) == (report.assignment.method == "stacked")
        assert (decision.grid is None) == (report.assignment.method == "outside")
