"""The identity provider as one process asks it: where its doors are, its keys, and what it says about a code.

What it says is read as that of a stranger: bounded in size and time, no redirect is followed, and nothing waits for it
longer than it must. Its discovery document and keys are kept for an hour; a key that is not among them is looked for
once more, since providers change keys without notice.
"""

import logging
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc.jwk import KeySet

from gis.domain import id_tokens
from gis.domain.id_tokens import UnknownKeyError
from gis.domain.identities import Attempt, Identity, Provider, is_safe_address
from gis.errors import IdentityDeniedError, IdentityProviderUnavailableError, IdentityRefusedError

log = logging.getLogger("wangge.identity")

KEPT_S = 3_600.0
TIMEOUT = httpx2.Timeout(5.0, connect=3.0)
WHOLE_S = 10.0
LIMIT_BYTES = 256 * 1024
# Of the forty threads that answer requests, so many may wait for a provider that does not answer.
AT_ONCE = 8
TURN_S = 1.0
DOORS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
UNAVAILABLE = "The identity provider cannot be reached; sign in with a password."


@dataclass(frozen=True)
class Answer:
    """What the provider sent back with the browser (RFC 6749, 4.1.2; RFC 9207); None where it said nothing."""

    state: str | None = None
    code: str | None = None
    issuer: str | None = None
    error: str | None = None


class IdentityProvider:
    """One process's view of the provider of the settings."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        # The machine's own authorities, where an intranet puts its own; no proxy is taken from the environment.
        self._tls = ssl.create_default_context()
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._doors: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def address(self, attempt: Attempt, redirect_uri: str) -> str:
        """Return the address at the provider where an attempt goes on. Raises `IdentityProviderUnavailableError`."""
        door = self._discovered()["authorization_endpoint"]
        with self._client(redirect_uri) as client:
            address, _ = client.create_authorization_url(
                door, state=attempt.state, code_verifier=attempt.verifier, nonce=attempt.nonce
            )
        return str(address)

    def identify(self, answer: Answer, attempt: Attempt, redirect_uri: str) -> Identity:
        """Return who the provider says has signed in: its code is exchanged for an ID token, and that is verified.

        Raises
        ------
        IdentityDeniedError : the provider says that it signed nobody in.
        IdentityRefusedError : another issuer answers, the code does not hold, or the token is not to be believed.
        IdentityProviderUnavailableError : it cannot be reached, or answers what cannot be read.
        """
        doors = self._discovered()
        is_said = answer.issuer is not None or doors.get("authorization_response_iss_parameter_supported") is True
        if is_said and answer.issuer != self.provider.issuer:
            raise IdentityRefusedError("Another identity provider answered than was asked; begin again.")
        if answer.error is not None:
            raise IdentityDeniedError("The identity provider did not sign you in.")
        if not answer.code:
            raise IdentityRefusedError("The identity provider sent no code; begin again.")
        token = self._exchange(doors, answer.code, attempt, redirect_uri)
        try:
            return self._verify(token, attempt)
        except UnknownKeyError:
            self._keys = None
            return self._verify(token, attempt)

    def _verify(self, token: str, attempt: Attempt) -> Identity:
        keys = self._published()
        return id_tokens.verify(token, keys, self.provider, nonce=attempt.nonce, now=datetime.now(UTC))

    def _exchange(self, doors: dict[str, Any], code: str, attempt: Attempt, redirect_uri: str) -> str:
        methods = doors.get("token_endpoint_auth_methods_supported")
        is_posted = isinstance(methods, list) and "client_secret_basic" not in methods
        try:
            with self._asking(), self._client(redirect_uri) as client:
                client.token_endpoint_auth_method = "client_secret_post" if is_posted else "client_secret_basic"
                said = client.fetch_token(
                    doors["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=attempt.verifier,
                )
                token = said.get("id_token")
        except OAuthError as error:
            raise IdentityRefusedError("The identity provider does not know this code; begin again.") from error
        except (TypeError, OverflowError) as error:
            # authlib counts with `expires_in` whatever it is.
            raise IdentityProviderUnavailableError(UNAVAILABLE) from error
        if not isinstance(token, str):
            raise IdentityRefusedError("The identity provider sent no ID token; begin again.")
        return token

    def _discovered(self) -> dict[str, Any]:
        """Return the provider's description (OpenID Connect Discovery 1.0, 4), of this hour."""
        if self._doors is None or self._doors[0] < time.monotonic():
            found = self._get(f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration")
            is_whole = isinstance(found, dict) and all(is_safe_address(str(found.get(door))) for door in DOORS)
            if not is_whole or found.get("issuer") != self.provider.issuer:
                raise IdentityProviderUnavailableError(UNAVAILABLE)
            self._doors = (time.monotonic() + KEPT_S, found)
        return self._doors[1]

    def _published(self) -> KeySet:
        if self._keys is None or self._keys[0] < time.monotonic():
            keys = id_tokens.keys_of(self._get(self._discovered()["jwks_uri"]))
            self._keys = (time.monotonic() + KEPT_S, keys)
            return keys
        return self._keys[1]

    def _get(self, address: str) -> Any:
        with self._asking(), self._client() as client:
            answer = client.request("GET", address, withhold_token=True)
            answer.raise_for_status()
            return answer.json()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Wait for a turn, and let whatever goes wrong on the way be one thing."""
        if not self._turns.acquire(timeout=TURN_S):
            raise IdentityProviderUnavailableError(UNAVAILABLE)
        try:
            yield
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, RecursionError) as error:
            log.warning("the identity provider cannot be asked: %s: %s", type(error).__name__, error)
            raise IdentityProviderUnavailableError(UNAVAILABLE) from error
        finally:
            self._turns.release()

    def _client(self, redirect_uri: str | None = None) -> OAuth2Client:
        """Return a client of one use: authlib's keeps the token that it was given."""
        return OAuth2Client(
            client_id=self.provider.client_id,
            client_secret=self.provider.client_secret,
            scope=self.provider.scopes,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            transport=_Bounded(self._tls),
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        )


class _Bounded(httpx2.HTTPTransport):
    """The way to the provider: what comes back is plain, of `LIMIT_BYTES` at most, and whole within `WHOLE_S`."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, trust_env=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request."""
        until = time.monotonic() + WHOLE_S
        answer = super().handle_request(request)
        if answer.headers.get("content-encoding", "identity") != "identity":
            answer.close()
            raise httpx2.ReadError("packed, though it was not asked for", request=request)
        assert isinstance(answer.stream, httpx2.SyncByteStream)
        answer.stream = _Counted(answer.stream, until)
        return answer


class _Counted(httpx2.SyncByteStream):
    """A body that ends with an error when it is too long or too slow."""

    def __init__(self, body: httpx2.SyncByteStream, until: float) -> None:
        self._body = body
        self._until = until

    def __iter__(self) -> Iterator[bytes]:
        left = LIMIT_BYTES
        for piece in self._body:
            left -= len(piece)
            if left < 0 or time.monotonic() > self._until:
                raise httpx2.ReadError("too long or too slow")
            yield piece

    def close(self) -> None:
        """Let go of the connection."""
        self._body.close()
