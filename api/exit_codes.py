"""How a command ends: 0 when it is done, 1 for an error, 2 for a wrong option; some commands tell errors apart."""

import functools
from collections.abc import Callable
from typing import TypeVar

from gis import errors
from gis.errors import WanggeError

Command = TypeVar("Command", bound=Callable[..., None])

# What a script that backs up may want to know.
OF_BACKUPS: dict[type[WanggeError], int] = {
    errors.BackupCutOffError: 3,
    errors.BackupDamagedError: 4,
    errors.WrongKeyError: 5,
    errors.NotABackupError: 6,
    errors.BackupTooNewError: 7,
    errors.DatabaseFilledError: 8,
    errors.StorageUnavailableError: 9,
}
IN_WORDS = (
    "Exit codes: 0 done; 3 the file is cut off; 4 it is damaged; 5 another key made it; 6 it is not a backup; 7 its "
    "format or migration is newer than this program; 8 the database to restore into has tables already; 9 the disk is "
    "full or the folder cannot be written; 1 anything else."
)


def told_apart(command: Command) -> Command:
    """Let a command end with the code of `OF_BACKUPS` that its error has; everywhere else an error is an error."""

    @functools.wraps(command)
    def run(*arguments: object, **options: object) -> None:
        try:
            command(*arguments, **options)
        except WanggeError as error:
            error.facts["exit_code"] = OF_BACKUPS.get(type(error), 1)
            raise

    return run  # type: ignore[return-value]


def exit_code(error: WanggeError) -> int:
    """Return the code that the command which raised an error ends with."""
    return int(error.facts.get("exit_code", 1))
