"""The list of reports that were erased, outside the database: a restored backup brings them back, and it names them.

One JSON line for each: the id that the sender made, and the instant. Neither says anything about a person.
"""

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from gis.errors import InvalidInputError, NotFoundError, StorageUnavailableError


def append(path: Path, report_ids: Iterable[UUID]) -> None:
    """Add reports to the list and flush it to disk. Raises `StorageUnavailableError`."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    lines = [json.dumps({"report": str(report_id), "erased_at": at}) + "\n" for report_id in report_ids]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="ascii") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StorageUnavailableError(f"{path} cannot be written: {error.strerror}; nothing was erased.") from error


def read(path: Path) -> list[UUID]:
    """Return the reports of a list, each once.

    Raises
    ------
    NotFoundError : there is no such file. InvalidInputError : a line is none of ours; names it.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFoundError(f"The list of erasures {path} cannot be read.") from error
    found: dict[UUID, None] = {}
    for number, line in enumerate(lines, 1):
        try:
            found[UUID(json.loads(line)["report"])] = None
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidInputError(f"{path}, line {number} names no report.") from error
    return list(found)
