"""Each change of the table of access, asked once as who may, of things made for it."""

import io
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pyotp
import sqlalchemy as sa
from fastapi.testclient import TestClient
from PIL import Image

from api.routes.oidc import CARRIER
from gis.db import accounts as stored
from gis.db import engine as engines
from gis.domain.audit import Actor
from gis.domain.identities import Waiting, to_text
from gis.domain.staff import Grant
from gis.services import accounts
from tests.api.routes.test_register import ASSESSMENT, BREACH
from tests.api.routes.test_reports import body
from tests.conftest import CITY, NUMBERS
from tests.reporters import contact_body, hashed, new_secret
from tests.staff import NOBODY, PASSWORD

WANTED_PASSWORD = "tuohe-river-1906"
VILLAGE = "210304015017"
ISSUER = "https://sso.example/realms/city"
ENTRIES = {"assessments": ASSESSMENT, "breaches": BREACH}


@dataclass(frozen=True)
class Doors:
    """The HTTP door, and who may ask it what."""

    client: TestClient
    engine: sa.Engine
    signed_in: Callable[..., dict[str, str]]

    def role(self, name: str) -> dict[str, str]:
        """Return the headers of a new account with a role in the whole city."""
        return self.signed_in(Grant(name, CITY))

    def account(self, *, kind: str = "person", password: str | None = PASSWORD) -> tuple[str, str]:
        """Add an account; return its name and, without a password, its activation code."""
        name = f"somebody-{next(NUMBERS)}"
        with engines.transaction(self.engine) as connection:
            code = accounts.add(connection, name, password=password, kind=kind, by=Actor("tester"))
        return name, code.text if code else ""

    def session(self) -> dict[str, str]:
        """Sign in as a new account; return its headers."""
        name, _ = self.account()
        answer = self.client.post("/session", json={"name": name, "password": PASSWORD}, headers=NOBODY)
        self.client.cookies.clear()
        return {"Authorization": f"Bearer {answer.cookies['wangge']}"}

    def ask(self, method: str, path: str, **asked: Any) -> httpx.Response:
        """Ask, and forget the cookie that may come of it."""
        answer = self.client.request(method, path, **asked)
        self.client.cookies.clear()
        return answer


Asked = dict[str, Any]
Change = Callable[[Doors], Asked]


def picture() -> bytes:
    """Return a photo that nobody sent before."""
    out = io.BytesIO()
    Image.frombytes("RGB", (8, 8), secrets.token_bytes(3 * 8 * 8)).save(out, "PNG")
    return out.getvalue()


def _report(doors: Doors) -> Asked:
    return {"json": body(), "headers": doors.role("dispatcher")}


def _report_of_nobody(doors: Doors) -> Asked:
    return {"json": body(), "headers": NOBODY}


def _photo(doors: Doors) -> Asked:
    return {"content": picture(), "headers": doors.role("dispatcher")}


def _new_account(doors: Doors) -> Asked:
    return {"json": {"name": f"new-{next(NUMBERS)}"}, "headers": doors.role("administrator")}


def _changed_account(change: str) -> Change:
    def prepare(doors: Doors) -> Asked:
        name, _ = doors.account()
        grant = {"role": "worker", "area": VILLAGE}
        headers = doors.role("administrator")
        if change == "take":
            doors.client.post(f"/accounts/{name}/give", json=grant, headers=headers)
        sent = {"json": grant} if change in ("give", "take") else {}
        return {"path": f"/accounts/{name}/{change}", "headers": headers, **sent}

    return prepare


def _new_key(doors: Doors) -> Asked:
    name, _ = doors.account(kind="system")
    return {"path": f"/accounts/{name}/keys", "json": {}, "headers": doors.role("administrator")}


def _ended_key(doors: Doors) -> Asked:
    asked = _new_key(doors)
    path, headers = asked["path"], asked["headers"]
    made = doors.client.post(path, json={}, headers=headers).json()
    return {"path": f"{path}/{made['id']}", "headers": headers}


def _sign_in(password: str) -> Change:
    return lambda doors: {"json": {"name": doors.account()[0], "password": password}, "headers": NOBODY}


