"""`wangge openapi`: the description of the HTTP door as JSON."""

import json
from pathlib import Path
from typing import Annotated

import typer


def openapi(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; the terminal otherwise.")
    ] = None,
) -> None:
    """Write the OpenAPI document of the HTTP door; needs no database.

    Example: wangge openapi -o openapi.json
    """
    from api.app import create_app
    from gis import settings

    document = create_app(settings.from_environment()).openapi()
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if output is None:
        typer.echo(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")
        typer.echo(f"{len(document['paths'])} paths written to {output}.")
