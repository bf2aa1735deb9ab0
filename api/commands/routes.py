"""`wangge routes`: everything that the HTTP door answers."""

import sys

WIDTH_IN_PIPES = 200


def routes() -> None:
    """List every HTTP route: method, path, who may, what for; needs no database."""
    from rich.console import Console
    from rich.table import Table

    from api.app import create_app, routes_of
    from gis import settings

    table = Table("method", "path", "who may", "what for", box=None, pad_edge=False)
    for row in routes_of(create_app(settings.from_environment())):
        table.add_row(*row)
    # A pipe has no width; a table cut at 80 columns would lose what people grep for.
    Console(width=None if sys.stdout.isatty() else WIDTH_IN_PIPES).print(table)
