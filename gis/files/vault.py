"""The vault: secrets that the database keeps are sealed with a key that lies beside it, never in it."""

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from gis.errors import StorageUnavailableError

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

    def open(self, sealed: str) -> str:
        """Return an encrypted text as it was. Raises `StorageUnavailableError` when this key did not seal it."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise StorageUnavailableError("A secret was sealed with another key; bring back the key file.") from error


def _kept(path: Path) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text("ascii").strip()
        with os.fdopen(file, "w") as made:
            made.write(key := Fernet.generate_key().decode())
        return key
    except OSError as error:
        raise StorageUnavailableError(f"The key file {path} can neither be read nor made: {error.strerror}.") from error
