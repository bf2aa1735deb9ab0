"""Keys of systems: make one, list those that hold, end one."""

from datetime import timedelta

import sqlalchemy as sa

from gis.db import keys as stored
from gis.db.accounts import Account
from gis.db.keys import Key
from gis.domain import credentials
from gis.domain.audit import Actor
from gis.errors import Fault, InvalidInputError, NotFoundError
from gis.services import accounts, audit

MARK = "wgk_"
DAYS, LONGEST_DAYS = 365, 730
PER_MINUTE, MOST_PER_MINUTE = 600, 100_000


def issue(
    connection: sa.Connection, name: str, *, days: int = DAYS, per_minute: int = PER_MINUTE, by: Actor
) -> tuple[str, Key]:
    """Return a new key of a system's account, told once and kept as its hash, and what is known of it.

    Raises `NotFoundError`, and `InvalidInputError` for a person's account, days or requests that cannot be.
    """
    account = _system(connection, name)
    faults = [
        Fault(pointer, f"This is a number from 1 to {most:,}.")
        for pointer, value, most in (("/days", days, LONGEST_DAYS), ("/per_minute", per_minute, MOST_PER_MINUTE))
        if not 1 <= value <= most
    ]
    if faults:
        detail = f"A key holds 1 to {LONGEST_DAYS} days, for 1 to {MOST_PER_MINUTE:,} requests a minute."
        raise InvalidInputError(detail, faults)
    secret = MARK + credentials.new_token()
    lifetime = timedelta(days=days)
    key = stored.append(connection, credentials.digest(secret), account.id, lifetime=lifetime, per_minute=per_minute)
    told = {"name": account.name, "number": key.id, "days": days, "per_minute": per_minute}
    audit.record(connection, by.did("key.issued", f"account:{account.id}", **told))
    return secret, key


def held(connection: sa.Connection, name: str) -> list[Key]:
    """Return the keys of a system's account that hold, oldest first. Raises as `issue` does."""
    return stored.of_account(connection, _system(connection, name).id)


def end(connection: sa.Connection, name: str, number: int, *, by: Actor) -> None:
    """End a key at once. Raises as `issue` does, and `NotFoundError` for a key that does not hold."""
    account = _system(connection, name)
    if not stored.end(connection, account.id, number):
        raise NotFoundError(f"{account.name} has no key {number} that holds.")
    audit.record(connection, by.did("key.ended", f"account:{account.id}", name=account.name, number=number))


def _system(connection: sa.Connection, name: str) -> Account:
    account = accounts.get(connection, name)
    if account.kind != "system":
        raise InvalidInputError(f"{account.name} is a person's account; keys are for systems.")
    return account
