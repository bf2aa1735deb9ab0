"""Credentials: passwords, tokens and second factors; what is kept of them gives none of them away.

Passwords by argon2id (RFC 9106, through pwdlib); tokens are 256 random bits, kept as their SHA-256; second factors are
time-based one-time passwords (RFC 6238: SHA-1, 6 digits, 30 seconds, one step of tolerance to either side).
"""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

import pyotp
from pwdlib import PasswordHash

from gis.errors import Fault, InvalidInputError

SHORTEST, LONGEST = 10, 200
STEP_S = 30
AHEAD_STEPS = 3600 // STEP_S
# Without letters and digits that are taken for each other on paper.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
GROUP = 4
CODE_DAYS = 30
ISSUER = "Wangge"


@dataclass(frozen=True)
class Code:
    """An activation code (激活码): sets the password of an account, once; `ends_on` is its last day in the city."""

    text: str
    ends_on: date


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _common() -> frozenset[str]:
    """Return the passwords that people choose most, from the list that zxcvbn ships."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])


def check_password(password: str, *, name: str, telephone: str | None, pointer: str = "/password") -> None:
    """Refuse one that is too short or long, much used, or holds the name or the telephone. Raises `InvalidInputError`.

    Nothing is asked about kinds of letters (NIST SP 800-63B, 3.1.1.2).
    """
    detail = None
    if not SHORTEST <= len(password) <= LONGEST:
        detail = f"A password has {SHORTEST} to {LONGEST} characters."
    elif password.lower() in _common() or len(set(password)) < 4:
        detail = "This password is one of those that are tried first; choose another."
    elif name and name.lower() in password.lower():
        detail = "A password does not hold the name that it is for."
    elif telephone and telephone in "".join(letter for letter in password if letter.isalnum()):
        detail = "A password does not hold the telephone of whom it is for."
    if detail:
        raise InvalidInputError(detail, [Fault(pointer, detail)])


def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher().hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Tell whether a password is the kept one; takes as long where none is kept."""
    if kept is None:
        _hasher().verify(password, _nobody())
        return False
    return _hasher().verify(password, kept)


@cache
def _nobody() -> str:
    return hash_password(secrets.token_urlsafe(16))


def new_token() -> str:
    """Return a new secret of 256 bits for a session or a key."""
    return secrets.token_urlsafe(32)


def new_code(groups: int = 3) -> str:
    """Return a code that people copy from paper, such as ``k7mq-2xhd-9ptc``: 20 bits for each group."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(groups))


def new_activation(today: date) -> Code:
    """Return a new activation code, which works `CODE_DAYS` days after today and no longer."""
    return Code(new_code(), today + timedelta(CODE_DAYS))


def digest(secret: str) -> str:
    """Return what is kept of a token or a code. Random secrets need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def code_digest(code: str) -> str:
    """Return what is kept of a code that people copy from paper.

    It is the same code with or without dashes and spaces, in upper or lower case, in full width or not.
    """
    plain = "".join(letter for letter in unicodedata.normalize("NFKC", code).lower() if letter.isalnum())
    return digest("-".join(plain[start : start + GROUP] for start in range(0, len(plain), GROUP)))


def new_totp_secret() -> str:
    """Return the secret of a new second factor, in base 32."""
    return pyotp.random_base32()


def totp_address(secret: str, name: str) -> str:
    """Return the address (``otpauth://``) that authenticator apps read from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def totp_step(secret: str, code: str, *, now: datetime, used: int) -> int | None:
    """Return the time step that a one-time password belongs to, or None; a step up to `used` is not taken again.

    A `used` more than an hour from now was written by a clock that ran ahead, and would shut its owner out until then.
    """
    present = int(now.timestamp()) // STEP_S
    totp = pyotp.TOTP(secret)
    for step in (present, present - 1, present + 1):
        is_used = step <= used <= present + AHEAD_STEPS
        if not is_used and code.isascii() and secrets.compare_digest(totp.at(step * STEP_S), code):
            return step
    return None