def _sign_in_of_nobody(doors: Doors) -> Asked:
    return {"json": {"name": f"nobody-{next(NUMBERS)}", "password": PASSWORD}, "headers": NOBODY}


def _activation(doors: Doors) -> Asked:
    return {"json": {"code": doors.account(password=None)[1], "password": PASSWORD}, "headers": NOBODY}


def _password(doors: Doors) -> Asked:
    return {"json": {"present": PASSWORD, "wanted": WANTED_PASSWORD}, "headers": doors.session()}


def _second_factor(doors: Doors) -> Asked:
    headers = doors.session()
    begun = doors.client.get("/session/second-factor", headers=headers).json()
    code = pyotp.TOTP(pyotp.parse_uri(begun["address"]).secret).now()
    return {"json": {"sealed": begun["sealed"], "code": code}, "headers": headers}


def _linked(doors: Doors) -> tuple[str, dict[str, str]]:
    """Link an identity to a new account; return where that is, and an administrator's headers."""
    path, headers = f"/identities/{doors.account()[0]}", doors.role("administrator")
    answer = doors.client.put(path, json={"subject": f"subject-{next(NUMBERS)}"}, headers=headers)
    assert answer.status_code == 204, answer.text
    return path, headers


def _identity(doors: Doors) -> Asked:
    subject = {"subject": f"subject-{next(NUMBERS)}"}
    return {"path": f"/identities/{doors.account()[0]}", "json": subject, "headers": doors.role("administrator")}


def _no_identity(doors: Doors) -> Asked:
    path, headers = _linked(doors)
    return {"path": path, "headers": headers}


def _wrong_code(doors: Doors) -> Asked:
    """What a browser carries for an identity whose account still owes a code, and a code that is none."""
    subject = f"subject-{next(NUMBERS)}"
    name, _ = doors.account()
    doors.client.put(f"/identities/{name}", json={"subject": subject}, headers=doors.role("administrator"))
    vault = doors.client.app.state.vault  # type: ignore[attr-defined]
    with engines.transaction(doors.engine) as connection:
        account = accounts.get(connection, name)
        stored.change(connection, account.id, totp_secret=vault.seal(pyotp.random_base32()))
    waiting = vault.seal(to_text(Waiting(ISSUER, subject, "/")))
    return {"json": {"code": "000000"}, "headers": {**NOBODY, "Cookie": f"{CARRIER}={waiting}"}}


def _wrong_proof(doors: Doors) -> Asked:
    return {"json": {"password": "another-one"}, "headers": doors.session()}


def _followed(**asked: Any) -> Change:
    """Send a report with a contact, and ask with the secret that follows it."""

    def prepare(doors: Doors) -> Asked:
        secret = new_secret()
        _report_with_contact(doors, secret)
        return {"headers": {"Authorization": f"Follow {secret}"}, **asked}

    return prepare


def _consent(doors: Doors) -> Asked:
    return {"json": {"purpose": "track", "version": 1}, "headers": doors.session()}


def _no_consent(doors: Doors) -> Asked:
    given = _consent(doors)
    doors.client.post("/consents", **given)
    return {"path": "/consents/track", "headers": given["headers"]}


def _entered(kind: str) -> Change:
    return lambda doors: {"json": ENTRIES[kind], "headers": doors.role("administrator")}


def _corrected(kind: str) -> Change:
    def prepare(doors: Doors) -> Asked:
        given = _entered(kind)(doors)
        number = doors.client.post(f"/register/{kind}", **given).json()["id"]
        return {"path": f"/register/{kind}/{number}", "headers": given["headers"], "json": ENTRIES[kind]}

    return prepare


def _report_with_contact(doors: Doors, secret: str) -> str:
    sent = body(contact=contact_body(), follow_sha256=hashed(secret))
    assert doors.client.post("/reports", json=sent, headers=NOBODY).status_code == 201
    return str(sent["id"])


def _unmasked(doors: Doors) -> Asked:
    path = f"/reports/{_report_with_contact(doors, new_secret())}/contact/unmask"
    return {"path": path, "json": {"reason": "回访"}, "headers": doors.role("clerk")}


