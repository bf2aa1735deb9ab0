"""`wangge reporter` and `wangge secrets` as they are typed: a preview first, then done, then told."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from api.cli import app
from gis.db import engine as engines
from gis.domain.staff import EVERYWHERE
from gis.errors import ConflictError, NotFoundError
from gis.files.vault import Vault
from gis.services import contacts, reports, secrets
from gis.services.secrets import Sealed
from gis.settings import Settings
from tests.gis.services.test_contacts import submit
from tests.reporters import CONTACT, TELEPHONE, given

Type = Callable[..., Result]


@pytest.fixture
def typed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Return a function that types a command on the module's town."""
    monkeypatch.setenv("WANGGE_HOME", str(settings.home))
    monkeypatch.setenv("WANGGE_DATABASE_URL", str(settings.database_url))
    monkeypatch.delenv("WANGGE_SECRET_KEY", raising=False)

    def run(*words: str, **options: Any) -> Result:
        result = CliRunner().invoke(app, words, **options)
        if isinstance(result.exception, Exception) and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def sent(town_engine: sa.Engine, settings: Settings) -> UUID:
    with engines.transaction(town_engine, scope=EVERYWHERE) as connection:
        return submit(connection, Vault(settings.keys), given())


def state(engine: sa.Engine, report_id: UUID) -> bool:
    """Return whether a report was erased."""
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        return reports.get(connection, report_id, scope=EVERYWHERE).erased_at is not None


def test_an_export_is_previewed_written_once_and_never_over_a_file(typed: Type, sent: UUID, tmp_path: Path) -> None:
    words = ("reporter", "export", "--report", str(sent), "--reason", "request 17", "-o", str(tmp_path / "r.json"))
    preview = typed(*words)
    assert str(sent) in preview.output
    assert "Nothing was done" in preview.output
    assert not (tmp_path / "r.json").exists()
    assert typed(*words, "--commit").exit_code == 0
    (told,) = json.loads((tmp_path / "r.json").read_text())["reports"]
    assert told["contact"]["telephone"] == TELEPHONE
    assert TELEPHONE not in preview.output
    with pytest.raises(ConflictError):
        typed(*words, "--commit")


def test_an_erasure_finds_all_reports_of_a_telephone_that_no_history_holds(
    typed: Type, sent: UUID, town_engine: sa.Engine
) -> None:
    words = ("reporter", "erase", "--contact", "-", "--reason", "request 17")
    preview = typed(*words, input=f"{TELEPHONE}\n")
    assert str(sent) in preview.output
    assert TELEPHONE not in preview.output
    assert not state(town_engine, sent)
    assert "erased" in typed(*words, "--commit", input=f"{TELEPHONE}\n").output
    assert state(town_engine, sent)
    with pytest.raises(NotFoundError, match="No such report"):
        typed(*words, input=f"{TELEPHONE}\n")


def test_after_a_restore_the_list_is_erased_again(
    typed: Type, sent: UUID, town_engine: sa.Engine, settings: Settings
) -> None:
    typed("reporter", "erase", "--report", str(sent), "--reason", "request 17", "--commit")
    with town_engine.begin() as connection:
        connection.execute(sa.text("update reports set erased_at = null, text = 'back' where id = :id"), {"id": sent})
    again = ("reporter", "erase", "--again", str(settings.erasures), "--reason", "restored on 2026-11-25")
    assert "Nothing was done" in typed(*again).output
    assert "1 reports are erased" in typed(*again, "--commit").output
    assert state(town_engine, sent)


def test_a_change_of_keys_is_previewed_and_then_whole(
    typed: Type, sent: UUID, town_engine: sa.Engine, settings: Settings
) -> None:
    before = Vault(settings.keys).key_ids
    assert "Nothing was changed" in typed("secrets", "rotate").output
    assert Vault(settings.keys).key_ids == before
    done = typed("secrets", "rotate", "--commit")
    vault = Vault(settings.keys)
    assert vault.key_id in done.output
    assert not set(vault.key_ids) & set(before)
    with engines.transaction(town_engine, scope=EVERYWHERE) as connection:
        assert secrets.count(connection, vault).others == 0
        assert contacts.opened(contacts.get(connection, sent, scope=EVERYWHERE), vault) == CONTACT


def test_a_change_of_keys_that_was_interrupted_is_taken_up(
    typed: Type, sent: UUID, town_engine: sa.Engine, settings: Settings
) -> None:
    vault = Vault(settings.keys)
    vault.renew()
    newest = vault.key_id
    assert "under way" in typed("secrets", "rotate").output
    assert "under way" in typed("secrets", "rotate", "--commit").output
    assert Vault(settings.keys).key_ids == (newest,)


def test_keys_of_the_environment_are_changed_there(
    typed: Type, sent: UUID, town_engine: sa.Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = (settings.keys / "secrets.key").read_text().strip()
    monkeypatch.setenv("WANGGE_SECRET_KEY", old)
    assert typed("secrets", "rotate", "--commit").exit_code == 2
    new = typed("secrets", "key").output.strip()
    monkeypatch.setenv("WANGGE_SECRET_KEY", f"{new},{old}")
    assert "take them out" in typed("secrets", "rotate", "--commit").output
    with engines.transaction(town_engine, scope=EVERYWHERE) as connection:
        assert secrets.count(connection, Vault(settings.keys, new)) == Sealed(
            secrets.count(connection, Vault(settings.keys, new)).newest, 0
        )
        assert contacts.opened(contacts.get(connection, sent, scope=EVERYWHERE), Vault(settings.keys, new)) == CONTACT
