"""What is changed of an account while somebody proves to be it counts: the proof is looked at again under a lock."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa

from gis.db import engine as engines
from gis.domain.identities import Identity, Waiting, new_attempt, to_text
from gis.domain.staff import EVERYWHERE, Caller, Grant
from gis.errors import IdentityRefusedError, IdentityUnknownError, NotFoundError, NotSignedInError
from gis.files.vault import Vault
from gis.services import accounts, identities, secrets, sessions
from gis.services.sessions import Opened, Refused
from tests.conftest import CITY, NUMBERS
from tests.locks import during
from tests.staff import BY, PASSWORD

ADDRESS, ISSUER, OTHER = "10.0.0.7", "https://provider.example", "another-river-1905"
ADMINISTRATOR = Grant("administrator", CITY)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


@pytest.fixture
def name(town_engine: sa.Engine) -> str:
    made = f"somebody-{next(NUMBERS)}"
    with engines.transaction(town_engine) as connection:
        accounts.add(connection, made, password=PASSWORD, by=BY)
    return made


def sign_in(connection: sa.Connection, name: str, vault: Vault, password: str = PASSWORD) -> Opened:
    opened = sessions.sign_in(connection, name, password, None, address=ADDRESS, vault=vault)
    assert isinstance(opened, Opened)
    return opened


def test_a_sign_in_during_a_reset_opens_nothing(town_engine: sa.Engine, name: str, vault: Vault) -> None:
    def entering(connection: sa.Connection) -> Any:
        return sessions.sign_in(connection, name, PASSWORD, None, address=ADDRESS, vault=vault)

    with during(town_engine, lambda connection: accounts.reset(connection, name, by=BY), entering) as asked:
        assert asked.result(timeout=20) == Refused("wrong")


def test_a_sign_in_while_an_account_is_disabled_leaves_no_session_for_when_it_is_enabled(
    town_engine: sa.Engine, name: str, vault: Vault
) -> None:
    def entering(connection: sa.Connection) -> Any:
        return sessions.sign_in(connection, name, PASSWORD, None, address=ADDRESS, vault=vault)

    with during(town_engine, lambda connection: accounts.disable(connection, name, by=BY), entering) as asked:
        assert asked.result(timeout=20) == Refused("wrong")


def test_a_sign_in_while_the_administrators_role_is_given_is_not_whole(
    town_engine: sa.Engine, name: str, vault: Vault
) -> None:
    def giving(connection: sa.Connection) -> None:
        accounts.give(connection, name, ADMINISTRATOR, by=BY)

    with during(town_engine, giving, lambda connection: sign_in(connection, name, vault)) as asked:
        caller: Caller = asked.result(timeout=20).caller
    assert caller.roles == {"administrator"}
    assert not caller.is_whole


def test_a_role_that_is_given_during_a_sign_in_ends_its_session(
    town_engine: sa.Engine, name: str, vault: Vault
) -> None:
    opened: list[Opened] = []

    def giving(connection: sa.Connection) -> None:
        accounts.give(connection, name, ADMINISTRATOR, by=BY)

    with during(town_engine, lambda connection: opened.append(sign_in(connection, name, vault)), giving) as asked:
        asked.result(timeout=20)
    with pytest.raises(NotSignedInError), engines.transaction(town_engine) as connection:
        sessions.caller_of(connection, opened[0].token)


def test_a_password_that_is_changed_during_a_reset_is_not_set(town_engine: sa.Engine, name: str, vault: Vault) -> None:
    with engines.transaction(town_engine) as connection:
        caller = sign_in(connection, name, vault).caller

    def changing(connection: sa.Connection) -> Any:
        return sessions.change_password(connection, caller, PASSWORD, OTHER)

    with during(town_engine, lambda connection: accounts.reset(connection, name, by=BY), changing) as asked:
        assert asked.result(timeout=20) == Refused("wrong")


def test_a_code_from_before_a_reset_activates_nothing_during_it(town_engine: sa.Engine, name: str) -> None:
    with engines.transaction(town_engine) as connection:
        old = accounts.reset(connection, name, by=BY).text
    fresh: list[str] = []
    with (
        during(
            town_engine,
            lambda connection: fresh.append(accounts.reset(connection, name, by=BY).text),
            lambda connection: accounts.activate(connection, old, OTHER),
        ) as asked,
        pytest.raises(NotFoundError),
    ):
        asked.result(timeout=20)
    with engines.transaction(town_engine) as connection:
        assert accounts.activate(connection, fresh[0], PASSWORD) == name


def test_of_two_who_activate_at_once_one_does(town_engine: sa.Engine, name: str, vault: Vault) -> None:
    with engines.transaction(town_engine) as connection:
        code = accounts.reset(connection, name, by=BY).text
    with (
        during(
            town_engine,
            lambda connection: accounts.activate(connection, code, PASSWORD),
            lambda connection: accounts.activate(connection, code, OTHER),
        ) as asked,
        pytest.raises(NotFoundError),
    ):
        asked.result(timeout=20)
    with engines.transaction(town_engine) as connection:
        sign_in(connection, name, vault)


def test_a_second_factor_that_is_confirmed_while_keys_change_is_sealed_with_the_key_that_stays(
    engine: sa.Engine, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engines.transaction(engine) as connection:
        accounts.add(connection, "somebody", password=PASSWORD, by=BY)
        opened = sign_in(connection, "somebody", vault)
        sealed, address = sessions.begin_second_factor(connection, opened.caller, vault)
    secret = pyotp.parse_uri(address).secret
    is_sealed, may_go_on, seal = threading.Event(), threading.Event(), vault.seal

    def held_back(text: str) -> str:
        made = seal(text)
        if not is_sealed.is_set():
            is_sealed.set()
            assert may_go_on.wait(20)
        return made

    def confirmed() -> None:
        with engines.transaction(engine) as connection:
            code = pyotp.TOTP(secret).now()
            sessions.confirm_second_factor(connection, opened.caller, sealed, code, token=opened.token, vault=vault)

    monkeypatch.setattr(vault, "seal", held_back)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(confirmed)
        assert is_sealed.wait(20)
        vault.renew()
        with engines.transaction(engine, scope=EVERYWHERE) as connection:
            assert secrets.finish(connection, vault, keep_old=False, by=BY)
        may_go_on.set()
        asked.result(timeout=20)
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        assert secrets.locked(connection, vault) == 0
        assert vault.open(accounts.get(connection, "somebody").totp_secret or "") == secret


def test_a_second_factor_that_is_confirmed_during_a_reset_is_not_set(
    town_engine: sa.Engine, name: str, vault: Vault
) -> None:
    with engines.transaction(town_engine) as connection:
        opened = sign_in(connection, name, vault)
        sealed, address = sessions.begin_second_factor(connection, opened.caller, vault)
    code = pyotp.TOTP(pyotp.parse_uri(address).secret).now()

    def confirming(connection: sa.Connection) -> None:
        sessions.confirm_second_factor(connection, opened.caller, sealed, code, token=opened.token, vault=vault)

    with (
        during(town_engine, lambda connection: accounts.reset(connection, name, by=BY), confirming) as asked,
        pytest.raises(NotSignedInError),
    ):
        asked.result(timeout=20)
    with engines.transaction(town_engine) as connection:
        assert accounts.get(connection, name).totp_secret is None


def test_an_identity_is_not_linked_when_the_account_was_reset_while_the_provider_was_asked(
    town_engine: sa.Engine, name: str, vault: Vault
) -> None:
    with engines.transaction(town_engine) as connection:
        opened = sign_in(connection, name, vault)
    attempt, identity = new_attempt("/", opened.caller.account_id), Identity(ISSUER, f"subject-of-{name}")

    def linking(connection: sa.Connection) -> None:
        identities.link_own(connection, attempt, identity, opened.token, address=ADDRESS)

    with (
        during(town_engine, lambda connection: accounts.reset(connection, name, by=BY), linking) as asked,
        pytest.raises(IdentityRefusedError),
    ):
        asked.result(timeout=20)


def test_who_comes_by_the_provider_during_a_reset_is_linked_to_nobody(
    town_engine: sa.Engine, name: str, vault: Vault
) -> None:
    subject = f"subject-of-{name}"
    with engines.transaction(town_engine) as connection:
        identities.link(connection, name, ISSUER, subject, by=BY)
    carried = vault.seal(to_text(Waiting(ISSUER, subject, "/")))

    def entering(connection: sa.Connection) -> Any:
        return identities.confirm(connection, carried, "000000", address=ADDRESS, vault=vault)

    with (
        during(town_engine, lambda connection: accounts.reset(connection, name, by=BY), entering) as asked,
        pytest.raises(IdentityUnknownError),
    ):
        asked.result(timeout=20)


def test_of_codes_at_once_after_the_provider_no_more_are_judged_than_one_after_the_other(
    town_engine: sa.Engine, name: str, vault: Vault
) -> None:
    subject = f"subject-of-{name}"
    with engines.transaction(town_engine) as connection:
        identities.link(connection, name, ISSUER, subject, by=BY)
        secret = vault.seal(pyotp.random_base32())
        accounts.stored.change(connection, accounts.get(connection, name).id, totp_secret=secret)
    carried = vault.seal(to_text(Waiting(ISSUER, subject, "/")))

    def tried(_: int) -> Any:
        with engines.transaction(town_engine) as connection:
            return identities.confirm(connection, carried, "no code", address=ADDRESS, vault=vault)

    with ThreadPoolExecutor(15) as pool:
        judged = list(pool.map(tried, range(40)))
    assert judged.count(Refused("wrong")) == 10
    assert judged.count(Refused("often")) == 30