def _corrected_decision(doors: Doors) -> Asked:
    sent = body()
    assert doors.client.post("/reports", json=sent, headers=NOBODY).status_code == 201
    told = {"grid": f"{VILLAGE}102011", "reason": "核对门牌后更正"}
    return {"path": f"/reports/{sent['id']}/decision", "json": told, "headers": doors.role("dispatcher")}


# Grids of one village, each for one post.
LEAVES = iter(
    [*(f"{VILLAGE}101{number:03d}" for number in range(1, 14)), *(f"{VILLAGE}102{n:03d}" for n in range(1, 12))]
)


def _appointment(doors: Doors) -> Asked:
    return {"json": {"area": next(LEAVES), "person": doors.account()[0]}, "headers": doors.role("dispatcher")}


def _changed_post(change: str) -> Change:
    def prepare(doors: Doors) -> Asked:
        asked = _appointment(doors)
        post = doors.client.post("/posts", **asked).json()
        needed = {
            "substitute": {"person": doors.account()[0], "last_on": post["from_on"]},
            "hand-over": {"person": doors.account()[0]},
            "transfer": {"area": next(LEAVES) if change == "transfer" else None},
            "end": {"note": "leaves"},
            "confirm": {},
        }[change]
        return {"path": f"/posts/{post['id']}/{change}", "json": needed, "headers": asked["headers"]}

    return prepare


def _roster(doors: Doors) -> Asked:
    content = f"name,area\nroster-{next(NUMBERS)},{next(LEAVES)}\n".encode()
    return {"path": "/rosters?commit=true", "content": content, "headers": doors.role("administrator")}


# Every route that changes anything: what it is asked, once for each kind of change.
CHANGES: dict[tuple[str, str], list[Change]] = {
    ("POST", "/reports"): [_report, _report_of_nobody],
    ("PUT", "/photos"): [_photo],
    ("POST", "/reports/{id}/decision"): [_corrected_decision],
    ("POST", "/reports/{id}/contact/unmask"): [_unmasked],
    ("PUT", "/follow/contact"): [_followed(json=contact_body())],
    ("DELETE", "/follow/contact"): [_followed()],
    ("POST", "/follow/erasure"): [_followed()],
    ("POST", "/posts"): [_appointment],
    ("POST", "/posts/{id}/substitute"): [_changed_post("substitute")],
    ("POST", "/posts/{id}/{change}"): [_changed_post(one) for one in ("end", "hand-over", "transfer", "confirm")],
    ("POST", "/rosters"): [_roster],
    ("POST", "/accounts"): [_new_account],
    ("POST", "/accounts/{name}/keys"): [_new_key],
    ("DELETE", "/accounts/{name}/keys/{number}"): [_ended_key],
    ("POST", "/accounts/{name}/{change}"): [
        _changed_account(change) for change in ("disable", "enable", "reset", "give", "take")
    ],
    ("POST", "/consents"): [_consent],
    ("DELETE", "/consents/{purpose}"): [_no_consent],
    ("POST", "/register/assessments"): [_entered("assessments")],
    ("PUT", "/register/assessments/{number}"): [_corrected("assessments")],
    ("POST", "/register/breaches"): [_entered("breaches")],
    ("PUT", "/register/breaches/{number}"): [_corrected("breaches")],
    ("POST", "/session"): [_sign_in(PASSWORD), _sign_in("another-one"), _sign_in_of_nobody],
    ("DELETE", "/session"): [lambda doors: {"headers": doors.session()}],
    ("POST", "/session/activation"): [_activation],
    ("POST", "/session/password"): [_password],
    ("POST", "/session/second-factor"): [_second_factor],
    ("PUT", "/identities/{name}"): [_identity],
    ("DELETE", "/identities/{name}"): [_no_identity],
    # What follows a right one is in the tests of identities, which have a provider to ask.
    ("POST", "/session/oidc/code"): [_wrong_code],
    ("POST", "/session/oidc/link"): [_wrong_proof],
    ("POST", "/audit/verification"): [lambda doors: {"headers": doors.role("auditor")}],
}
# Asked with a body, since what it asks for is long; nothing changes.
QUESTIONS = {("POST", "/route")}
