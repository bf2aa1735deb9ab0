"""Accounts: add, activate and disable them, give and take roles."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gis.db import accounts as stored
from gis.db import identities, keys, posts, sessions, vacancies
from gis.db.accounts import Account
from gis.domain import credentials
from gis.domain.audit import Actor
from gis.domain.credentials import Code
from gis.domain.staff import (
    NAME_LENGTH,
    Grant,
    account_name,
    check_apart,
    check_grant,
    check_kind,
    check_telephone,
    normalized_name,
)
from gis.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from gis.services import audit

UNKNOWN_CODE = "This activation code is not known, or was used."


@dataclass(frozen=True)
class Listed:
    """An account as it is listed, with the roles that hold today; those in `given` were not only got by a post."""

    id: int
    name: str
    kind: str
    grants: tuple[Grant, ...]
    given: frozenset[Grant]
    is_active: bool
    is_disabled: bool
    has_second_factor: bool
    is_linked: bool
    created_at: datetime


def add(
    connection: sa.Connection,
    name: str,
    *,
    grants: tuple[Grant, ...] = (),
    telephone: str | None = None,
    password: str | None = None,
    kind: str = "person",
    synthetic: bool = False,
    by: Actor,
) -> Code | None:
    """Add an account with its roles; return its activation code, or None where a password is set at once.

    Who does it (`by`) is recorded in the audit log, here and in every change below.

    Raises
    ------
    InvalidInputError : the name, telephone, password, a role or an area cannot be.
    ConflictError : the name or the telephone is taken.
    """
    name = account_name(name)
    if telephone is not None:
        check_telephone(telephone)
    for number, grant in enumerate(grants):
        _check_grant(connection, grant)
        check_kind(grant.role, kind)
        check_apart(grant.role, [other.role for other in grants[:number]], pointer="/role")
    code = None
    values: dict[str, Any] = {"telephone": telephone, "kind": kind, "synthetic": synthetic}
    if password is not None:
        credentials.check_password(password, name=name, telephone=telephone)
        values["password_hash"] = credentials.hash_password(password)
    elif kind == "person":
        code = credentials.new_activation(posts.today(connection))
        values |= _kept(code)
    account_id = stored.append(connection, name, **values)
    if account_id is None:
        raise ConflictError(f"An account {name!r}, or one with this telephone, is there already.")
    for grant in grants:
        stored.grant(connection, account_id, grant.role, grant.area)
    roles = [f"{grant.role} in {grant.area}" for grant in grants]
    audit.record(connection, by.did("account.added", f"account:{account_id}", name=name, kind=kind, roles=roles))
    return code


def activate(connection: sa.Connection, code: str, password: str, *, address: str = "") -> str:
    """Set the first password of an account, or a new one after a reset; return its name. The code is then used up.

    Raises `NotFoundError` for a code that is not known or has ended, `InvalidInputError` for a password that cannot be.
    """
    account = stored.activating(connection, credentials.code_digest(code))
    if account is None or account.disabled_at is not None:
        raise NotFoundError(UNKNOWN_CODE)
    if account.activation_ends_on and account.activation_ends_on < posts.today(connection):
        detail = (
            f"This activation code ended after {account.activation_ends_on}; ask an administrator to reset the account."
        )
        raise NotFoundError(detail)
    credentials.check_password(password, name=account.name, telephone=account.telephone)
    kept = credentials.hash_password(password)
    if held(connection, account) is None:
        raise NotFoundError(UNKNOWN_CODE)
    stored.change(connection, account.id, password_hash=kept, **_kept(None))
    sessions.end_all(connection, account.id)
    own = Actor(account.name, id=account.id, address=address)
    audit.record(connection, own.did("account.activated", f"account:{account.id}", name=account.name))
    return account.name


def reset(connection: sa.Connection, name: str, *, by: Actor) -> Code:
    """Take password, second factor, identities and sessions from an account; return the code to activate it again."""
    account = hold(connection, name)
    code = credentials.new_activation(posts.today(connection))
    stored.change(connection, account.id, password_hash=None, totp_secret=None, totp_counter=0, **_kept(code))
    # Whoever took the account over may have linked an identity of their own.
    identities.remove(connection, account.id)
    sessions.end_all(connection, account.id)
    audit.record(connection, by.did("account.reset", f"account:{account.id}", name=account.name))
    return code


def disable(connection: sa.Connection, name: str, *, by: Actor) -> None:
    """Disable an account: its sessions and keys end at once.

    Raises `NotFoundError`, and `ConflictError` for one's own: the last administrator would lock the city out.
    """
    account = hold(connection, name)
    if by.id == account.id:
        raise ConflictError("Nobody disables their own account; ask another administrator, or use the terminal.")
    stored.change(connection, account.id, disabled_at=sa.func.now())
    sessions.end_all(connection, account.id)
    keys.end_all(connection, account.id)
    audit.record(connection, by.did("account.disabled", f"account:{account.id}", name=account.name))


def enable(connection: sa.Connection, name: str, *, by: Actor) -> None:
    """Let a disabled account sign in again. Raises `NotFoundError`."""
    account = hold(connection, name)
    stored.change(connection, account.id, disabled_at=None)
    audit.record(connection, by.did("account.enabled", f"account:{account.id}", name=account.name))


def give(connection: sa.Connection, name: str, grant: Grant, *, by: Actor) -> None:
    """Give a role in an area from today on; the account signs in anew.

    Raises `NotFoundError`, and `InvalidInputError` for an area that is not in force today, or a role that is apart from
    those that the account has.
    """
    _check_grant(connection, grant)
    # A post that is being appointed meanwhile counts too.
    posts.hold(connection)
    account = hold(connection, name)
    check_kind(grant.role, account.kind)
    check_apart(grant.role, stored.roles_of(connection, account.id), pointer="/role")
    stored.grant(connection, account.id, grant.role, grant.area)
    sessions.end_all(connection, account.id)
    audit.record(
        connection, by.did("role.given", f"account:{account.id}", name=account.name, role=grant.role, area=grant.area)
    )


def take(connection: sa.Connection, name: str, grant: Grant, *, by: Actor) -> None:
    """End a role in an area; the account signs in anew.

    Raises `NotFoundError` when it was not given, `ConflictError` for the administrator's role of one's own account.
    """
    account = hold(connection, name)
    if by.id == account.id and grant.role == "administrator":
        detail = (
            "Nobody takes the administrator's role from themselves; ask another administrator, or use the terminal."
        )
        raise ConflictError(detail)
    if not stored.revoke(connection, account.id, grant.role, grant.area):
        raise NotFoundError(f"{name} is no {grant.role} in {grant.area} today.")
    sessions.end_all(connection, account.id)
    audit.record(
        connection, by.did("role.taken", f"account:{account.id}", name=account.name, role=grant.role, area=grant.area)
    )


def get(connection: sa.Connection, name: str) -> Account:
    """Return the account of a name or telephone. Raises `NotFoundError`."""
    account = stored.named(connection, normalized_name(name))
    if account is None:
        raise NotFoundError(f"There is no account {name[:NAME_LENGTH]!r}.")
    return account


def hold(connection: sa.Connection, name: str) -> Account:
    """Return the account of a name or telephone, which nobody else changes or signs in until the transaction ends.

    Raises `NotFoundError`.
    """
    return stored.lock(connection, get(connection, name).id)


def held(connection: sa.Connection, account: Account) -> Account | None:
    """Return an account as it is now, held as by `hold`; None where what was proven of it does not count any more.

    To prove a password takes so long that the account may be reset, disabled or activated meanwhile.
    """
    now = stored.lock(connection, account.id)
    return now if _proof(now) == _proof(account) else None


def page(connection: sa.Connection, *, after: str = "", limit: int = 100, name: str | None = None) -> list[Listed]:
    """Return at most `limit` accounts with names above `after`, by name, with today's roles."""
    beginning = None if name is None else normalized_name(name)
    found = stored.listed(connection, after=after, limit=limit, name=beginning)
    ids = [account.id for account in found]
    held, given = stored.grants_of(connection, ids), stored.given_to(connection, ids)
    links = identities.of_accounts(connection, ids)
    return [
        Listed(
            account.id,
            account.name,
            account.kind,
            held[account.id],
            given[account.id],
            account.kind == "system" or account.password_hash is not None,
            account.disabled_at is not None,
            account.totp_secret is not None,
            bool(links[account.id]),
            account.created_at,
        )
        for account in found
    ]


def _check_grant(connection: sa.Connection, grant: Grant) -> None:
    """Refuse what `check_grant` does, and an area that is not in force today. Raises `InvalidInputError`."""
    check_grant(grant.role, grant.area)
    if not vacancies.is_in_force(connection, grant.area, posts.today(connection)):
        detail = f"There is no division, zone, level-2 grid or grid {grant.area} in force today."
        raise InvalidInputError(detail, [Fault("/area", detail)])


def _proof(account: Account) -> tuple[object, ...]:
    return account.password_hash, account.activation_hash, account.disabled_at


def _kept(code: Code | None) -> dict[str, Any]:
    """Return what an account keeps of its activation code."""
    if code is None:
        return {"activation_hash": None, "activation_ends_on": None}
    return {"activation_hash": credentials.code_digest(code.text), "activation_ends_on": code.ends_on}
