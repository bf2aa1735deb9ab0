"""An archive gives back what was put in, or says which way it is broken."""

import io
import tarfile
from pathlib import Path

import pyrage
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyrage import x25519

from gis.errors import (
    BackupCutOffError,
    BackupDamagedError,
    NotABackupError,
    NotFoundError,
    WanggeError,
    WrongKeyError,
)
from gis.files import archives
from gis.files.archives import Member

KEY = x25519.Identity.generate()
CONTENT = {"manifest.json": b"{}", "empty": b"", "large": bytes(range(256)) * 1_000}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archives") / "archive"
    written(path, CONTENT)
    return path


def written(path: Path, content: dict[str, bytes]) -> None:
    with path.open("wb") as file:
        members = (Member(name, len(data), [data[:100], data[100:]]) for name, data in content.items())
        archives.write(file, members, [KEY.to_public()])


def contents(path: Path, key: x25519.Identity = KEY) -> dict[str, bytes]:
    with archives.read(path, [key]) as members:
        return {member.name: b"".join(member.pieces) for member in members}


def broken(path: Path, data: bytes) -> type[WanggeError] | None:
    path.write_bytes(data)
    try:
        contents(path)
    except WanggeError as error:
        return type(error)
    return None


@given(sizes=st.lists(st.integers(0, 200_000), max_size=4))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_put_in_comes_out(tmp_path: Path, sizes: list[int]) -> None:
    content = {f"member{number}": bytes([number]) * size for number, size in enumerate(sizes)}
    written(tmp_path / "archive", content)
    found = contents(tmp_path / "archive")
    del found[archives.LIST]
    assert found == content


def test_members_may_be_passed_over(archive: Path) -> None:
    with archives.read(archive, [KEY]) as members:
        assert [member.name for member in members] == [*CONTENT, archives.LIST]


def test_reading_may_end_early(archive: Path) -> None:
    with archives.read(archive, [KEY]) as members:
        assert next(members).name == "manifest.json"


def test_age_and_tar_open_it_without_us(archive: Path) -> None:
    plain = pyrage.decrypt(archive.read_bytes(), [KEY])
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        assert tar.getnames() == [*CONTENT, archives.LIST]
        large = tar.extractfile("large")
        assert large is not None
        assert large.read() == CONTENT["large"]


def test_a_file_that_is_cut_off_anywhere_is_told_so(archive: Path, tmp_path: Path) -> None:
    data = archive.read_bytes()
    chunk = archives.CHUNK_BYTES + archives.TAG_BYTES
    header = len(data) - len(data) // chunk * chunk
    places = {0, 5, 22, 60, header - 1, header, header + 10, len(data) - 1, len(data) - 16, len(data) - chunk}
    places |= {header + chunk, header + 2 * chunk, *range(header, len(data), 9_973)}
    assert {place: broken(tmp_path / "cut", data[:place]) for place in places} == dict.fromkeys(
        places, BackupCutOffError
    )


def test_a_bit_that_was_flipped_anywhere_behind_the_header_is_damage(archive: Path, tmp_path: Path) -> None:
    data = archive.read_bytes()
    header = data.index(b"\n--- ") + 1
    end = data.index(b"\n", header) + 1
    for place in [end - 3, end, end + 20, *range(end, len(data), 9_973), len(data) - 1]:
        flipped = bytearray(data)
        flipped[place] ^= 4
        assert broken(tmp_path / "flipped", bytes(flipped)) is BackupDamagedError, place


def test_a_bit_that_was_flipped_in_the_header_is_refused(archive: Path, tmp_path: Path) -> None:
    data = archive.read_bytes()
    for place in range(data.index(b"\n--- ") + 50):
        flipped = bytearray(data)
        flipped[place] ^= 1
        assert broken(tmp_path / "flipped", bytes(flipped)) is not None, place


def test_another_key_is_told_so(archive: Path) -> None:
    with pytest.raises(WrongKeyError, match="another key"):
        contents(archive, x25519.Identity.generate())


def test_what_is_no_archive_is_told_so(tmp_path: Path) -> None:
    assert broken(tmp_path / "other", b"PK\3\4 and so on") is NotABackupError
    for inside in (b"", b"just text", bytes(100_000), b"x" * 200_000):
        assert broken(tmp_path / "other", pyrage.encrypt(inside, [KEY.to_public()])) is NotABackupError
    with pytest.raises(NotFoundError):
        contents(tmp_path / "nowhere")


def test_a_foreign_tar_without_the_list_or_with_links_is_refused(tmp_path: Path) -> None:
    for kind in (tarfile.REGTYPE, tarfile.SYMTYPE):
        plain = io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w") as tar:
            info = tarfile.TarInfo("manifest.json")
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info, io.BytesIO())
        assert broken(tmp_path / "other", pyrage.encrypt(plain.getvalue(), [KEY.to_public()])) is NotABackupError


def test_a_list_that_does_not_fit_is_damage(tmp_path: Path) -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for name in ("manifest.json", archives.LIST):
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    assert broken(tmp_path / "other", pyrage.encrypt(plain.getvalue(), [KEY.to_public()])) is BackupDamagedError


def test_an_error_of_a_member_passes_through() -> None:
    def pieces() -> object:
        yield b"a"
        raise NotFoundError("The photo is gone.")

    with pytest.raises(NotFoundError, match="The photo is gone"):
        archives.write(io.BytesIO(), [Member("a", 2, pieces())], [KEY.to_public()])  # type: ignore[arg-type]
