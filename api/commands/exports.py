"""`wangge export`: what is stored, into files."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer


def exports(
    noun: Annotated[
        str,
        typer.Argument(
            help="divisions, zones, level2, grids, streets, waters, buildings, addresses, cameras, patrols, reports; "
            "or all."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            help="File to write: .geojson, .gpkg, .zip (Shapefile), .parquet or .csv; for all a folder.",
        ),
    ],
    as_of: Annotated[datetime | None, typer.Option(help="The plan as it was then, in UTC; now when left out.")] = None,
    datum: Annotated[
        str, typer.Option(help="Convert on the way out: wgs84, gcj02, bd09 or epsg:NNNN; as stored when left out.")
    ] = "cgcs2000",
    suffix: Annotated[str, typer.Option("--format", help="Suffix of the files of a folder.")] = "geojson",
) -> None:
    """Export one noun to a file, or all to a folder that can be imported again.

    Example: wangge export grids -o grids.gpkg --as-of 2026-06-30
    """
    from datetime import UTC

    from api.terminal import operator
    from gis import settings as environment
    from gis.db import engine
    from gis.db.cluster import addresses
    from gis.domain.staff import EVERYWHERE
    from gis.services import exports as services

    at = as_of.replace(tzinfo=UTC) if as_of and as_of.tzinfo is None else as_of
    server = engine.connect(addresses(environment.from_environment()).app, statement_limit_s=0)
    files = {noun: output}
    if noun == "all":
        output.mkdir(parents=True, exist_ok=True)
        with engine.transaction(server, scope=EVERYWHERE) as connection:
            nouns = [name for name in services.NOUNS if len(services.frame(connection, name))]
        files = {name: output / f"{name}.{suffix.lstrip('.')}" for name in nouns}
    for name, path in files.items():
        dated = at if name in services.DATED else None
        # One transaction for each, since a record that is made keeps other writers waiting until it ends.
        with engine.transaction(server, scope=EVERYWHERE) as connection:
            count = services.write(
                connection, name, path, at=dated if noun == "all" else at, datum=datum, by=operator()
            )
        typer.echo(f"{count:>10,} {name}: {path}")
    server.dispose()
