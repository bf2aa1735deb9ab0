"""The list of reports that were erased, outside the database: a restored backup brings them back, and it names them.

One JSON line for each: the id that the sender made, and the instant. Neither says anything about a person.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from gis.errors import InvalidInputError, NotFoundError, StorageUnavailableError
from gis.files.whole import append_lines

BEGINNING = '{"report": "'


def append(path: Path, report_ids: Iterable[UUID]) -> None:
    """Add reports to the list and flush it to disk. Raises `StorageUnavailableError`."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    lines = [json.dumps({"report": str(report_id), "erased_at": at}).encode() + b"\n" for report_id in report_ids]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            append_lines(file, lines)
    except OSError as error:
        raise StorageUnavailableError(f"{path} cannot be written: {error.strerror}; nothing was erased.") from error


def read(path: Path) -> list[UUID]:
    """Return the reports of a list, each once.

    A line that a full disk or a crash left half is passed over: what it was to name was not erased. Raises
    `NotFoundError` where there is no such file, `InvalidInputError` for a line that is none of ours; names it.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFoundError(f"The list of erasures {path} cannot be read.") from error
    found: dict[UUID, None] = {}
    for number, line in enumerate(lines, 1):
        try:
            # Half a line before it, without an end of its own, is passed over too.
            found[UUID(json.loads(line[max(0, line.rfind(BEGINNING)) :])["report"])] = None
        except (ValueError, KeyError, TypeError) as error:
            if not _is_half(line):
                raise InvalidInputError(f"{path}, line {number} names no report.") from error
    return list(found)


def _is_half(line: str) -> bool:
    return not line.endswith("}") and (line.startswith(BEGINNING) or BEGINNING.startswith(line))
