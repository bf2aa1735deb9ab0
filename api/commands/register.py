"""`wangge register`: the data register, as a table or as CSV."""

from typing import Annotated

import typer


def register(
    csv: Annotated[bool, typer.Option("--csv", help="A row for each column, as CSV.")] = False,
    table: Annotated[str | None, typer.Option(help="One table alone.")] = None,
) -> None:
    """Print what every column of every table is about, why it is kept, how long, and who may see it.

    Example: wangge register --csv > register.csv
    """
    from gis.domain.register import REGISTER
    from gis.errors import NotFoundError

    entries = [entry for entry in REGISTER if table in (None, entry.table)]
    if not entries:
        raise NotFoundError(f"The register knows no table {table}.")
    if csv:
        import sys
        from csv import writer

        rows = writer(sys.stdout)
        rows.writerow(["table", "column", "subject", "ground", "kept", "who", "purpose", "purpose_zh"])
        for entry in entries:
            said = (entry.subject, entry.ground, entry.kept, " ".join(entry.who), entry.purpose.en, entry.purpose.zh)
            rows.writerows([entry.table, column, *said] for column in entry.columns)
        return
    from rich.console import Console
    from rich.table import Table

    shown = Table("table", "columns", "subject", "ground", "kept", "who may see", "purpose", show_lines=True)
    for entry in entries:
        told = (entry.subject, entry.ground, entry.kept, ", ".join(entry.who), entry.purpose.en)
        shown.add_row(entry.table, " ".join(entry.columns), *told)
    Console().print(shown)
