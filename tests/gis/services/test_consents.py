"""Consents: asked for before a track is kept, given to the notice that counts, withdrawn at any time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from gis.db import accounts
from gis.db import engine as engines
from gis.db.tables import patrols
from gis.domain import notices
from gis.domain.audit import Actor, Wanted
from gis.domain.categories import Name
from gis.domain.grids import CRS
from gis.domain.notices import NOTICES, Notice
from gis.errors import ConflictError, InvalidInputError, NotFoundError
from gis.files.frames import write_frame
from gis.services import audit, consents, imports
from tests.conftest import NUMBERS
from tests.locks import during

BY = Actor("tester", id=1)
AREA = "210304015017101000"
START = datetime(2026, 6, 22, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def holder(town_owner: sa.Connection) -> int:
    """An account that holds the post of one level-2 grid for the year."""
    return post(town_owner, AREA)


def post(
    connection: sa.Connection, area: str, *, substitute: bool = False, days: str = "[2026-01-01,2027-01-01)"
) -> int:
    account_id = accounts.append(connection, f"worker-{next(NUMBERS)}")
    assert account_id is not None
    held = {"area": area, "account_id": account_id, "substitute": substitute, "days": days}
    row = "insert into posts (area, role, account_id, substitute, valid) values"
    connection.execute(sa.text(f"{row} (:area, 'level2', :account_id, :substitute, cast(:days as daterange))"), held)
    return account_id


def tracks(*shifts: tuple[str, datetime, datetime], synthetic: bool = False) -> gpd.GeoDataFrame:
    line = shapely.LineString([(123.0244, 41.1504), (123.0248, 41.1505)])
    table = pd.DataFrame(shifts, columns=["post", "started_at", "ended_at"]).assign(synthetic=synthetic)
    return gpd.GeoDataFrame(table, geometry=[line] * len(shifts), crs=CRS).rename_geometry("track")


def load(connection: sa.Connection, folder: Path, frame: gpd.GeoDataFrame) -> int:
    path = folder / "patrols.gpkg"
    write_frame(frame, path)
    imports.load(connection, path, datum="cgcs2000", by=BY)
    return int(connection.scalar(sa.select(sa.func.count()).select_from(patrols)) or 0)


def test_a_track_of_a_held_post_is_refused_by_row_until_its_holder_consents(
    town_owner: sa.Connection, holder: int, tmp_path: Path
) -> None:
    frame = tracks((f"{AREA}01", START, START + HOUR), ("X-1", START, START + HOUR), (AREA, START, START + HOUR))
    with pytest.raises(InvalidInputError, match="2 tracks may not be kept: row 1") as refused:
        load(town_owner, tmp_path, frame)
    assert [fault.pointer for fault in refused.value.faults] == ["row 1", "row 3"]
    assert town_owner.scalar(sa.select(sa.func.count()).select_from(patrols)) == 14
    consents.give(town_owner, holder, "track", 1, START, by=BY)
    assert load(town_owner, tmp_path, frame) == 3


@pytest.mark.parametrize(
    ("given", "withdrawn"), [(START + timedelta(seconds=1), None), (START, START + HOUR - timedelta(seconds=1))]
)
def test_consent_has_to_hold_from_the_start_of_the_shift_to_its_end(
    town_owner: sa.Connection, holder: int, given: datetime, withdrawn: datetime | None
) -> None:
    consents.give(town_owner, holder, "track", 1, given, by=BY)
    if withdrawn:
        consents.withdraw(town_owner, holder, "track", withdrawn, by=BY)
    with pytest.raises(InvalidInputError, match="1 track may not be kept"):
        consents.check_tracks(town_owner, tracks((AREA, START, START + HOUR)))


def test_what_was_walked_before_a_withdrawal_may_still_be_kept(town_owner: sa.Connection, holder: int) -> None:
    consents.give(town_owner, holder, "track", 1, START - HOUR, by=BY)
    consents.withdraw(town_owner, holder, "track", START + 2 * HOUR, by=BY)
    consents.check_tracks(town_owner, tracks((AREA, START, START + HOUR)))
    with pytest.raises(InvalidInputError):
        consents.check_tracks(town_owner, tracks((AREA, START + 2 * HOUR, START + 3 * HOUR)))


def test_where_a_substitute_holds_the_post_too_both_have_to_consent(town_owner: sa.Connection, holder: int) -> None:
    substitute = post(town_owner, AREA, substitute=True)
    consents.give(town_owner, holder, "track", 1, START, by=BY)
    with pytest.raises(InvalidInputError):
        consents.check_tracks(town_owner, tracks((AREA, START, START + HOUR)))
    consents.give(town_owner, substitute, "track", 1, START, by=BY)
    consents.check_tracks(town_owner, tracks((AREA, START, START + HOUR)))


def test_the_holder_is_that_of_the_citys_day_on_which_the_shift_began(town_owner: sa.Connection) -> None:
    # Held on the 23rd alone, which in the city begins at 16:00 UTC on the 22nd.
    post(town_owner, AREA, days="[2026-06-23,2026-06-24)")
    evening = datetime(2026, 6, 22, 15, 59, tzinfo=UTC)
    consents.check_tracks(town_owner, tracks((AREA, evening, evening + HOUR)))
    with pytest.raises(InvalidInputError):
        consents.check_tracks(town_owner, tracks((AREA, evening + timedelta(minutes=1), evening + HOUR)))


def test_the_demos_tracks_and_posts_that_nobody_holds_are_about_nobody(town_owner: sa.Connection, holder: int) -> None:
    consents.check_tracks(town_owner, tracks((AREA, START, START + HOUR), synthetic=True))
    consents.check_tracks(town_owner, tracks(("210304015011101000", START, START + HOUR), ("岗", START, START + HOUR)))


def test_a_new_version_of_the_notice_asks_again(
    town_owner: sa.Connection, holder: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    consents.give(town_owner, holder, "track", 1, START, by=BY)
    assert [each.is_in_force for each in consents.own(town_owner, holder, START)] == [True]
    new = Notice(2, START + HOUR, Name("新", "New"), Name("新", "New"))
    monkeypatch.setitem(notices.NOTICES, "track", (*NOTICES["track"], new))
    later = START + 2 * HOUR
    assert [each.is_in_force for each in consents.own(town_owner, holder, later)] == [False]
    with pytest.raises(ConflictError, match="version 2"):
        consents.give(town_owner, holder, "track", 1, later, by=BY)
    consents.give(town_owner, holder, "track", 2, later, by=BY)
    assert [each.is_in_force for each in consents.own(town_owner, holder, later)] == [True]


def test_withdrawal_stops_recording_at_once_and_both_are_audited(town_owner: sa.Connection, holder: int) -> None:
    consents.give(town_owner, holder, "track", 1, START, by=BY)
    consents.give(town_owner, holder, "track", 1, START + HOUR, by=BY)
    consents.check_tracks(town_owner, tracks((AREA, START, START + HOUR)))
    consents.withdraw(town_owner, holder, "track", START + HOUR, by=BY)
    with pytest.raises(InvalidInputError, match="may not be kept"):
        consents.check_tracks(town_owner, tracks((AREA, START, START + HOUR + timedelta(seconds=1))))
    rows = audit.page(town_owner, Wanted(action="consent"))
    assert [recorded.row.action for recorded in rows] == ["consent.withdrawn", "consent.given"]
    assert {recorded.row.subject for recorded in rows} == {f"account:{holder}"}


def test_there_is_nothing_to_withdraw_where_nothing_was_given(town_owner: sa.Connection, holder: int) -> None:
    with pytest.raises(NotFoundError):
        consents.withdraw(town_owner, holder, "track", START, by=BY)
    with pytest.raises(NotFoundError):
        consents.give(town_owner, holder, "face", 1, START, by=BY)


def test_of_two_consents_at_once_one_is_given(town_engine: sa.Engine) -> None:
    with engines.transaction(town_engine) as connection:
        account_id = accounts.append(connection, f"worker-{next(NUMBERS)}")
    assert account_id is not None

    def giving(connection: sa.Connection) -> None:
        consents.give(connection, account_id, "track", 1, START, by=BY)

    with during(town_engine, giving, giving) as asked:
        asked.result(timeout=20)
    with engines.transaction(town_engine, reads_audit=True) as connection:
        subject = Wanted(subject=f"account:{account_id}")
        assert [recorded.row.action for recorded in audit.page(connection, subject)] == ["consent.given"]
