"""`wangge map`: hotspots, patrol coverage and cameras as one HTML file each, to keep, print and send."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Maps in one HTML file that opens anywhere, from a USB stick too.")


class Level(StrEnum):
    """What is coloured."""

    grids = "grids"
    villages = "villages"


class Language(StrEnum):
    """Language of the page."""

    zh = "zh"
    en = "en"


class Theme(StrEnum):
    """Colours of the page."""

    light = "light"
    dark = "dark"


Output = Annotated[Path, typer.Option("-o", "--output", help="HTML file to write; one that exists is replaced.")]
Within = Annotated[str | None, typer.Option(help="Code of a county, town or village; the whole city when left out.")]
Since = Annotated[datetime | None, typer.Option(help="Begin, in China's time; 30 days before the end when left out.")]
Until = Annotated[datetime | None, typer.Option(help="End, in China's time; now when left out.")]
Colouring = Annotated[Level | None, typer.Option(help="What is coloured; grids where they are at most 5,000.")]
Speech = Annotated[Language, typer.Option(help="Language of the page.")]
Look = Annotated[Theme, typer.Option(help="Colours of the page.")]


@app.command()
def hotspots(
    output: Output,
    within: Within = None,
    since: Since = None,
    until: Until = None,
    category: Annotated[str | None, typer.Option(help="One category of reports, such as garbage.")] = None,
    level: Colouring = None,
    lang: Speech = Language.zh,
    theme: Look = Theme.light,
) -> None:
    """Draw reports by grid and as heat, for a period.

    Example: wangge map hotspots -o hotspots.html --within 210302001000 --since 2026-10-01 --until 2026-11-01
    """
    _write("hotspots", output, (since, until), (lang, theme), within=within, level=level, category=category)


@app.command()
def patrols(
    output: Output,
    within: Within = None,
    since: Since = None,
    until: Until = None,
    reach_m: Annotated[float, typer.Option(help="Metres to each side of a track that count as passed.")] = 25.0,
    level: Colouring = None,
    lang: Speech = Language.zh,
    theme: Look = Theme.light,
) -> None:
    """Draw days since the last visit, and the share of each grid that tracks passed.

    Example: wangge map patrols -o patrols.html --within 210302001000
    """
    _write("patrols", output, (since, until), (lang, theme), within=within, level=level, reach_m=reach_m)


@app.command()
def cameras(
    output: Output,
    within: Within = None,
    level: Colouring = None,
    lang: Speech = Language.zh,
    theme: Look = Theme.light,
) -> None:
    """Draw cameras as sectors, and the share of each grid that they cover.

    Example: wangge map cameras -o cameras.html --within 210302001000
    """
    _write("cameras", output, (None, None), (lang, theme), within=within, level=level)


def _write(
    name: str,
    output: Path,
    times: tuple[datetime | None, datetime | None],
    look: tuple[Language, Theme],
    **asked: object,
) -> None:
    """Draw a map from the database and write it with all its assets in it."""
    from api import printed_maps
    from api.terminal import operator
    from gis import settings as environment
    from gis.db import engine
    from gis.db.cluster import addresses
    from gis.domain.periods import asked_for
    from gis.domain.staff import EVERYWHERE
    from maps.folium.page import Appearance

    settings = environment.from_environment()
    wanted = printed_maps.Wanted(
        period=asked_for(*times, now=datetime.now().astimezone()),
        scope=EVERYWHERE,
        measure_crs=settings.measure_crs,
        look=Appearance(str(look[0]), str(look[1]), inline=True),
        **asked,  # type: ignore[arg-type]
    )
    pool = engine.connect(addresses(settings).app, statement_limit_s=0)
    with engine.transaction(pool, scope=EVERYWHERE) as connection:
        page = printed_maps.draw(connection, name, wanted, by=operator())
    pool.dispose()
    output.write_text(page, encoding="utf-8")
    typer.echo(f"{output}: {len(page.encode()) / 1e6:.1f} MB, opens in any browser without a network.")
