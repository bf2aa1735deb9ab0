"""The vault: secrets that the database keeps are sealed with a key that lies beside it, never in it."""

import contextlib
from datetime import timedelta
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from gis.errors import ConflictError, StorageUnavailableError
from gis.files.whole import new_file, new_folder

NAME = "secrets.key"


class Vault:
    """What encrypts the secrets that the database keeps (Fernet: AES-128-CBC with HMAC-SHA256).

    Parameters
    ----------
    folder : where the key file lies; it is made when there is none.
    key : the key itself, from the environment; then no file is looked at.
    """

    def __init__(self, folder: Path, key: str | None = None) -> None:
        self._fernet = Fernet(key or _kept(folder / NAME))

    def seal(self, text: str) -> str:
        """Return a text encrypted."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str, *, within: timedelta | None = None) -> str:
        """Return an encrypted text as it was.

        Raises `StorageUnavailableError` when this key did not seal it, or did so longer ago than `within`.
        """
        try:
            return self._fernet.decrypt(sealed.encode(), int(within.total_seconds()) if within else None).decode()
        except InvalidToken as error:
            raise StorageUnavailableError("A secret was sealed with another key; bring back the key file.") from error


def _kept(path: Path) -> str:
    """Return the key in a file, which is made where there is none; of two at once one is kept."""
    new_folder(path.parent, 0o700)
    with contextlib.suppress(ConflictError), new_file(path) as file:
        file.write(Fernet.generate_key())
    try:
        return path.read_text("ascii").strip()
    except OSError as error:
        raise StorageUnavailableError(f"The key file {path} cannot be read: {error.strerror}.") from error
