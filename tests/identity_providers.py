"""Identity providers to sign in at: one that is as it should be, and a stranger that lies on demand."""

import base64
import hashlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from gis.domain.categories import Name
from gis.domain.identities import Provider
from tests.conftest import free_port

CLIENT_ID, CLIENT_SECRET = "wangge", "not-much-of-a-secret"
NAME = Name("城市统一身份认证", "City sign-on")


def known_as(issuer: str, **more: Any) -> Provider:
    """The settings of a provider at an address."""
    return Provider(issuer, CLIENT_ID, CLIENT_SECRET, NAME, **more)


@contextmanager
def running_provider(*subjects: dict[str, Any]) -> Iterator[str]:
    """Run a provider in a process of its own, with people it knows by their claims; give its issuer."""
    port = free_port()
    people = [option for claims in subjects for option in ("--user-claims", json.dumps(claims))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *people]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    issuer = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"{issuer}/.well-known/openid-configuration").raise_for_status()
                break
            except httpx.TransportError:
                assert process.poll() is None, "the provider ended"
                assert time.monotonic() < deadline, "the provider did not start"
                time.sleep(0.1)
        yield issuer
    finally:
        process.terminate()
        process.wait(timeout=30)


def consent(address: str, subject: str) -> str:
    """Sign in at the provider as a subject; return where it sends the browser back to."""
    answer = httpx.post(address, data={"sub": subject})
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


@dataclass
class Stranger:
    """A provider under a test's hand: a correct one, until one of its fields says otherwise.

    `claims` replace those of the next tokens (None takes one away), `sign` makes the token of claims, `published` is
    what its JWKS says, `said` replaces a whole answer by path: status, headers, body.
    """

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))
    published: list[Any] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    described: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any]], str] | None = None
    said: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    _given: dict[str, dict[str, str]] = field(default_factory=dict)

    def honest(self) -> None:
        """Be a correct provider again."""
        self.published, self.claims, self.described, self.said, self.sign = [self.key], {}, {}, {}, None

    def consent(self, address: str, **more: str) -> str:
        """Give a code to the browser that was sent to `address`; return where it is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self._given)}"
        self._given[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], **more})}"

    def token(self, nonce: str) -> str:
        """Return an ID token as it is signed now."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "sub": "4711", "iat": now, "exp": now + 300, "nonce": nonce}
        said = {name: value for name, value in {**claims, **self.claims}.items() if value is not None}
        return self.sign(said) if self.sign else self.signed(said)

    def signed(self, claims: dict[str, Any], key: RSAKey | None = None) -> str:
        """Sign claims as the provider does, or with another key under the same name."""
        signer = key or self.key
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, signer)

    def exchange(self, headers: Any, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Answer the token endpoint: each code once, for who asked for it and can prove it."""
        asked = self._given.pop(form.get("code", ""), None)
        secret = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        is_ours = (
            asked is not None
            and headers["Authorization"] == f"Basic {secret}"
            and asked["code_challenge_method"] == "S256"
            and asked["code_challenge"] == base64.urlsafe_b64encode(challenge).decode().rstrip("=")
            and asked["redirect_uri"] == form["redirect_uri"]
        )
        if asked is None or not is_ours:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.token(asked["nonce"])}

    def answer(self, path: str, headers: Any, form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of one answer."""
        self.asked.append(path)
        if path in self.said:
            return self.said[path]
        status, told = 200, {}
        if path == "/.well-known/openid-configuration":
            doors = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            told = {"issuer": self.issuer, **{name: f"{self.issuer}/{door}" for name, door in doors.items()}}
            told |= self.described
        elif path == "/keys":
            told = dict(KeySet(self.published).as_dict())
        else:
            status, told = self.exchange(headers, form)
        return status, {"Content-Type": "application/json"}, json.dumps(told).encode()


@contextmanager
def stranger() -> Iterator[Stranger]:
    """Serve a stranger on this machine."""
    who = Stranger()

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
            status, headers, body = who.answer(urlsplit(self.path).path, self.headers, form)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    who.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    who.honest()
    yield who
    server.shutdown()
    thread.join()
    server.server_close()
