"""Identities: who somebody is at an identity provider (统一身份认证, OpenID Connect), and what a sign-in there needs.

An identity is the pair of issuer and subject and nothing else: names and addresses of a provider change hands, so none
of them ever finds an account.
"""

import json
import secrets
from dataclasses import asdict, dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from gis.domain.categories import Name
from gis.errors import Fault, IdentityRefusedError, InvalidInputError

SUBJECT_LENGTH = 255
BACK_LENGTH = 2_000
LOCAL = frozenset({"localhost", "127.0.0.1"})
# Pages that only make sense on the way in; nobody is sent back to them.
ON_THE_WAY = ("/sign-in", "/session")


@dataclass(frozen=True)
class Provider:
    """The identity provider that this installation trusts to say who somebody is.

    Attributes
    ----------
    issuer : its address, exactly as its tokens say it.
    client_id, client_secret : what it calls us, and what proves that it is we.
    name : what the button to sign in says.
    scopes : what it is asked for; ``openid`` is enough, since only the subject is read.
    trusts_mfa : whether a second factor that it says it asked for stands for ours.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: Name
    scopes: str = "openid"
    trusts_mfa: bool = False


@dataclass(frozen=True)
class Identity:
    """Who somebody is at a provider, as an ID token proved; `has_mfa` when it says that a second factor was asked."""

    issuer: str
    subject: str
    has_mfa: bool = False


@dataclass(frozen=True)
class Attempt:
    """A sign-in under way; the browser carries it, sealed.

    Attributes
    ----------
    state, nonce, verifier : secrets of this attempt alone, for the way back, the token and the code (PKCE, RFC 7636).
    back : path of this host where the reader came from.
    account_id : account that wants to be linked; None to sign in.
    """

    state: str
    nonce: str
    verifier: str
    back: str = "/"
    account_id: int | None = None


@dataclass(frozen=True)
class Waiting:
    """A proven identity whose account still owes the code of its second factor; the browser carries it, sealed."""

    issuer: str
    subject: str
    back: str


Carried = TypeVar("Carried", Attempt, Waiting)


def new_attempt(back: str, account_id: int | None = None) -> Attempt:
    """Return a new attempt with secrets of 256 bits; see `way_back` for `back`."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Attempt(state, nonce, verifier, way_back(back), account_id)


def to_text(carried: Attempt | Waiting) -> str:
    """Return what a browser carries as text, to be sealed."""
    return json.dumps({"kind": type(carried).__name__, **asdict(carried)})


def from_text(text: str, kind: type[Carried]) -> Carried:
    """Return what `to_text` wrote; raises `IdentityRefusedError` for anything else, another kind included."""
    try:
        values = json.loads(text)
        if values.pop("kind") != kind.__name__:
            raise ValueError("another kind")
        return kind(**values)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise IdentityRefusedError("This sign-in was not begun here; begin again.") from error


def way_back(wanted: str) -> str:
    """Return a path of this host to go back to: the wanted one, or ``/`` when it could lead anywhere else.

    Browsers read a backslash as a slash and drop tabs and line breaks, so none of these is let through.
    """
    if not wanted.startswith("/") or wanted.startswith("//") or len(wanted) > BACK_LENGTH:
        return "/"
    if "\\" in wanted or not all(letter.isprintable() for letter in wanted):
        return "/"
    return "/" if urlsplit(wanted).path.startswith(ON_THE_WAY) else wanted


def check_subject(subject: str, pointer: str = "/subject") -> str:
    """Return a subject as it is kept; raises `InvalidInputError` for one that no provider gives."""
    if not (0 < len(subject) <= SUBJECT_LENGTH and subject.isprintable() and subject == subject.strip()):
        detail = f"A subject is the `sub` of the provider: 1 to {SUBJECT_LENGTH} characters."
        raise InvalidInputError(detail, [Fault(pointer, detail)])
    return subject


def is_safe_address(address: str) -> bool:
    """Tell whether secrets may be sent to an address: by https, or by http to this very machine."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    is_plain = bool(host) and not parts.username and not parts.fragment and address.isascii() and address.isprintable()
    return is_plain and (parts.scheme == "https" or (parts.scheme == "http" and host in LOCAL))
