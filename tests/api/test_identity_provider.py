"""Every way to cheat on a sign-in by an identity provider, and a provider that cannot be read."""

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from api.callers import COOKIE
from api.identity_provider import IdentityProvider
from api.routes.oidc import CARRIER
from gis.db import engine as engines
from gis.db import identities as links
from gis.db.tables import sign_in_failures
from gis.domain.audit import Actor
from gis.files.vault import NAME as KEY_FILE
from gis.services import accounts, identities
from gis.settings import Settings
from tests.api.providers import PAGE, come_back, fresh, opened, to_provider, who
from tests.identity_providers import Stranger, known_as, stranger

BY = Actor("tester")


@pytest.fixture(scope="module")
def liar() -> Iterator[Stranger]:
    """A provider under the test's hand."""
    with stranger() as who:
        yield who


@pytest.fixture(scope="module")
def lied_to(settings: Settings, liar: Stranger) -> Iterator[TestClient]:
    """The door of an installation that trusts the stranger."""
    with opened(replace(settings, identity_provider=known_as(liar.issuer))) as client:
        yield client


@pytest.fixture
def victim(lied_to: TestClient, liar: Stranger, town_engine: sa.Engine) -> Iterator[TestClient]:
    """A browser at that door, which knows nothing of the stranger yet; the account is linked to subject 4711."""
    with engines.transaction(town_engine) as connection:
        if links.find(connection, liar.issuer, "4711") is None:
            accounts.add(connection, "linked-to-4711", by=BY)
            identities.link(connection, "linked-to-4711", liar.issuer, "4711", by=BY)
    lied_to.app.state.identity_provider = IdentityProvider(known_as(liar.issuer))  # type: ignore[attr-defined]
    liar.honest()
    yield fresh(lied_to, town_engine)
    liar.honest()


def refused(browser: TestClient, address: str, reason: str = "refused") -> None:
    """Nobody comes in with this answer of the provider."""
    ended = come_back(browser, address)
    assert ended.headers["Location"] == f"/sign-in?oidc={reason}"
    assert COOKIE not in browser.cookies
    assert who(browser) is None


def test_a_stranger_that_does_all_as_it_should_is_believed(victim: TestClient, liar: Stranger) -> None:
    ended = come_back(victim, liar.consent(to_provider(victim), session_state="names that nobody knows are no matter"))
    assert ended.headers["Location"] == "/"
    assert who(victim) == "linked-to-4711"
    assert not victim.cookies[COOKIE].startswith("4711")


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of-another-attempt"},
        {"nonce": None},
        {"nonce": ["a"]},
        {"aud": "another-client"},
        {"aud": ["wangge", "another-client"]},
        {"aud": ["wangge", "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"aud": None},
        {"iss": "https://another.example"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": None},
        {"nbf": 99_999_999_999},
        {"sub": None},
        {"sub": ""},
        {"sub": 4711},
        {"sub": "4711\n"},
        {"sub": "4" * 300},
    ],
    ids=str,
)
def test_a_token_that_says_something_else_lets_nobody_in(
    victim: TestClient, liar: Stranger, claims: dict[str, Any]
) -> None:
    liar.claims = claims
    refused(victim, liar.consent(to_provider(victim)))


def test_a_token_of_several_audiences_names_us_as_the_party_it_is_for(victim: TestClient, liar: Stranger) -> None:
    liar.claims = {"aud": ["another-client", "wangge"], "azp": "wangge"}
    come_back(victim, liar.consent(to_provider(victim)))
    assert who(victim) == "linked-to-4711"


def _unsigned(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "none"}, claims, OctKey.import_key("x" * 32), algorithms=["none"])


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_token_without_a_signature_or_with_the_wrong_one_lets_nobody_in(victim: TestClient, liar: Stranger) -> None:
    public = liar.key.as_pem(private=False)
    other = RSAKey.generate_key(2048)

    def mac(claims: dict[str, Any]) -> str:
        """Sign with the public key as if it were a shared secret."""
        parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "kid": liar.key.kid}, claims)]
        said = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
        code = base64.urlsafe_b64encode(hmac.digest(public, said, "sha256")).rstrip(b"=")
        return (said + b"." + code).decode()

    def altered(claims: dict[str, Any]) -> str:
        head, _, signature = liar.signed(claims).split(".")
        forged = liar.signed({**claims, "sub": "4711", "name": "x"}).split(".")[1]
        return f"{head}.{forged}.{signature}"

    def own_key(claims: dict[str, Any]) -> str:
        """Bring the key along in the header."""
        header = {"alg": "RS256", "jwk": other.as_dict(private=False), "kid": liar.key.kid}
        return jwt.encode(header, claims, other)

    ways: list[Callable[[dict[str, Any]], str]] = [
        _unsigned,
        mac,
        altered,
        own_key,
        lambda claims: liar.signed(claims, other),
        lambda claims: liar.signed(claims)[:-8],
        lambda claims: "no.token.at-all",
        lambda claims: "",
    ]
    for way in ways:
        liar.sign = way
        refused(victim, liar.consent(to_provider(victim)))


