"""Registers that the law asks for: impact assessments (个人信息保护影响评估) and breaches (泄露事件).

Sources: PIPL art. 55 and 56 (assess before sensitive data are processed, keep it three years), art. 57 (breaches: what,
causes, harm, measures, whom was told). Rows are added and corrected; what a correction changed stands in the audit log.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from gis.db import register as stored
from gis.domain.audit import Actor
from gis.errors import Fault, InvalidInputError, NotFoundError
from gis.services import audit

TEXT_LENGTH = 4_000
NAMES = {"assessments": "assessment", "breaches": "breach"}


@dataclass(frozen=True)
class Assessment:
    """What an impact assessment found (art. 56): all of it is said, on the day it was made."""

    title: str
    processing: str
    purpose: str
    ground: str
    risks: str
    measures: str
    conclusion: str
    assessed_on: date


@dataclass(frozen=True)
class Breach:
    """What is known of a breach (art. 57). `notified` says who was told; with it goes the instant, and only with it."""

    title: str
    found_at: datetime
    categories: str
    causes: str
    harm: str
    measures: str
    notified: str = ""
    notified_at: datetime | None = None


def add(connection: sa.Connection, kind: str, said: Assessment | Breach, now: datetime, *, by: Actor) -> int:
    """Add a row to a register, ``assessments`` or ``breaches``, and return its id. Raises `InvalidInputError`."""
    values = _checked(said, now)
    id = stored.append(connection, kind, values)
    audit.record(connection, by.did(f"{NAMES[kind]}.added", f"{NAMES[kind]}:{id}", **_told(values)))
    return id


def correct(
    connection: sa.Connection, kind: str, id: int, said: Assessment | Breach, now: datetime, *, by: Actor
) -> None:
    """Correct a row of a register; what it said before is kept in the audit log.

    Raises `InvalidInputError`, and `NotFoundError` where there is no such row.
    """
    values = _checked(said, now)
    before = stored.change(connection, kind, id, values)
    if before is None:
        raise NotFoundError(f"There is no {NAMES[kind]} {id}.")
    changed = [name for name, value in values.items() if before[name] != value]
    entry = by.did(f"{NAMES[kind]}.corrected", f"{NAMES[kind]}:{id}", **_told({name: values[name] for name in changed}))
    audit.record(connection, replace(entry, before=_told({name: before[name] for name in changed})))


def page(connection: sa.Connection, kind: str, *, before: int | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """Return at most `limit` rows of a register, newest first; `before` is the id to go on from."""
    return stored.before(connection, kind, before, limit=limit)


def _checked(said: Assessment | Breach, now: datetime) -> dict[str, Any]:
    values = {name: value.strip() if isinstance(value, str) else value for name, value in asdict(said).items()}
    faults = [
        Fault(f"/{name}", f"This takes 1 to {TEXT_LENGTH} characters.")
        for name, value in values.items()
        if isinstance(value, str) and not (name == "notified" or value)
    ]
    for name, value in values.items():
        if isinstance(value, str) and len(value) > TEXT_LENGTH:
            faults.append(Fault(f"/{name}", f"This takes at most {TEXT_LENGTH} characters."))
    faults += _clock_faults(said, now)
    if faults:
        raise InvalidInputError(faults[0].detail, faults)
    return values


def _clock_faults(said: Assessment | Breach, now: datetime) -> list[Fault]:
    late = "This lies in the future."
    if isinstance(said, Assessment):
        # Somewhere it is tomorrow already.
        return [Fault("/assessed_on", late)] if (said.assessed_on - now.date()).days > 1 else []
    faults = [
        Fault(f"/{name}", late)
        for name, at in (("found_at", said.found_at), ("notified_at", said.notified_at))
        if at is not None and at > now
    ]
    if bool(said.notified.strip()) != (said.notified_at is not None):
        faults.append(Fault("/notified_at", "Say both who was told and when, or neither."))
    return faults


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, str) or value is None else value.isoformat() for name, value in values.items()
    }
