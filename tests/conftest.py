"""What tests stand on: a private PostGIS of their own, the fixture town, and the doors."""

import itertools
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from gis.db import cluster as clusters
from gis.db import engine as engines
from gis.db import schema
from gis.domain.staff import EVERYWHERE, Grant
from gis.settings import CHECKOUT, Settings
from tests.staff import BY

CORPORA = os.environ.get("WANGGE_CORPORA")
NUMBERS = itertools.count()
CITY = "210300000000"
# Tests ask more often than anybody does; what budgets do is tried in tests/api/test_budgets.py.
UNCOUNTED = dict.fromkeys(("sign_in", "intake", "heavy", "tiles", "other"), "off off")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the tests on foreign corpora where those lie; elsewhere they are not part of the run."""
    if CORPORA:
        return
    without = [item for item in items if "corpora" not in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=[item for item in items if item not in without])
    items[:] = without


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of hard and hostile input, named by WANGGE_CORPORA."""
    assert CORPORA, "WANGGE_CORPORA names no folder"
    return Path(CORPORA)


@pytest.fixture(scope="session")
def town() -> Path:
    """The folder of the hand-sized town."""
    return CHECKOUT / "fixtures" / "geojson"


@pytest.fixture(scope="session")
def cluster() -> Iterator[clusters.Cluster]:
    """A private PostgreSQL for this run, with the durable settings of the real one."""
    parent = Path("/var/lib/wangge") if os.geteuid() == 0 else Path(tempfile.gettempdir())
    parent.mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="test-", dir=parent))
    home.chmod(0o755)
    made = clusters.Cluster(home)
    made.up()
    yield made
    made.down()
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def new_database(cluster: clusters.Cluster) -> Callable[[str], str]:
    """Return a function that copies a database and returns the new one's name."""

    def make(template: str) -> str:
        name = f"copy_{next(NUMBERS)}"
        server = sa.create_engine(cluster.address("postgres", "postgres"), isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(sa.text(f"create database {name} template {template} owner {clusters.OWNER}"))
        server.dispose()
        return name

    return make


@pytest.fixture(scope="session")
def empty_database(cluster: clusters.Cluster) -> str:
    """The name of a database with all tables and no rows; copy it, never write to it."""
    engine = engines.connect(cluster.address(clusters.OWNER))
    schema.migrate(engine)
    engine.dispose()
    return clusters.DATABASE


@pytest.fixture(scope="session")
def town_database(
    cluster: clusters.Cluster, new_database: Callable[[str], str], empty_database: str, town: Path
) -> str:
    """The name of a database that holds the fixture town; copy it, never write to it."""
    from gis.services import imports

    name = new_database(empty_database)
    engine = engines.connect(cluster.address(clusters.OWNER, name))
    with engines.transaction(engine) as connection:
        imports.load(connection, town, datum="cgcs2000", by=BY)
    engine.dispose()
    return name


@pytest.fixture(scope="session")
def _empty_engine(
    cluster: clusters.Cluster, new_database: Callable[[str], str], empty_database: str
) -> Iterator[sa.Engine]:
    engine = seeing_all(engines.connect(cluster.address(clusters.APP, new_database(empty_database))))
    yield engine
    engine.dispose()


@pytest.fixture
def connection(_empty_engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction on an empty database, rolled back at the end."""
    with _empty_engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def owner(
    cluster: clusters.Cluster, new_database: Callable[[str], str], empty_database: str
) -> Iterator[sa.Connection]:
    """A transaction of the role that owns the tables, on an empty database: it loads, and no policy holds it back."""
    yield from _transaction_of(cluster.address(clusters.OWNER, new_database(empty_database)))


@pytest.fixture
def town_owner(
    cluster: clusters.Cluster, new_database: Callable[[str], str], town_database: str
) -> Iterator[sa.Connection]:
    """A transaction of the role that owns the tables, on the fixture town."""
    yield from _transaction_of(cluster.address(clusters.OWNER, new_database(town_database)))


def _transaction_of(address: str) -> Iterator[sa.Connection]:
    engine = engines.connect(address)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


@pytest.fixture
def engine(cluster: clusters.Cluster, new_database: Callable[[str], str], empty_database: str) -> Iterator[sa.Engine]:
    """A database with all tables and no rows that the test may fill and commit to."""
    engine = seeing_all(engines.connect(cluster.address(clusters.APP, new_database(empty_database))))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def town_engine(
    cluster: clusters.Cluster, new_database: Callable[[str], str], town_database: str
) -> Iterator[sa.Engine]:
    """A database with the fixture town, one for each test module."""
    engine = seeing_all(engines.connect(cluster.address(clusters.APP, new_database(town_database))))
    yield engine
    engine.dispose()


@pytest.fixture
def town_connection(town_engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction on the fixture town, rolled back at the end."""
    with town_engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="module")
def settings(cluster: clusters.Cluster, town_engine: sa.Engine, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a service on the module's copy of the fixture town."""
    url = town_engine.url.render_as_string(hide_password=False)
    owner_url = cluster.address(clusters.OWNER, str(town_engine.url.database))
    return replace(
        Settings(database_url=url, database_owner_url=owner_url, home=tmp_path_factory.mktemp("home")),
        port=free_port(),
        open_map=True,
        open_reporting=True,
        rates=UNCOUNTED,
    )


def seeing_all(engine: sa.Engine) -> sa.Engine:
    """Return an engine whose transactions see every row unless they say otherwise, as a test that looks wants to."""
    sa.event.listen(engine, "begin", lambda connection: engines.look_within(connection, EVERYWHERE))
    sa.event.listen(engine, "begin", engines.read_audit)
    return engine


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def signed_in(town_engine: sa.Engine) -> Callable[..., dict[str, str]]:
    """Return a function that makes an account with roles, opens a session and returns its headers."""
    from gis.db import accounts, sessions
    from gis.domain import credentials

    def sign_in(*grants: Grant, name: str | None = None) -> dict[str, str]:
        token = credentials.new_token()
        with engines.transaction(town_engine) as connection:
            account_id = accounts.append(connection, name or f"tester-{next(NUMBERS)}")
            assert account_id is not None
            for grant in grants:
                accounts.grant(connection, account_id, grant.role, grant.area)
            lifetime = timedelta(hours=1)
            sessions.append(connection, credentials.digest(token), account_id, lifetime=lifetime, is_whole=True)
        return {"Authorization": f"Bearer {token}"}

    return sign_in


@pytest.fixture(scope="module")
def dispatcher(signed_in: Callable[..., dict[str, str]]) -> dict[str, str]:
    """The headers of a dispatcher of the whole city."""
    return signed_in(Grant("dispatcher", CITY))


@pytest.fixture(scope="module")
def client(settings: Settings, dispatcher: dict[str, str]) -> Iterator[object]:
    """A dispatcher of the city who asks the HTTP door on the fixture town."""
    from fastapi.testclient import TestClient

    from api.app import create_app

    with TestClient(create_app(settings), raise_server_exceptions=False, headers=dispatcher) as client:
        yield client
