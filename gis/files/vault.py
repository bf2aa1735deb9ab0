"""The vault: secrets that the database keeps are sealed with keys that lie beside it, never in it.

The newest key seals, all open. What is looked up without being opened (a telephone) is found by its mark, a hash that
only who has the key can make.
"""

import contextlib
import fcntl
import hashlib
import hmac
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gis.errors import ConflictError, StorageUnavailableError
from gis.files.whole import new_file, new_folder

NAME = "secrets.key"


class Vault:
    """What encrypts the secrets that the database keeps (Fernet: AES-128-CBC with HMAC-SHA256).

    Parameters
    ----------
    folder : where the key file lies, one key a line, the newest first; it is made when there is none. A file that
        another process has changed is read again.
    given : the keys themselves, from the environment, parted by commas; then no file is looked at.
    """

    def __init__(self, folder: Path, given: str | None = None) -> None:
        self._path = folder / NAME
        self._is_given = given is not None
        self._read: tuple[int, int] | None = None
        self._keys = _keys((given or "").split(",")) if self._is_given else ()
        self._present()

    @property
    def is_given(self) -> bool:
        """Whether the keys come from the environment, where no command can change them."""
        return self._is_given

    @property
    def newest(self) -> "Key":
        """The key that seals; what belongs together is made with one and the same, since another may come meanwhile."""
        return self._present()[0]

    @property
    def key_id(self) -> str:
        """The name of the key that seals."""
        return self.newest.id

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The names of all keys, the newest first."""
        return tuple(key.id for key in self._present())

    def seal(self, text: str) -> str:
        """Return a text encrypted with the newest key."""
        return self.newest.seal(text)

    def open(self, sealed: str, *, within: timedelta | None = None) -> str:
        """Return an encrypted text as it was.

        Raises `StorageUnavailableError` when none of the keys sealed it, or one did so longer ago than `within`.
        """
        for key in self._present():
            with contextlib.suppress(InvalidToken):
                return key.fernet.decrypt(sealed.encode(), int(within.total_seconds()) if within else None).decode()
        raise StorageUnavailableError("A secret was sealed with another key; bring back the key file.")

    def is_newest(self, sealed: str) -> bool:
        """Tell whether the newest key sealed a text."""
        with contextlib.suppress(InvalidToken):
            return bool(self.newest.fernet.decrypt(sealed.encode()) or True)
        return False

    def mark(self, kind: str, text: str) -> str:
        """Return the hash by which a text of a kind is found: HMAC-SHA256 under a key derived from the newest."""
        return self.newest.mark(kind, text)

    def marks(self, kind: str, text: str) -> list[str]:
        """Return the hashes of a text under every key: while keys change, either may be stored."""
        return [key.mark(kind, text) for key in self._present()]

    def renew(self) -> bool:
        """Put a new key before the only one; False where two are there already: a change of keys was interrupted."""
        with self._changing():
            if len(self._present()) > 1:
                return False
            self._write([Fernet.generate_key().decode(), *(key.text for key in self._keys)])
        return True

    def drop_old(self) -> None:
        """Keep the newest key alone; what another sealed cannot be opened any more."""
        with self._changing():
            self._write([self._present()[0].text])

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Let no other process change the file meanwhile: a key that is lost is lost with all that it sealed."""
        if self._is_given:
            raise ConflictError("The keys come from WANGGE_SECRET_KEY; change them there.")
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, keys: Sequence[str]) -> None:
        with new_file(self._path, replace=True) as file:
            file.write("".join(f"{key}\n" for key in keys).encode())
        self._read = None

    def _present(self) -> tuple["Key", ...]:
        if self._is_given:
            return self._keys
        present = _version(self._path)
        if present is None or present != self._read:
            self._keys = _keys(_kept(self._path).splitlines())
            self._read = present
        return self._keys


class Key:
    """One key: what it seals and marks with; `id` is its name, which tells nothing of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.fernet = Fernet(text)
        self.id = hashlib.sha256(b"wangge key id" + text.encode()).hexdigest()[:16]
        self._marking = HKDF(SHA256(), length=32, salt=None, info=b"wangge marks").derive(text.encode())

    def seal(self, text: str) -> str:
        """Return a text encrypted."""
        return self.fernet.encrypt(text.encode()).decode()

    def mark(self, kind: str, text: str) -> str:
        """Return the hash by which a text of a kind is found."""
        return hmac.digest(self._marking, f"{kind}:{text}".encode(), "sha256").hex()


def new_key() -> str:
    """Return a new key, to be put into the environment."""
    return Fernet.generate_key().decode()


def _version(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from the one that another process puts in its place; None where there is none."""
    with contextlib.suppress(FileNotFoundError):
        present = path.stat()
        return present.st_ino, present.st_mtime_ns
    return None


def _keys(texts: Sequence[str]) -> tuple[Key, ...]:
    try:
        keys = tuple(Key(text.strip()) for text in texts if text.strip())
    except ValueError as error:
        raise StorageUnavailableError("A secret key is none: 32 bytes in URL-safe base 64.") from error
    if not keys:
        raise StorageUnavailableError("There is no secret key where one should be.")
    return keys


def _kept(path: Path) -> str:
    """Return the content of a key file, which is made where there is none; of two at once one is kept."""
    new_folder(path.parent, 0o700)
    with contextlib.suppress(ConflictError), new_file(path) as file:
        file.write(Fernet.generate_key())
    try:
        return path.read_text("ascii").strip()
    except OSError as error:
        raise StorageUnavailableError(f"The key file {path} cannot be read: {error.strerror}.") from error
