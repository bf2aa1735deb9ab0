"""`wangge route`: a file of points in, the same file out with the grid of every row."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    import sqlalchemy as sa

    from gis.domain.coordinates import Datum
    from gis.domain.reports import Report
    from gis.domain.routing import PlanIndex
    from gis.services.bulk_routing import Summary

POINTS = "points"
DATUM_HELP = "What the points are in: wgs84, cgcs2000, gcj02 or bd09."


class PointsByDefault(TyperGroup):
    """A group whose first word may be a file of points instead of a command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the name of the command for files before words that name no command."""
        if args and args[0] not in self.commands and not set(args) & {"-h", "--help"}:
            args = [POINTS, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=PointsByDefault, no_args_is_help=True, help="Find the grid of every point of a file, or explain one report's."
)


@app.command(POINTS)
def route(  # noqa: PLR0913 - one parameter for each option
    points: Annotated[Path, typer.Argument(help="CSV (.gz), GeoJSON, Parquet, GeoParquet or GeoPackage.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where to; the format follows the suffix. [default: *.routed.*]"),
    ] = None,
    datum: Annotated[str | None, typer.Option(help=DATUM_HELP + " It is never guessed.")] = None,
    crs: Annotated[int | None, typer.Option(help="Or their EPSG code, such as 4550 or 26910.")] = None,
    x: Annotated[
        str | None, typer.Option(help="Column of easting or longitude, where its name does not say so.")
    ] = None,
    y: Annotated[str | None, typer.Option(help="Column of northing or latitude.")] = None,
    grids: Annotated[Path | None, typer.Option(help="Any file of polygons; then no database is needed.")] = None,
    code_field: Annotated[str, typer.Option(help="Column of that file that names a polygon.")] = "code",
    grids_datum: Annotated[
        str | None, typer.Option(help="What the polygons are in; default: as their file says.")
    ] = None,
    grids_crs: Annotated[int | None, typer.Option(help="Or their EPSG code.")] = None,
    snap_m: Annotated[float | None, typer.Option(min=0, help="Points outside, but this near, are snapped.")] = None,
) -> None:
    """Find the grid of every point of a file.

    All rows and columns come out in the same order, with the columns grid (empty outside), method (interior, border,
    stacked, snapped, outside, unreadable) and distance_m (to the grid's border) added; against the plan in force also
    dedicated, level2, village, town, county, zone and plan. Rows that got no grid are written once more, with the
    reason, to OUTPUT.unrouted.SUFFIX.

    For instance:

      wangge route points.csv --datum gcj02 -o routed.parquet

      wangge route thefts.csv --crs 26910 --grids areas.geojson --code-field name -o routed.csv
    """
    from gis import settings as environment
    from gis.domain import coordinates
    from gis.services import bulk_routing

    declared = coordinates.parse_datum(datum, crs=crs)
    settings = environment.from_environment()
    limit_m = settings.snap_limit_m if snap_m is None else snap_m
    if grids is not None:
        areas = (grids, coordinates.parse_datum(grids_datum, crs=grids_crs) if grids_datum or grids_crs else None)
        index = _index_of_file(*areas, code_field, limit_m)
    else:
        index = _index_of_plan(limit_m)
    columns = bulk_routing.PLAN_COLUMNS if grids is None else bulk_routing.AREA_COLUMNS
    target = output or bulk_routing.beside(points, "routed")
    _tell(_route(points, target, index, declared, (x, y), columns), target)


def _index_of_file(path: Path, declared: "Datum | None", code_field: str, limit_m: float) -> "PlanIndex":
    from gis.services import bulk_routing

    return bulk_routing.index_of_file(path, code_field, datum=declared, limit_m=limit_m, say=_say)


def _index_of_plan(limit_m: float) -> "PlanIndex":
    from gis import settings as environment
    from gis.db import engine
    from gis.db.cluster import addresses
    from gis.domain.routing import PlanIndex
    from gis.services import plans

    with engine.transaction(engine.connect(addresses(environment.from_environment()).app)) as connection:
        return PlanIndex(plans.in_force(connection), limit_m)


def _route(
    points: Path,
    output: Path,
    index: "PlanIndex",
    declared: "Datum",
    xy: tuple[str | None, str | None],
    columns: tuple[str, ...],
) -> "Summary":
    from rich.console import Console
    from rich.progress import Progress

    from gis.services import bulk_routing

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"Routing {points.name}", total=None)
        return bulk_routing.route_file(
            points,
            output,
            index=index,
            datum=declared,
            xy=xy,
            columns=columns,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            say=_say,
        )


def _say(remark: str) -> None:
    typer.echo(remark, err=True)


def _tell(summary: "Summary", output: Path) -> None:
    counts = ", ".join(f"{count:,} {method}" for method, count in summary.methods.items())
    for theirs, ours in summary.renamed.items():
        _say(f"Note: the input has a column {theirs} already; ours is {ours}.")
    typer.echo(f"{summary.rows:,} rows to {output}: {counts or 'none'}.")
    if summary.unrouted is not None:
        typer.echo(f"Those without a grid are also in {summary.unrouted}, with the reason.")


@app.command()
def explain(
    report: Annotated[str, typer.Argument(help="Id or number of a report.")],
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
) -> None:
    """Tell why a report is in its grid, and decide it again by the plan and rule of then.

    Exits with 1 when the decision does not come out again, and says what differs.

    Example: wangge route explain 4711
    """
    from api.routes.decisions import shape
    from gis import settings as environment
    from gis.db import engine
    from gis.db.cluster import addresses
    from gis.domain.staff import EVERYWHERE
    from gis.services import corrections

    settings = environment.from_environment()
    server = engine.connect(addresses(settings).app)
    with engine.transaction(server, scope=EVERYWHERE) as connection:
        found = corrections.explain(connection, _report(connection, report), rule=settings.rule)
        told = shape(found, corrections.everything(connection, found.report))
    server.dispose()
    typer.echo(json.dumps(told, ensure_ascii=False, indent=2, default=str) if as_json else _sentences(told))
    if told["replay"]["is_same"] is False:
        raise typer.Exit(1)


def _report(connection: "sa.Connection", named: str) -> "Report":
    from uuid import UUID

    from gis.domain.staff import EVERYWHERE
    from gis.services import reports

    if named.isascii() and named.isdigit():
        return reports.numbered(connection, int(named), scope=EVERYWHERE)
    try:
        return reports.get(connection, UUID(named), scope=EVERYWHERE)
    except ValueError:
        raise typer.BadParameter(
            "a report has an id such as 0b9f8c1e-6f0a-…, or a number", param_hint="REPORT"
        ) from None


def _sentences(told: dict[str, Any]) -> str:
    decision, inputs, certainty = told["decision"], told["inputs"], told["certainty"]
    accuracy = "without an accuracy" if inputs["accuracy_m"] is None else f"within {inputs['accuracy_m']:g} m"
    x, y = inputs["original"]
    lines = [
        decision["explanation"]["zh"],
        decision["explanation"]["en"],
        f"Report {told['number']}, captured {inputs['captured_at']}: {x}, {y} in {inputs['datum']}, {accuracy}.",
        f"Decided by plan {decision['plan']}, method {decision['method']}; believed since {told['from_at']}.",
    ]
    lines += [f"  {one['share']:.1%} of the disc of accuracy in {one['grid']}" for one in certainty["alternatives"]]
    lines += [
        f"Before, until {one['until_at']}: {one['grid'] or 'no grid'} ({one['method']})."
        for one in told["history"][:-1]
    ]
    if told["replay"]["is_same"] is None:
        return "\n".join([*lines, "Nothing but corrections is known, so nothing was decided again."])
    if not inputs["rule_is_kept"]:
        lines.append("Its limits were not kept; it was decided again by those of today.")
    lines.append("Decided again: " + ("the same." if told["replay"]["is_same"] else "NOT the same."))
    lines += [
        f"  {one['name']}: {one['stored']} was stored, {one['replayed']} comes out"
        for one in told["replay"]["differences"]
    ]
    return "\n".join(lines)
