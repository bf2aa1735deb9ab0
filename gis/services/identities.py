"""Identities: sign in who a provider (统一身份认证) knows, where it is linked to an account; none is made by itself."""

from contextlib import suppress
from datetime import timedelta

import sqlalchemy as sa

from gis.db import accounts as stored
from gis.db import identities as kept
from gis.db import sessions as open_sessions
from gis.db.accounts import Account
from gis.db.identities import Link
from gis.domain import credentials
from gis.domain import identities as rules
from gis.domain.audit import Actor
from gis.domain.identities import Attempt, Identity, Provider, Waiting
from gis.domain.staff import NOBODY, Caller
from gis.errors import (
    ConflictError,
    IdentityRefusedError,
    IdentityUnknownError,
    InvalidInputError,
    NotFoundError,
    NotSignedInError,
    StorageUnavailableError,
    TooOftenError,
)
from gis.files.vault import Vault
from gis.services import accounts, audit, sessions
from gis.services.sessions import TRIES_WITHIN, Opened, Refused

CARRIED = timedelta(minutes=10)


def begin(vault: Vault, back: str, *, account_id: int | None = None) -> tuple[Attempt, str]:
    """Return a new attempt to sign in, or to link an account, and what the browser carries of it, sealed."""
    attempt = rules.new_attempt(back, account_id)
    return attempt, vault.seal(rules.to_text(attempt))


def resume(connection: sa.Connection, vault: Vault, sealed: str, state: str, *, address: str) -> Attempt:
    """Return the attempt that a browser carries and a provider answers; it is used up by this.

    Raises
    ------
    IdentityRefusedError : it is not ours, too old, of another state, or was used already.
    TooOftenError : too many sign-ins from this address failed lately.
    """
    attempt = rules.from_text(_unsealed(vault, sealed), Attempt)
    state_hash = credentials.digest(state)
    if credentials.digest(attempt.state) != state_hash:
        raise IdentityRefusedError("This answer belongs to a sign-in that was begun elsewhere; begin again.")
    if sessions.is_throttled(connection, [attempt.state], address):
        wait_s = int(TRIES_WITHIN.total_seconds())
        raise TooOftenError("Too many sign-ins failed; wait ten minutes.", retry_after_s=wait_s)
    if not kept.use_attempt(connection, state_hash):
        raise IdentityRefusedError("This sign-in was brought to an end already; begin again.")
    return attempt


def enter(
    connection: sa.Connection, identity: Identity, provider: Provider, *, back: str, address: str, vault: Vault
) -> Opened | str:
    """Open a session for a proven identity; where a code of the second factor is owed, return what to carry, sealed.

    A second factor of the provider's own stands for ours only where `Provider.trusts_mfa` says so.
    Raises `IdentityUnknownError` where no account that may sign in is linked.
    """
    account = _linked(connection, identity.issuer, identity.subject)
    is_proven = provider.trusts_mfa and identity.has_mfa
    if account.totp_secret is not None and not is_proven:
        return vault.seal(rules.to_text(Waiting(identity.issuer, identity.subject, back)))
    return _opened(connection, account, identity.issuer, address, is_proven=is_proven)


def confirm(connection: sa.Connection, sealed: str, code: str, *, address: str, vault: Vault) -> Opened | Refused:
    """Open the session that waits for the code of a second factor, or say why not; a failure is stored.

    Raises `IdentityRefusedError` for what is not ours or too old, `IdentityUnknownError` as `enter` does.
    """
    waiting = rules.from_text(_unsealed(vault, sealed), Waiting)
    account = _linked(connection, waiting.issuer, waiting.subject)
    # One after the other, since the account is held: each counts those before.
    if sessions.is_throttled(connection, sessions.names_of(account), address):
        return Refused("often")
    if not sessions.takes_code(connection, account, code, vault):
        return sessions.failed(connection, account.name, address, account)
    return _opened(connection, account, waiting.issuer, address)


def fail(connection: sa.Connection, address: str) -> None:
    """Store that a sign-in by a provider failed; it counts for the address alone, since it names nobody."""
    sessions.failed(connection, credentials.new_token(), address)


