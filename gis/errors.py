"""Everything that can go wrong, one class per fact; no HTTP.

Every error carries one sentence for people and a list of `Fault`, each pointing at its place, so that a door can show
all faults at once. The doors decide what status, exit code or colour an error gets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, and where.

    Attributes
    ----------
    pointer : JSON pointer (RFC 6901) into the input, or a place such as ``row 12, column lon`` for tables.
    detail : one sentence that says what is wrong and what would be right.
    """

    pointer: str
    detail: str


class WanggeError(Exception):
    """Something that the person who asked can understand and mend."""

    def __init__(self, detail: str, faults: Sequence[Fault] = (), **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = tuple(faults)
        self.facts = facts


class InvalidInputError(WanggeError):
    """The input cannot be read as what it claims to be."""


class UnknownDatumError(InvalidInputError):
    """A point or a file declares no datum, or one that is not known."""


class InvalidCodeError(InvalidInputError):
    """A code breaks its profile's structure."""


class InvalidGeometryError(InvalidInputError):
    """A geometry cannot be stored: not valid, not of the right kind, or out of range."""


class TooLargeError(WanggeError):
    """The input is over a published limit."""


class TooManyPolygonsError(TooLargeError):
    """A folium map was asked for more polygons than a browser draws well."""


class NotFoundError(WanggeError):
    """The thing asked for does not exist."""


class ConflictError(WanggeError):
    """The request contradicts what is stored, such as another body under the same id."""


class NoPlanError(WanggeError):
    """No plan was ever published, so nothing can be routed."""


class PlanFaultsError(WanggeError):
    """A plan is refused whole: gaps, overlaps, clashes. `facts["faults_table"]` holds the table with places."""


class UnsupportedFormatError(InvalidInputError):
    """A file's format is not one of those that are read or written."""


class DatabaseFilledError(ConflictError):
    """A backup is only restored into a database without tables, and this one has some."""


class BackupError(InvalidInputError):
    """A backup is refused; nothing of it is used."""


class BackupCutOffError(BackupError):
    """A backup ends before its end."""


class BackupDamagedError(BackupError):
    """A backup holds other bytes than were written."""


class WrongKeyError(BackupError):
    """A backup was encrypted to other keys than those at hand."""


class NotABackupError(BackupError):
    """A file is not a backup of ours."""


class BackupTooNewError(BackupError):
    """A backup has a format or a migration that this program does not know."""


class DatabaseUnavailableError(WanggeError):
    """The database cannot be reached, or refuses."""


class StorageUnavailableError(WanggeError):
    """A file cannot be written, an export, a photo, a key or a tile: the disk is full or the folder is closed.

    Its sentence may name paths, for who runs the service; nobody else is told it.
    """


class UnsafeServerError(DatabaseUnavailableError):
    """The database server runs with settings under which an acknowledged report could be lost."""


class BusyError(WanggeError):
    """So much is being done already that this must wait; asked again later it will do."""


class MissingAssetError(WanggeError):
    """A page refers to a script or style that is not shipped with the project."""


class NotSignedInError(WanggeError):
    """Who asks has not said who they are, or not in a way that holds."""


class IdentityRefusedError(NotSignedInError):
    """What came back from an identity provider is not what was asked for, or not from who was asked."""


class IdentityDeniedError(IdentityRefusedError):
    """The identity provider says that it did not sign somebody in."""


class IdentityProviderUnavailableError(WanggeError):
    """The identity provider cannot be reached, or answers what cannot be read."""


class NotAllowedError(WanggeError):
    """Who asks may not do this, wherever it is."""


class IdentityUnknownError(NotAllowedError):
    """An identity that was proven belongs to no account that may sign in."""


class TooOftenError(WanggeError):
    """It was asked too often; `facts["retry_after_s"]` says when to try again."""
