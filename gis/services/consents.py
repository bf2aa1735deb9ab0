"""Consents: what staff agreed to after they were told, before anything of it is recorded (PIPL art. 29)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import sqlalchemy as sa

from gis.db import accounts
from gis.db import consents as stored
from gis.domain.audit import Actor
from gis.domain.notices import NOTICES, Consent, Notice, covers, current
from gis.domain.periods import CHINA
from gis.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from gis.services import audit

TRACK = "track"


@dataclass(frozen=True)
class Standing:
    """What somebody is asked for one purpose, and what they last said; `last` None: nothing yet."""

    purpose: str
    notice: Notice
    last: Consent | None

    @property
    def is_in_force(self) -> bool:
        """Whether it may be recorded now: consented to this version of the notice, and not withdrawn."""
        return (
            self.last is not None and self.last.withdrawn_at is None and self.last.notice_version >= self.notice.version
        )


def own(connection: sa.Connection, account_id: int, now: datetime) -> list[Standing]:
    """Return for each purpose the notice that counts and the last consent of an account."""
    given = stored.of(connection, [account_id])[account_id]
    return [
        Standing(purpose, current(purpose, now), next((each for each in given if each.purpose == purpose), None))
        for purpose in NOTICES
    ]


def give(connection: sa.Connection, account_id: int, purpose: str, version: int, now: datetime, *, by: Actor) -> None:
    """Store that somebody read a notice and consents; nothing happens where that is so already.

    Raises
    ------
    NotFoundError : nobody is asked for this purpose.
    ConflictError : the notice that was read is not the one that counts.
    """
    notice = current(purpose, now)
    if version != notice.version:
        raise ConflictError(f"The notice is at version {notice.version} now; read that one.")
    # Of two at once, one gives it.
    accounts.lock(connection, account_id)
    standing = next(each for each in own(connection, account_id, now) if each.purpose == purpose)
    if standing.is_in_force:
        return
    stored.withdraw(connection, account_id, purpose, now)
    stored.append(connection, account_id, Consent(purpose, version, now))
    audit.record(connection, by.did("consent.given", f"account:{account_id}", purpose=purpose, notice_version=version))


def withdraw(connection: sa.Connection, account_id: int, purpose: str, now: datetime, *, by: Actor) -> None:
    """Withdraw a consent; from now on nothing more is recorded. Raises `NotFoundError` where there is none."""
    if not stored.withdraw(connection, account_id, purpose, now):
        raise NotFoundError(f"There is no consent to withdraw for {purpose[:40]!r}.")
    audit.record(connection, by.did("consent.withdrawn", f"account:{account_id}", purpose=purpose))


def check_tracks(connection: sa.Connection, patrols: gpd.GeoDataFrame) -> None:
    """Refuse patrols whose post was held by somebody without consent for the whole of the shift.

    `patrols` has the columns of `gis.domain.patrols`. Where a substitute held the post too, both have to consent, since
    a track does not say who walked. Rows that the demo made, and posts that nobody with an account held, are about
    nobody and pass. Raises `InvalidInputError` with a fault for each row.
    """
    shifts = [_shift(row) for row in patrols.itertuples() if not row.synthetic]
    holders = stored.holders(connection, {place for shift in shifts for place in shift.places})
    given = stored.of(connection, {account_id for found in holders.values() for account_id in found})
    faults = []
    for shift in shifts:
        held = {account_id for place in shift.places for account_id in holders.get(place, ())}
        if not all(covers(given[account_id], TRACK, shift.since, shift.until) for account_id in held):
            detail = "The holder of this post had not consented to tracks for the whole of the shift."
            faults.append(Fault(f"row {shift.row}", detail))
    if faults:
        refused = "1 track" if len(faults) == 1 else f"{len(faults)} tracks"
        raise InvalidInputError(f"{refused} may not be kept: {faults[0].pointer}: {faults[0].detail}", faults)


@dataclass(frozen=True)
class _Shift:
    row: int
    places: frozenset[tuple[str, date]]
    since: datetime
    until: datetime


def _shift(row: Any) -> _Shift:
    """Return a patrol with the posts that may have walked it.

    A patrol names the code of an area, or that code and the two digits of one of its posts.
    """
    since, until = row.started_at.to_pydatetime(), row.ended_at.to_pydatetime()
    day = since.astimezone(CHINA).date()
    areas = {row.post} | ({row.post[:-2]} if row.post[-2:].isdigit() else set())
    return _Shift(row.Index + 1, frozenset((area, day) for area in areas), since, until)
