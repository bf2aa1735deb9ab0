"""Keys of backups: identities and recipients of age (https://age-encryption.org/v1), in files as of `age-keygen`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pyrage import IdentityError, RecipientError, x25519

from gis.errors import InvalidInputError, NotFoundError
from gis.files.whole import new_file, new_folder

PREFIX = "AGE-SECRET-KEY-"


def keep(path: Path) -> bool:
    """Make an identity file with mode 0600 where there is none; return whether it was made.

    Raises `StorageUnavailableError` when it cannot be written.
    """
    if path.exists():
        return False
    identity = x25519.Identity.generate()
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    text = f"# created: {made_at}\n# public key: {identity.to_public()}\n{identity}\n"
    new_folder(path.parent, 0o700)
    with new_file(path) as file:
        file.write(text.encode())
    return True


def identities(path: Path) -> list[x25519.Identity]:
    """Return the identities in a file, one a line, comments after `#`.

    Raises
    ------
    NotFoundError : there is no such file.
    InvalidInputError : it holds no identity of age; its content is not repeated.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        found = [x25519.Identity.from_str(line) for line in lines if line.startswith(PREFIX)]
    except (IdentityError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{path} is no identity file of age.") from error
    except OSError as error:
        raise NotFoundError(
            f"The key {path} cannot be read: {error.strerror}; name it with --identity FILE."
        ) from error
    if not found:
        raise InvalidInputError(f"{path} is no identity file of age.")
    return found


def recipients(names: Sequence[str]) -> list[x25519.Recipient]:
    """Return recipients by their public names ``age1…``; raises `InvalidInputError` for what is none."""
    found = []
    for name in names:
        try:
            found.append(x25519.Recipient.from_str(name))
        except RecipientError as error:
            raise InvalidInputError(f"{name} is no recipient of age, such as age1...") from error
    return found
