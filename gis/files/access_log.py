"""Exports of the network access log."""

import csv
import io
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from gis.domain.access_log import Access
from gis.files import whole
from gis.files.delimited import inert


def write_rows(path: Path, rows: Iterable[Access]) -> int:
    """Write rows to a new .csv file and return how many; cells that a spreadsheet takes for a formula are made inert.

    Raises `ConflictError` and `StorageUnavailableError`.
    """
    count = 0
    with whole.new_file(path) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
        table = csv.writer(text)
        table.writerow([field.name for field in fields(Access)])
        for row in rows:
            table.writerow([row.at.isoformat(), *(inert(value) for value in list(vars(row).values())[1:])])
            count += 1
        # The file is flushed and closed by who opened it.
        text.detach()
    return count
