"""`wangge db`: the database that everything is kept in."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The database: up, down, migrate, look at its state.")


@app.command()
def up() -> None:
    """Start the private PostgreSQL of this checkout; it is made at the first start."""
    from gis import settings
    from gis.db.cluster import addresses

    print(f"The database is up: {addresses(settings.from_environment()).app}")


@app.command()
def down() -> None:
    """Stop the private PostgreSQL; what is stored stays."""
    from gis import settings
    from gis.db.cluster import Cluster

    Cluster(settings.from_environment().home).down()
    print("The database is down.")


@app.command()
def migrate() -> None:
    """Bring the tables up to date; nothing happens when they are."""
    from gis import settings
    from gis.db import engine, schema
    from gis.db.cluster import addresses

    owner = engine.connect(addresses(settings.from_environment()).owner, statement_limit_s=0)
    schema.migrate(owner)
    owner.dispose()
    print(f"The tables are at migration {schema.newest()}.")


@app.command()
def status() -> None:
    """Say where the database is, whether it runs, how far it is migrated, and what it holds."""
    from gis import settings
    from gis.db import engine
    from gis.db.cluster import Cluster, addresses
    from gis.domain.staff import EVERYWHERE
    from gis.services import inventory

    chosen = settings.from_environment()
    if chosen.database_url is None:
        cluster = Cluster(chosen.home)
        print(f"private PostgreSQL in {cluster.data}: {cluster.status()}")
        if cluster.status() != "running":
            return
    with engine.transaction(engine.connect(addresses(chosen).app), scope=EVERYWHERE) as connection:
        for name, value in inventory.take(connection).items():
            print(f"{name:>24}  {value}")


@app.command()
def prepare(
    superuser_url: Annotated[
        str, typer.Argument(help="Address of your PostgreSQL for a superuser: postgresql://postgres@host/postgres")
    ],
    database: Annotated[str, typer.Option(help="Name of the database to make.")] = "wangge",
) -> None:
    """Make roles, database and extensions on a PostgreSQL of your own; needed once."""
    from gis.db.cluster import prepare as prepare_server

    prepare_server(superuser_url, database)
    print(f"Database {database} is prepared for the roles wangge_owner, wangge_app and wangge_network.")
