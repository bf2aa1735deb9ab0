"""ID tokens: what a provider signed about who signed in, and what it must say to be believed.

OpenID Connect Core 1.0, 3.1.3.7; signatures by joserfc. Only signatures by a private key are taken: neither ``none``
nor a MAC, whose key would be the public one.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.jws import JWSRegistry

from gis.domain.identities import Identity, Provider, check_subject
from gis.errors import IdentityRefusedError, InvalidInputError

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
KINDS: Mapping[str, type[RSAKey | ECKey]] = {"RSA": RSAKey, "EC": ECKey}
SHORTEST_RSA_BITS = 2_048
LEEWAY_S = 60
# What providers call it: RFC 8176 for `amr`; REFEDS and Microsoft's policy for `acr`.
MFA_METHODS = frozenset({"mfa"})
MFA_CLASSES = frozenset(
    {"mfa", "https://refeds.org/profile/mfa", "http://schemas.openid.net/pape/policies/2007/06/multi-factor"}
)
_REGISTRY = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)


class UnknownKeyError(IdentityRefusedError):
    """The token was signed with a key that is not among those that are known."""


def keys_of(document: Any) -> KeySet:
    """Return the keys of a JWKS document (RFC 7517) that can sign: RSA of 2,048 bits or more, and elliptic curves.

    What cannot be read, and what is meant for something else, is passed over.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    found = [_key(one) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return KeySet([key for key in found if key is not None])


def verify(token: str, keys: KeySet, provider: Provider, *, nonce: str, now: datetime) -> Identity:
    """Return the identity that an ID token proves.

    Raises
    ------
    UnknownKeyError : the key that it names is not known; the provider may have changed its keys.
    IdentityRefusedError : signature, algorithm, issuer, audience, times or nonce are wrong.
    """
    expected = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_S,
        iss={"essential": True, "value": provider.issuer},
        sub={"essential": True},
        aud={"essential": True, "value": provider.client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        claims = jwt.decode(token, keys, registry=_REGISTRY).claims
        expected.validate(claims)
        subject = check_subject(claims["sub"])
    except InvalidKeyIdError as error:
        raise UnknownKeyError("The identity provider signed with a key that it does not publish.") from error
    except (JoseError, InvalidInputError, ValueError, TypeError, RecursionError) as error:
        raise IdentityRefusedError("The identity provider's token cannot be believed; begin again.") from error
    if not _is_for_us(claims, provider) or not _is_nonce(claims["nonce"], nonce):
        raise IdentityRefusedError("The identity provider's token was made for something else; begin again.")
    return Identity(provider.issuer, subject, has_mfa=_has_mfa(claims))


def _key(one: Mapping[str, Any]) -> RSAKey | ECKey | None:
    kind = KINDS.get(str(one.get("kty")))
    if kind is None or one.get("use", "sig") != "sig":
        return None
    try:
        # Only what is public is read: a provider that publishes more does not make it ours.
        key = kind.import_key({name: value for name, value in one.items() if name not in ("d", "p", "q", "k")})
        bits = key.public_key.key_size
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None if isinstance(key, RSAKey) and bits < SHORTEST_RSA_BITS else key


def _is_for_us(claims: Mapping[str, Any], provider: Provider) -> bool:
    """Tell whether we are the party that the token was issued to, also where it has several audiences."""
    audience = claims["aud"]
    others: Sequence[str] = audience[1:] if isinstance(audience, list) else ()
    authorized = claims.get("azp", None if others else provider.client_id)
    return bool(authorized == provider.client_id)


def _is_nonce(value: object, nonce: str) -> bool:
    return isinstance(value, str) and value.isascii() and hmac.compare_digest(value, nonce)


def _has_mfa(claims: Mapping[str, Any]) -> bool:
    methods, context = claims.get("amr"), claims.get("acr")
    named = {method for method in methods if isinstance(method, str)} if isinstance(methods, list) else set()
    return bool(named & MFA_METHODS) or (isinstance(context, str) and context in MFA_CLASSES)
