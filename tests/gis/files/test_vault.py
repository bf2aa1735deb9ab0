"""The vault: the newest key seals, all open, and a change of keys reaches every process."""

import stat
from pathlib import Path

import pytest

from gis.errors import ConflictError, StorageUnavailableError
from gis.files.vault import NAME, Vault, new_key


def test_a_key_is_made_once_for_nobody_else_to_read(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first, second = Vault(folder), Vault(folder)
    assert second.open(first.seal("secret 秘密")) == "secret 秘密"
    assert stat.S_IMODE((folder / NAME).stat().st_mode) == 0o600
    assert first.key_ids == second.key_ids == (first.key_id,)


def test_the_newest_key_seals_and_all_open(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    old = vault.seal("old")
    assert vault.renew()
    new = vault.seal("new")
    assert (vault.open(old), vault.open(new)) == ("old", "new")
    assert (vault.is_newest(old), vault.is_newest(new)) == (False, True)
    vault.drop_old()
    assert len(vault.key_ids) == 1
    with pytest.raises(StorageUnavailableError, match="another key"):
        vault.open(old)


def test_a_second_change_of_keys_does_not_begin_before_the_first_has_ended(tmp_path: Path) -> None:
    vault, other = Vault(tmp_path), Vault(tmp_path)
    assert vault.renew()
    assert not other.renew()
    assert other.key_ids == vault.key_ids
    assert len(vault.key_ids) == 2


def test_a_running_process_takes_up_what_another_has_changed(tmp_path: Path) -> None:
    serving, command = Vault(tmp_path), Vault(tmp_path)
    before = serving.key_id
    command.renew()
    sealed = serving.seal("x")
    assert serving.key_id != before
    command.drop_old()
    assert serving.key_ids == (serving.key_id,)
    assert serving.open(sealed) == "x"


def test_a_mark_is_the_keys_own_and_of_its_kind(tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    first = vault.mark("telephone", "12000004321")
    assert first == vault.mark("telephone", "12000004321") != vault.mark("email", "12000004321")
    assert first != Vault(tmp_path / "elsewhere").mark("telephone", "12000004321")
    vault.renew()
    assert vault.mark("telephone", "12000004321") != first
    assert vault.marks("telephone", "12000004321")[1] == first


def test_keys_of_the_environment_are_changed_there(tmp_path: Path) -> None:
    old, new = new_key(), new_key()
    sealed = Vault(tmp_path, old).seal("x")
    vault = Vault(tmp_path, f"{new}, {old}")
    assert vault.open(sealed) == "x"
    assert not vault.is_newest(sealed)
    assert not (tmp_path / NAME).exists()
    with pytest.raises(ConflictError, match="WANGGE_SECRET_KEY"):
        vault.renew()


@pytest.mark.parametrize("given", ["", ",", "short", f"{'A' * 40}####"])
def test_what_is_no_key_is_refused_without_being_repeated(tmp_path: Path, given: str) -> None:
    with pytest.raises(StorageUnavailableError) as refused:
        Vault(tmp_path, given)
    assert not given.strip(",") or given not in str(refused.value)