def link_own(
    connection: sa.Connection, attempt: Attempt, identity: Identity, token: str | None, *, address: str
) -> None:
    """Link a proven identity to the account that began the attempt and still is who asks, by the token of its session.

    Raises `IdentityRefusedError` when somebody else asks now, or nobody; `ConflictError` as `link` does.
    """
    account = stored.lock(connection, attempt.account_id) if attempt.account_id is not None else None
    caller = NOBODY
    # The provider may have taken its time, and the session may have ended.
    with suppress(NotSignedInError):
        caller = sessions.caller_of(connection, token)[0] if token else NOBODY
    if account is None or account.id != caller.account_id or not caller.is_whole:
        raise IdentityRefusedError("Somebody else has signed in meanwhile, or nobody; begin again.")
    _link(connection, account, identity.issuer, identity.subject, by=sessions.actor_of(caller, address))


def link(connection: sa.Connection, name: str, issuer: str, subject: str, *, by: Actor) -> None:
    """Let an identity sign an account in.

    Raises
    ------
    NotFoundError : there is no such account.
    InvalidInputError : the account is a system's, or no provider gives such a subject.
    ConflictError : the identity signs another account in, or another identity of this issuer this account.
    """
    account = accounts.hold(connection, name)
    if account.kind != "person":
        raise InvalidInputError(f"{name} is a system's account; systems have keys.")
    _link(connection, account, issuer, rules.check_subject(subject), by=by)


def unlink(connection: sa.Connection, name: str, issuer: str | None = None, *, by: Actor) -> None:
    """Let no identity, or none of an issuer, sign an account in any more; its sessions end. Raises `NotFoundError`."""
    account = accounts.hold(connection, name)
    if not kept.remove(connection, account.id, issuer):
        raise NotFoundError(f"No identity signs {account.name} in.")
    open_sessions.end_all(connection, account.id)
    audit.record(connection, by.did("identity.unlinked", f"account:{account.id}", name=account.name))


def own(connection: sa.Connection, caller: Caller, issuer: str) -> Link | None:
    """Return the identity of an issuer that signs the caller in, or None."""
    links = kept.of_accounts(connection, [caller.account_id])[caller.account_id] if caller.account_id else ()
    return next((one for one in links if one.issuer == issuer), None)


def _link(connection: sa.Connection, account: Account, issuer: str, subject: str, *, by: Actor) -> None:
    present = kept.find(connection, issuer, subject)
    if present is not None and present.account_id == account.id:
        return
    if not kept.append(connection, issuer, subject, account.id):
        raise ConflictError(
            "This identity signs another account in, or another identity this account; unlink it first."
        )
    audit.record(connection, by.did("identity.linked", f"account:{account.id}", name=account.name, issuer=issuer))


def _linked(connection: sa.Connection, issuer: str, subject: str) -> Account:
    """Return the account of an identity, held. Raises `IdentityUnknownError` where it may not sign in."""
    present = kept.find(connection, issuer, subject)
    account = stored.lock(connection, present.account_id) if present else None
    # A reset that was waited for took the link away.
    is_linked = account is not None and kept.find(connection, issuer, subject) == present
    if account is None or not is_linked or account.disabled_at is not None or account.kind != "person":
        raise IdentityUnknownError("No account here is linked to this identity; an administrator can link it.")
    return account


def _opened(
    connection: sa.Connection, account: Account, issuer: str, address: str, *, is_proven: bool = False
) -> Opened:
    opened = sessions.open_for(connection, account, is_proven=is_proven)
    actor = sessions.actor_of(opened.caller, address)
    audit.record(connection, actor.did("session.opened", f"account:{account.id}", method="oidc", issuer=issuer))
    return opened


def _unsealed(vault: Vault, sealed: str) -> str:
    try:
        return vault.open(sealed, within=CARRIED)
    except StorageUnavailableError as error:
        raise IdentityRefusedError(
            "This sign-in was not begun in this browser, or too long ago; begin again."
        ) from error
