"""Keys lie in files that age reads and others do not."""

from pathlib import Path

import pytest
from pyrage import x25519

from gis.errors import InvalidInputError, NotFoundError
from gis.files import keys


def test_a_key_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "backup.key"
    assert keys.keep(path)
    first = path.read_bytes()
    assert not keys.keep(path)
    assert path.read_bytes() == first
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert f"# public key: {keys.identities(path)[0].to_public()}" in path.read_text(encoding="ascii")


def test_what_is_no_key_is_told_without_its_content(tmp_path: Path) -> None:
    path = tmp_path / "key"
    with pytest.raises(NotFoundError, match="--identity"):
        keys.identities(path)
    for content in (b"", b"AGE-SECRET-KEY-1SECRET", b"\xff\xfe"):
        path.write_bytes(content)
        with pytest.raises(InvalidInputError, match="no identity file of age") as refused:
            keys.identities(path)
        assert "SECRET" not in refused.value.detail


def test_a_recipient_is_told_by_its_public_name() -> None:
    public = x25519.Identity.generate().to_public()
    assert [str(recipient) for recipient in keys.recipients([str(public)])] == [str(public)]
    with pytest.raises(InvalidInputError, match="age1"):
        keys.recipients(["someone"])