def test_a_changed_key_is_looked_for_once(victim: TestClient, liar: Stranger) -> None:
    come_back(victim, liar.consent(to_provider(victim)))
    victim.cookies.clear()
    liar.key = RSAKey.generate_key(2048, auto_kid=True)
    liar.published = [liar.key]
    liar.asked.clear()
    come_back(victim, liar.consent(to_provider(victim)))
    assert who(victim) == "linked-to-4711"
    assert liar.asked.count("/keys") == 1
    victim.cookies.clear()
    liar.key = RSAKey.generate_key(2048, auto_kid=True)  # and does not publish it
    liar.asked.clear()
    refused(victim, liar.consent(to_provider(victim)))
    assert liar.asked.count("/keys") == 1


def test_an_answer_is_taken_once(victim: TestClient, liar: Stranger) -> None:
    address = liar.consent(to_provider(victim))
    carried = victim.cookies[CARRIER]
    assert come_back(victim, address).headers["Location"] == "/"
    victim.cookies.clear()
    refused(victim, address)
    victim.cookies.set(CARRIER, carried, path="/session/oidc")
    liar.asked.clear()
    refused(victim, address)
    assert liar.asked == []  # it is refused before the provider is asked


def test_an_answer_to_another_browser_is_refused(victim: TestClient, liar: Stranger) -> None:
    address = liar.consent(to_provider(victim))
    victim.cookies.clear()
    refused(victim, address)
    to_provider(victim)
    refused(victim, address)


def test_a_code_of_another_sign_in_does_not_pass_for_this_one(victim: TestClient, liar: Stranger) -> None:
    stolen = parse_qs(urlsplit(liar.consent(to_provider(victim))).query)["code"][0]
    victim.cookies.clear()
    state = parse_qs(urlsplit(to_provider(victim)).query)["state"][0]
    refused(victim, f"/session/oidc/callback?code={stolen}&state={state}")


def test_a_code_is_exchanged_once(victim: TestClient, liar: Stranger) -> None:
    address = liar.consent(to_provider(victim))
    code = parse_qs(urlsplit(address).query)["code"][0]
    come_back(victim, address)
    victim.cookies.clear()
    state = parse_qs(urlsplit(to_provider(victim)).query)["state"][0]
    refused(victim, f"/session/oidc/callback?code={code}&state={state}")


def test_what_was_carried_for_more_than_ten_minutes_is_refused(
    victim: TestClient, liar: Stranger, settings: Settings
) -> None:
    address = liar.consent(to_provider(victim))
    fernet = Fernet((settings.keys / KEY_FILE).read_text())
    text = fernet.decrypt(victim.cookies[CARRIER].encode())
    victim.cookies.clear()
    old = fernet.encrypt_at_time(text, int(time.time()) - 700).decode()
    victim.cookies.set(CARRIER, old, path="/session/oidc")
    refused(victim, address)


def test_an_answer_of_another_issuer_is_refused_before_the_code_is_sent(victim: TestClient, liar: Stranger) -> None:
    liar.asked.clear()
    refused(victim, liar.consent(to_provider(victim), iss="https://another.example"))
    assert "/token" not in liar.asked
    come_back(victim, liar.consent(to_provider(victim), iss=liar.issuer))
    assert who(victim) == "linked-to-4711"


