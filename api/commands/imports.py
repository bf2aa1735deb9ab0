"""`wangge import`: files into the city, whole or not at all."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import geopandas as gpd
    from rich.console import Console

    from gis.services.previews import Preview

FAULTS_SHOWN = 20
CONFIRMED_SHARE = 0.001

Source = Annotated[Path, typer.Argument(help="A folder with files such as grids.gpkg, or one file.")]
Noun = Annotated[
    str | None,
    typer.Option(
        "--as",
        help="What one file holds: divisions, zones, level2, grids, streets, waters, buildings, addresses, cameras, "
        "patrols or reports; its name when left out.",
    ),
]
DatumName = Annotated[str | None, typer.Option("--datum", help="wgs84, cgcs2000, gcj02 or bd09.")]
Crs = Annotated[int | None, typer.Option("--crs", help="EPSG code, such as 4550, instead of a datum.")]
Rename = Annotated[
    list[str] | None,
    typer.Option("--rename", help="A column by its name here and its name in the file: --rename code=BM. Repeatable."),
]


CapturedAt = Annotated[
    str | None, typer.Option(help="When reports without captured_at were captured: 2026-06-30T09:00:00+08:00.")
]
Category = Annotated[str | None, typer.Option(help="Category of reports that have none of ours, such as other.")]
Channel = Annotated[str | None, typer.Option(help="Channel of reports without one, such as department.")]


def imports(  # noqa: PLR0913 - one parameter for each option
    source: Source,
    noun: Noun = None,
    datum: DatumName = None,
    crs: Crs = None,
    rename: Rename = None,
    captured_at: CapturedAt = None,
    category: Category = None,
    channel: Channel = None,
    clean: Annotated[bool, typer.Option("--clean", help="Propose a repair of the faults and show its area.")] = False,
    faults: Annotated[Path | None, typer.Option(help="Write the faults with their places to this file.")] = None,
    commit: Annotated[bool, typer.Option("--commit", help="Do it; without this only show what would change.")] = False,
) -> None:
    """Import divisions, zones, grids, streets, waters, buildings, addresses, cameras, patrols, reports.

    The datum is asked for, never guessed, for GeoJSON too. A plan with any fault is refused whole.

    Grids replace those of the villages that the file names, divisions those of the same code. A file of zones, streets,
    waters, buildings, addresses, cameras or patrols replaces all that the city has of them. Reports are added; without
    the column id they get one from their row's number and content, so that the same file imported again adds nothing.

    Example: wangge import fixtures/geojson --datum cgcs2000 --commit
    """
    from rich.console import Console

    from api.terminal import operator
    from gis import settings as environment
    from gis.db import engine, schema
    from gis.db.cluster import addresses
    from gis.services import imports as services
    from gis.services import previews

    settings = environment.from_environment()
    console = Console(stderr=True)
    given = {"captured_at": captured_at, "category": category, "channel": channel}
    options = previews.Options(
        noun=noun,
        renamed=renamed_columns(rename or []),
        defaults={name: value for name, value in given.items() if value is not None},
        profile=settings.code_profile,
        clean=clean,
        rule=settings.rule,
    )
    owner = engine.connect(addresses(settings).owner, statement_limit_s=0)
    schema.migrate(owner)
    with engine.transaction(owner) as connection, console.status("reading") as status:
        if commit:
            services.alone(connection)
        shown = previews.preview(
            connection,
            source,
            datum=datum,
            crs=crs,
            options=options,
            say=console.print,
            progress=lambda step: status.update(step),
        )
        show(console, shown)
        if faults is not None:
            write_faults(shown.faults, faults, console)
        services.refuse(shown.faults)
        if commit:
            status.stop()
            _confirm(shown)
            status.start()
            services.write(
                connection, shown, options=options, source=source.name, progress=status.update, by=operator()
            )
    console.print("Done." if commit else "Nothing was changed; add --commit to do it.")
    owner.dispose()


def _confirm(shown: "Preview") -> None:
    """Ask before a repair that changes any grid or division by more than a thousandth of its area is written."""
    if shown.repair is None:
        return
    large = shown.repair[shown.repair["changed_m2"] > CONFIRMED_SHARE * shown.repair["area_before_m2"]]
    if len(large):
        typer.confirm(f"The repair changes {len(large)} of them by more than 0.1 %. Write it?", abort=True, err=True)


def show(console: "Console", shown: "Preview") -> None:
    """Print what an import would change, and what is wrong with it."""
    from rich.table import Table

    table = Table("", "now", "then", "new", "changed", "gone")
    for count in shown.counts:
        numbers = (count.now, count.then, count.added, count.changed, count.dropped)
        table.add_row(count.noun, *(f"{number:,}" for number in numbers))
    console.print(table)
    for count in shown.counts:
        if count.replaces_all:
            console.print(f"Warning: replaces all {count.now:,} {count.noun} of the city.")
    if shown.repair is not None:
        show_repair(console, shown.repair)
    show_faults(console, shown.faults)


def show_faults(console: "Console", faults: "gpd.GeoDataFrame") -> None:
    """Print a table of the first faults and how many there are of each kind."""
    from rich.markup import escape
    from rich.table import Table

    from gis.domain.validity import KINDS

    if faults.empty:
        return
    table = Table("fault", "what", title="1 fault" if len(faults) == 1 else f"{len(faults):,} faults", show_lines=True)
    table.add_column("grid or division, and the other", no_wrap=True)
    table.add_column("at", no_wrap=True)
    for row in faults.head(FAULTS_SHOWN).itertuples():
        place = "" if row.location is None else f"{row.location.x:.7f}\n{row.location.y:.7f}"
        parties = "\n".join(code for code in (row.code, row.other_code) if isinstance(code, str))
        table.add_row("\n".join(KINDS[row.kind]), escape(row.detail), escape(parties), place)
    if len(faults) > FAULTS_SHOWN:
        table.caption = f"The first {FAULTS_SHOWN}; --faults FILE writes all."
    console.print(table)
    for kind, count in faults["kind"].value_counts().items():
        console.print(f"{count:>8,}  {' '.join(KINDS[kind])}")


def show_repair(console: "Console", repair: "gpd.GeoDataFrame") -> None:
    """Print what a proposed repair changes."""
    from rich.markup import escape
    from rich.table import Table

    total = repair["changed_m2"].sum()
    title = f"The repair changes {len(repair):,} grids and divisions, {total:,.2f} m² in all"
    table = Table("grid or division", "m² before", "m² after", "m² changed", "share", title=title)
    for row in repair.head(FAULTS_SHOWN).itertuples():
        share = row.changed_m2 / row.area_before_m2 if row.area_before_m2 else 1.0
        areas = (f"{value:,.2f}" for value in (row.area_before_m2, row.area_after_m2, row.changed_m2))
        table.add_row(escape(f"{row.code} {row.name}"), *areas, f"{share:.3%}")
    console.print(table)


def write_faults(faults: "gpd.GeoDataFrame", path: Path, console: "Console") -> None:
    """Write faults that have a place to a file, in the format of its suffix."""
    from gis.files.frames import write_frame

    placed = faults[faults["location"].notna()]
    if len(placed):
        write_frame(placed, path)
        console.print(f"{len(placed):,} faults with their places: {path}")


def renamed_columns(pairs: list[str]) -> dict[str, str]:
    """Return names in the file to names here, of options such as ``code=BM``."""
    renamed = {}
    for pair in pairs:
        ours, equals, theirs = pair.partition("=")
        if not (ours and equals and theirs):
            raise typer.BadParameter(f"{pair!r} is not NAME=COLUMN", param_hint="--rename")
        renamed[theirs] = ours
    return renamed
