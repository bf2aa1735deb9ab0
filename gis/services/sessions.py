"""Sessions: sign in, with a second factor where one is due, and tell who asks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from gis.db import accounts as stored
from gis.db import identities, keys, plans
from gis.db import sessions as kept
from gis.db.accounts import Account
from gis.domain import credentials
from gis.domain.audit import UNNAMED, Actor
from gis.domain.networks import sender
from gis.domain.staff import NOBODY, SECOND_FACTOR_ROLES, Caller, normalized_name
from gis.errors import ConflictError, Fault, InvalidInputError, NotSignedInError, StorageUnavailableError
from gis.files.vault import Vault
from gis.services import accounts, audit
from gis.services.keys import MARK

LIFETIME = timedelta(days=7)
IDLE = timedelta(days=1)
TRIES, TRIES_WITHIN = 10, timedelta(minutes=10)
TRIES_FROM_ADDRESS = 100
FAILURES_KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class Refused:
    """A sign-in that failed: `reason` is ``wrong``, ``code`` (a second factor is asked for) or ``often``."""

    reason: str


@dataclass(frozen=True)
class Opened:
    """A new session: the token that is told once, and who it is."""

    token: str
    caller: Caller
    lifetime: timedelta = LIFETIME


def sign_in(
    connection: sa.Connection, name: str, password: str, code: str | None, *, address: str, vault: Vault
) -> Opened | Refused:
    """Open a session for a name (or telephone) and a password, or say why not; a failure is stored either way.

    It takes as long for a name that does not exist. After `TRIES` failures for a name or `TRIES_FROM_ADDRESS` from an
    address within ten minutes nothing is tried. A name and a telephone of one account are counted together, but who
    types one is told ``often`` for that one alone, and does not learn that the other belongs to it. A role that needs a
    second factor and has none yet gets a session that is not whole: it can only set one up.
    """
    account = prove(connection, name, password, code, address=address, vault=vault)
    if isinstance(account, Refused):
        return account
    opened = open_for(connection, account)
    did = actor_of(opened.caller, address).did("session.opened", f"account:{account.id}", method="password")
    audit.record(connection, did)
    return opened


def prove(
    connection: sa.Connection, name: str, password: str, code: str | None, *, address: str, vault: Vault
) -> Account | Refused:
    """Return the account that a name, a password and a code prove, held, or why not; see `sign_in`."""
    name = normalized_name(name)
    found = _proven(connection, stored.named(connection, name), name, password, address)
    if isinstance(found, Refused) or found.totp_secret is None:
        return found
    if not code:
        return Refused("code")
    return found if takes_code(connection, found, code, vault) else failed(connection, name, address, found)


def is_throttled(connection: sa.Connection, names: Collection[str], address: str) -> bool:
    """Tell whether so many sign-ins failed lately, for these names or from an address, that nothing is tried."""
    hashes = [credentials.digest(name) for name in names]
    by_name, by_address = kept.failures(connection, hashes, sender(address), within=TRIES_WITHIN)
    return by_name >= TRIES or by_address >= TRIES_FROM_ADDRESS


def names_of(account: Account) -> list[str]:
    """Return what an account signs in with."""
    return [account.name, *([account.telephone] if account.telephone else [])]


def failed(connection: sa.Connection, name: str, address: str, account: Account | None = None) -> Refused:
    """Store that a sign-in failed. What was typed as a name may be a password, so the audit log has the account alone.

    It is recorded for names without an account too, since one row more or less can be told by the clock.
    """
    kept.fail(connection, credentials.digest(name), sender(address))
    subject = f"account:{account.id}" if account else "account:none"
    audit.record(connection, Actor("", address=address).did("session.refused", subject))
    return Refused("wrong")


def takes_code(connection: sa.Connection, account: Account, code: str, vault: Vault) -> bool:
    """Tell whether a code is that of the second factor of an account, which is held; it is used up by it."""
    secret = vault.open(account.totp_secret or "")
    step = credentials.totp_step(secret, code.strip(), now=plans.clock(connection), used=account.totp_counter)
    if step is None:
        return False
    stored.change(connection, account.id, totp_counter=step)
    return True


def open_for(connection: sa.Connection, account: Account, *, is_proven: bool = False) -> Opened:
    """Open a session for who has proven to be an account, which is held so that its roles are those of now.

    `is_proven` where a second factor was asked elsewhere.
    """
    grants = stored.grants_of(connection, [account.id])[account.id]
    is_due = account.totp_secret is None and any(grant.role in SECOND_FACTOR_ROLES for grant in grants)
    token, is_whole = credentials.new_token(), is_proven or not is_due
    kept.append(connection, credentials.digest(token), account.id, lifetime=LIFETIME, is_whole=is_whole)
    return Opened(token, Caller(account.id, account.name, grants, is_whole=is_whole))


def caller_of(connection: sa.Connection, token: str) -> tuple[Caller, int | None]:
    """Return who a token or key stands for, and how many requests a minute it may make (None: no such limit).

    Raises `NotSignedInError` for one that is not known, has ended, or belongs to a disabled account.
    """
    digest = credentials.digest(token)
    is_key = token.startswith(MARK)
    found = keys.find(connection, digest) if is_key else kept.find(connection, digest, idle=IDLE)
    if found is None:
        raise NotSignedInError("This session or key has ended; sign in again.")
    grants = stored.grants_of(connection, [found.account_id])[found.account_id]
    return Caller(found.account_id, found.name, grants, found.is_whole), found.per_minute


def sign_out(connection: sa.Connection, token: str, *, by: Actor) -> None:
    """End the session of a token; one that has ended already is no matter."""
    if kept.end(connection, credentials.digest(token)):
        audit.record(connection, by.did("session.closed", f"account:{by.id}"))


def change_password(
    connection: sa.Connection, caller: Caller, present: str, wanted: str, *, address: str = ""
) -> Opened | Refused:
    """Set a new password; all sessions end, and a new one is returned, or why not; a failure counts as of a sign-in.

    Raises `InvalidInputError` for a password that cannot be.
    """
    account = _account(connection, caller)
    found = _proven(connection, account, account.name, present, address)
    if isinstance(found, Refused):
        return found
    credentials.check_password(wanted, name=account.name, telephone=account.telephone, pointer="/wanted")
    stored.change(connection, account.id, password_hash=credentials.hash_password(wanted))
    kept.end_all(connection, account.id)
    opened = open_for(connection, found)
    audit.record(
        connection,
        actor_of(caller, address).did("account.password_changed", f"account:{account.id}", name=account.name),
    )
    return opened


def begin_second_factor(connection: sa.Connection, caller: Caller, vault: Vault) -> tuple[str, str]:
    """Return a new secret, sealed for `confirm_second_factor`, and the address that authenticator apps read.

    Raises `ConflictError` where a second factor is set up already; an administrator resets it.
    """
    account = _account(connection, caller)
    if account.totp_secret is not None:
        raise ConflictError("A second factor is set up already.")
    secret = credentials.new_totp_secret()
    return vault.seal(f"{account.id}:{secret}"), credentials.totp_address(secret, account.name)


def confirm_second_factor(
    connection: sa.Connection,
    caller: Caller,
    sealed: str,
    code: str,
    *,
    token: str,
    vault: Vault,
    address: str = "",
) -> None:
    """Set up the second factor that a code of it proves; the session becomes whole.

    Raises `InvalidInputError` when the code does not belong to it, `ConflictError` where one is set up already, and
    `NotSignedInError` where the session ended meanwhile.
    """
    account = stored.lock(connection, _account(connection, caller).id)
    if account.totp_secret is not None:
        raise ConflictError("A second factor is set up already.")
    try:
        owner, _, secret = vault.open(sealed).partition(":")
    except StorageUnavailableError as error:
        detail = "This is not what was handed out to be confirmed; begin again."
        raise InvalidInputError(detail, [Fault("/sealed", detail)]) from error
    step = credentials.totp_step(secret, code, now=plans.clock(connection), used=0)
    if owner != str(account.id) or step is None:
        raise InvalidInputError("This code does not belong to the second factor; is the clock right?")
    kept_secret = vault.seal(secret)
    stored.change(connection, account.id, totp_secret=kept_secret, totp_counter=step)
    # A change of keys may have ended while this waited for it; from here on none can end before commit.
    if not vault.is_newest(kept_secret):
        stored.change(connection, account.id, totp_secret=vault.seal(secret))
    if not kept.complete(connection, credentials.digest(token)):
        raise NotSignedInError("Sign in first.")
    audit.record(
        connection,
        actor_of(caller, address).did("account.second_factor_set", f"account:{account.id}", name=account.name),
    )


def actor_of(caller: Caller, address: str) -> Actor:
    """Return a caller as the audit log names who did something; of who has not signed in it keeps no address."""
    if caller.account_id is None:
        return UNNAMED
    return Actor(caller.name, ", ".join(sorted(caller.roles)) or None, caller.account_id, address)


def forget(connection: sa.Connection) -> int:
    """Remove what has ended: sessions, keys, failures and attempts of an hour ago; return how many sessions went."""
    identities.forget_attempts(connection, after=FAILURES_KEPT)
    keys.forget(connection)
    return kept.forget(connection, failures_after=FAILURES_KEPT)


def _proven(
    connection: sa.Connection, account: Account | None, typed: str, password: str, address: str
) -> Account | Refused:
    """Return an account, held, when the password is its own, or why not; one try at a time is judged."""
    if not kept.take_turn(connection, credentials.digest(typed)) or is_throttled(connection, [typed], address):
        return Refused("often")
    # Asked without an account too, so that the clock tells nothing of it.
    names = names_of(account) if account else [typed]
    is_free = kept.take_turn(connection, credentials.digest(names[0])) and not is_throttled(connection, names, address)
    is_open = account is not None and account.kind == "person" and account.disabled_at is None
    password_hash = account.password_hash if account and is_open and is_free else None
    is_right = credentials.is_password(password, password_hash)
    found = accounts.held(connection, account) if account and is_right else None
    return found or failed(connection, typed, address, account)


def _account(connection: sa.Connection, caller: Caller) -> Account:
    account = None if caller is NOBODY or caller.account_id is None else stored.find(connection, caller.account_id)
    if account is None:
        raise NotSignedInError("Sign in first.")
    return account