def test_a_provider_that_names_itself_in_its_answers_is_missed_where_it_does_not(
    victim: TestClient, liar: Stranger
) -> None:
    liar.described = {"authorization_response_iss_parameter_supported": True}
    refused(victim, liar.consent(to_provider(victim)))


@pytest.mark.parametrize("extra", ["&state=x", "&code=y", "&code=" + "y" * 5_000])
def test_an_answer_that_reads_two_ways_is_refused(victim: TestClient, liar: Stranger, extra: str) -> None:
    refused(victim, liar.consent(to_provider(victim)) + extra)


def test_an_answer_without_anything_is_refused(victim: TestClient) -> None:
    assert victim.get("/session/oidc/callback").headers["X-Sign-In"] == "refused"
    to_provider(victim)
    refused(victim, "/session/oidc/callback?state=&code=")


BAD = [
    (500, {}, b"broken"),
    (200, {}, b"<html>"),
    (200, {}, b"[]"),
    (200, {}, b"[" * 100_000),
    (200, {}, b'{"issuer": "' + b"x" * 1_000_000 + b'"}'),
    (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b"),
    (302, {"Location": "http://127.0.0.1:9/"}, b""),
]


@pytest.mark.parametrize("said", BAD, ids=["500", "page", "list", "deep", "huge", "packed", "elsewhere"])
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
def test_a_provider_that_cannot_be_read_is_told_as_such(
    victim: TestClient, liar: Stranger, path: str, said: tuple[int, dict[str, str], bytes]
) -> None:
    if path.startswith("/."):
        liar.said = {path: said}
        answer = victim.get("/session/oidc?back=/report", headers=PAGE)
        assert answer.headers["Location"] == "/sign-in?oidc=unreachable&back=%2Freport"
        return
    address = liar.consent(to_provider(victim))
    liar.said = {path: said}
    # A list without keys can be read; there is no key in it.
    refused(victim, address, "refused" if (path, said[2]) == ("/keys", b"[]") else "unreachable")


@pytest.mark.parametrize("lasts", ["soon", [1], 1e999], ids=str)
def test_how_long_a_token_lasts_may_be_nonsense(victim: TestClient, liar: Stranger, lasts: object) -> None:
    address = liar.consent(to_provider(victim))
    body = json.dumps({"access_token": "x", "token_type": "Bearer", "expires_in": lasts}).encode()
    liar.said = {"/token": (200, {}, body)}
    refused(victim, address, "unreachable")


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://another.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
    ],
    ids=str,
)
def test_a_description_that_leads_astray_is_not_followed(
    victim: TestClient, liar: Stranger, described: dict[str, Any]
) -> None:
    liar.described = described
    answer = victim.get("/session/oidc", headers=PAGE)
    assert answer.headers["Location"] == "/sign-in?oidc=unreachable"


def test_after_a_hundred_failures_from_an_address_nothing_is_tried(
    victim: TestClient, liar: Stranger, town_engine: sa.Engine
) -> None:
    with engines.transaction(town_engine) as connection:
        for _ in range(100):
            identities.fail(connection, "testclient")
    refused(victim, liar.consent(to_provider(victim)), "often")


def test_what_a_browser_did_not_begin_counts_for_nothing_and_what_it_began_does(
    victim: TestClient, liar: Stranger, town_engine: sa.Engine
) -> None:
    def counted() -> int:
        with town_engine.connect() as connection:
            return int(connection.scalar(sa.select(sa.func.count()).select_from(sign_in_failures)) or 0)

    for _ in range(3):
        victim.get("/session/oidc/callback?state=x&code=y", headers={"Sec-Fetch-Site": "cross-site"})
    assert counted() == 0
    liar.claims = {"sub": "nobody-knows"}
    refused(victim, liar.consent(to_provider(victim)), "unknown")
    assert counted() == 1


def test_behind_a_proxy_the_public_address_is_named(settings: Settings, liar: Stranger) -> None:
    liar.honest()
    public = replace(settings, identity_provider=known_as(liar.issuer), public_url="https://wangge.example")
    with opened(public) as client:
        begun = client.get("/session/oidc", headers=PAGE)
    asked = parse_qs(urlsplit(begun.headers["Location"]).query)
    assert asked["redirect_uri"] == ["https://wangge.example/session/oidc/callback"]
    assert "Secure" in begun.headers["Set-Cookie"]
