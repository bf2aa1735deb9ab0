"""The state of the tables: migrate forward, and tell how far a database is."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from gis.db.engine import transaction

MIGRATIONS = Path(__file__).with_name("migrations")


def _configuration() -> Config:
    configuration = Config()
    # Alembic interpolates `%`, which a path may hold.
    configuration.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return configuration


def migrate(engine: sa.Engine) -> None:
    """Bring the tables up to the newest migration, all in one transaction; nothing happens when they are.

    Raises `DatabaseUnavailableError` when the server cannot be reached.
    """
    upgrade(engine, "head")


def upgrade(engine: sa.Engine, revision: str) -> None:
    """Bring the tables forward to one migration; raises what `migrate` raises."""
    configuration = _configuration()
    with transaction(engine) as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, revision)


def newest() -> str | None:
    """Return the number of the newest migration that this program knows."""
    return ScriptDirectory.from_config(_configuration()).get_current_head()


def knows(migration: str) -> bool:
    """Return whether a migration is one of those of this program."""
    return migration in {script.revision for script in ScriptDirectory.from_config(_configuration()).walk_revisions()}


def present(connection: sa.Connection) -> str | None:
    """Return the number of the newest migration that the database has; None for an empty database."""
    return MigrationContext.configure(connection).get_current_revision()


def has_table(connection: sa.Connection, name: str) -> bool:
    """Return whether a table is there, which may come with a migration that is still to be made."""
    return sa.inspect(connection).has_table(name)
