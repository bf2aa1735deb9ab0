"""Public figures: made once for a month that is over, and read from their table alone."""

import uuid
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from gis.db import figures as stored
from gis.db.tables import assignments, plans, public_figures, reports
from gis.domain.audit import Actor, Wanted
from gis.domain.figures import GROUP_OF, GROUPS, LEAST
from gis.domain.periods import Period
from gis.errors import ConflictError, NotFoundError
from gis.files.vault import Vault, new_key
from gis.services import audit, figures
from tests.conftest import CITY

JUNE = date(2026, 6, 1)
SPRING = [date(2026, 4, 1), date(2026, 5, 1), JUNE]
NOW = datetime(2026, 8, 1, tzinfo=UTC)
VAULT = Vault(Path("none"), new_key())
TOWN, VILLAGE, OTHER = "210304015000", "210304015017", "210304015011"


def report(connection: sa.Connection, village: str, category: str, at: datetime, *, times: int = 1) -> None:
    revision = connection.scalar(sa.select(sa.func.max(plans.c.revision)))
    point = sa.func.ST_SetSRID(sa.func.ST_MakePoint(123, 41), 4490)
    for _ in range(times):
        id = uuid.uuid4()
        said = {"body_sha256": "", "channel": "public", "original_x": 0, "original_y": 0, "datum": "wgs84"}
        values = {**said, "id": id, "captured_at": at, "category": category, "location": point}
        connection.execute(sa.insert(reports).values(values))
        placed = {"report_id": id, "revision": revision, "method": "interior", "grid_id": 1, "village_code": village}
        connection.execute(sa.insert(assignments).values(placed))


def counts(connection: sa.Connection, month: date | None = None, **asked: str) -> dict[tuple[str, str], int | None]:
    return {(each.code, each.category_group): each.count for each in figures.read(connection, month, **asked)}


def test_a_month_of_the_town_is_published_with_every_division_and_group(town_connection: sa.Connection) -> None:
    assert figures.due(town_connection, NOW) == SPRING
    made = figures.publish(town_connection, JUNE, NOW, vault=VAULT, by=Actor("tester"))
    assert len(made) == 5 * len(GROUPS)
    assert {each.synthetic for each in made} == {True}
    told = counts(town_connection)
    june = Period(datetime(2026, 5, 31, 16, tzinfo=UTC), datetime(2026, 6, 30, 16, tzinfo=UTC))
    truth = Counter[str]()
    for found in stored.tally(town_connection, june):
        truth[GROUP_OF[found.category]] += found.count
    shown = {group: told[CITY, group] for group in GROUPS if told[CITY, group] is not None}
    assert shown == {group: truth[group] for group in GROUPS if truth[group] >= LEAST}
    assert all(count is None or count == 0 or count >= LEAST for count in told.values())
    assert figures.due(town_connection, NOW) == SPRING[:2]


def test_what_was_published_never_changes_though_reports_come_late(town_connection: sa.Connection) -> None:
    figures.publish(town_connection, JUNE, NOW, vault=VAULT, by=Actor("tester"))
    before = counts(town_connection)
    report(town_connection, VILLAGE, "garbage", datetime(2026, 6, 15, tzinfo=UTC), times=40)
    assert counts(town_connection) == before
    with pytest.raises(ConflictError, match="never change"):
        figures.publish(town_connection, JUNE, NOW, vault=VAULT, by=Actor("tester"))


@pytest.mark.parametrize("statement", ["update public_figures set count = 7", "delete from public_figures"])
def test_the_service_can_neither_change_nor_remove_a_figure(town_connection: sa.Connection, statement: str) -> None:
    figures.publish(town_connection, JUNE, NOW, vault=VAULT, by=Actor("tester"))
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        town_connection.execute(sa.text(statement))


def test_the_database_refuses_a_small_count(town_connection: sa.Connection) -> None:
    row = {"month": JUNE, "code": CITY, "level": "city", "name": "", "category_group": "order", "count": 4}
    with pytest.raises(sa.exc.IntegrityError, match="small_counts_are_hidden"):
        town_connection.execute(sa.insert(public_figures).values(row))


def test_a_month_that_is_not_over_for_three_days_is_not_published(town_connection: sa.Connection) -> None:
    over = datetime(2026, 7, 3, 16, tzinfo=UTC)  # the fourth of July begins in the city
    with pytest.raises(ConflictError, match="not over"):
        figures.publish(town_connection, JUNE, over - timedelta(seconds=1), vault=VAULT, by=Actor("tester"))
    figures.publish(town_connection, JUNE, over, vault=VAULT, by=Actor("tester"))


def test_the_city_decides_which_month_an_instant_lies_in(town_connection: sa.Connection) -> None:
    midnight = datetime(2026, 2, 28, 16, tzinfo=UTC)
    report(town_connection, VILLAGE, "noise", midnight - timedelta(seconds=1), times=7)
    report(town_connection, VILLAGE, "noise", midnight, times=9)
    assert figures.due(town_connection, NOW) == [date(2026, 2, 1), date(2026, 3, 1), *SPRING]
    found = {
        month: {
            each.code: each.count
            for each in figures.preview(town_connection, month, vault=VAULT)
            if each.category_group == "order"
        }
        for month in (date(2026, 2, 1), date(2026, 3, 1))
    }
    assert [found[month][VILLAGE] for month in found] == [7, 9]


def test_a_village_that_is_alone_hidden_takes_its_neighbour_along_in_the_table(town_connection: sa.Connection) -> None:
    march = datetime(2026, 3, 15, tzinfo=UTC)
    report(town_connection, VILLAGE, "heating", march, times=3)
    report(town_connection, OTHER, "heating", march, times=30)
    figures.publish(town_connection, date(2026, 3, 1), NOW, vault=VAULT, by=Actor("tester"))
    told = counts(town_connection, date(2026, 3, 1))
    assert (told[VILLAGE, "supply"], told[OTHER, "supply"], told[TOWN, "supply"]) == (None, None, 33)
    published = figures.read(town_connection, date(2026, 3, 1))
    assert not any(each.synthetic for each in published)
    # The town's first plan is younger than March.
    assert all(each.name != each.code for each in published)
    assert len(published) == 5 * len(GROUPS)


def test_figures_are_read_of_a_division_and_below_and_of_one_level(town_connection: sa.Connection) -> None:
    figures.publish(town_connection, JUNE, NOW, vault=VAULT, by=Actor("tester"))
    assert {code for code, _ in counts(town_connection, within=TOWN)} == {TOWN, VILLAGE, OTHER}
    assert {code for code, _ in counts(town_connection, within=CITY)} == {code for code, _ in counts(town_connection)}
    assert {each.level for each in figures.read(town_connection, levels=("town",))} == {"town"}
    with pytest.raises(NotFoundError, match="published"):
        figures.read(town_connection, date(2026, 1, 1))


def test_a_publication_is_audited(town_connection: sa.Connection) -> None:
    figures.publish(town_connection, JUNE, NOW, vault=VAULT, by=Actor("tester"))
    (last, *_) = audit.page(town_connection, Wanted(action="figures"))
    assert (last.row.action, last.row.subject) == ("figures.published", "month:2026-06")
