"""A file is there whole or not at all."""

from pathlib import Path

import pytest

from gis.errors import ConflictError, StorageUnavailableError
from gis.files import whole


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    with whole.new_file(tmp_path / "kept") as file:
        file.write(b"all of it")
        assert not (tmp_path / "kept").exists()
    assert (tmp_path / "kept").read_bytes() == b"all of it"
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_block_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with whole.new_file(tmp_path / "kept") as file:
            file.write(b"half of it")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_is_kept_also_when_it_comes_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    with pytest.raises(ConflictError, match="is there already"), whole.new_file(path):
        path.write_bytes(b"earlier")
    with pytest.raises(ConflictError), whole.new_file(path):
        pass
    assert path.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_none_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder, why in (("file", "Not a directory"), ("nowhere", "No such file or directory")):
        told = pytest.raises(StorageUnavailableError, match=f"cannot be written: {why}")
        with told, whole.new_file(tmp_path / folder / "kept"):
            pass
