"""`wangge check`: what is wrong with a plan, and where."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.imports import Crs, DatumName, Noun, Rename, renamed_columns, show_faults, write_faults
from gis.errors import DatabaseUnavailableError

if TYPE_CHECKING:
    import geopandas as gpd
    from rich.console import Console

    from gis.domain.coordinates import Datum
    from gis.domain.grids import Plan


def check(
    source: Annotated[
        Path | None, typer.Argument(help="A folder or file; the plan in force in the database when left out.")
    ] = None,
    noun: Noun = None,
    datum: DatumName = None,
    crs: Crs = None,
    rename: Rename = None,
    faults: Annotated[Path | None, typer.Option(help="Write the faults with their places to this file.")] = None,
) -> None:
    """Check a plan: gaps, overlaps, edges, rings, parents, codes; the exit code is 1 when anything is wrong.

    A file is also held against the city in the database, where one can be reached, for the datum that it is read in.

    Example: wangge check fixtures/geojson --datum cgcs2000 --faults faults.geojson
    """
    from rich.console import Console

    from gis import settings as environment
    from gis.domain import validity

    console = Console()
    settings = environment.from_environment()
    with console.status("reading"):
        plan = _stored() if source is None else _read(source, noun, (datum, crs), rename or [], console)
    with console.status("checking"):
        found = validity.faults(plan, profile=settings.code_profile)
    show_faults(console, found)
    if faults is not None:
        write_faults(found, faults, console)
    if len(found):
        raise typer.Exit(1)
    console.print(f"No faults: {len(plan.grids):,} grids, {len(plan.divisions):,} divisions.")


def _stored() -> "Plan":
    from gis import settings as environment
    from gis.db import engine
    from gis.db.cluster import addresses
    from gis.services import plans

    server = engine.connect(addresses(environment.from_environment()).app, statement_limit_s=0)
    with engine.transaction(server) as connection:
        plan = plans.in_force(connection)
    server.dispose()
    return plan


def _read(
    source: Path, noun: str | None, system: tuple[str | None, int | None], rename: list[str], console: "Console"
) -> "Plan":
    from gis.domain.coordinates import parse_datum
    from gis.files.plans import plan_of
    from gis.services import previews

    options = previews.Options(noun=noun, renamed=renamed_columns(rename))
    datum, crs = system
    declared = parse_datum(datum, crs=crs)

    def look(found: "dict[str, gpd.GeoDataFrame]") -> None:
        _suspect(found, declared, console)

    return plan_of(previews.read(source, datum=datum, crs=crs, options=options, say=console.print, look=look))


def _suspect(found: "dict[str, gpd.GeoDataFrame]", declared: "Datum", console: "Console") -> None:
    """Hold files against the city where a database runs; without one nothing is said, and none is started."""
    from gis import settings as environment
    from gis.db import engine
    from gis.db.cluster import Cluster, addresses
    from gis.services import suspicions

    settings = environment.from_environment()
    if settings.database_url is None and Cluster(settings.home).status() != "running":
        return
    with contextlib.suppress(DatabaseUnavailableError):
        server = engine.connect(addresses(settings).app)
        with engine.transaction(server) as connection:
            suspicions.told(connection, found, declared=declared, say=console.print)
        server.dispose()
