"""No text reaches PostgreSQL as anything but a value: six classes of injection through every parameter."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import httpx
import pytest
import shapely
import sqlalchemy as sa
from fastapi.testclient import TestClient

from gis.db import cluster as clusters
from gis.domain.staff import ROLES, Grant
from gis.files import frames
from gis.services import imports
from tests.api.doors import Door, doors, leaves
from tests.conftest import CITY
from tests.staff import BY

CLASSES = {
    "stacked": ("1;select pg_sleep(3)--", "'; drop table reports;--", "1); delete from grids;--", "$$;select 1;$$"),
    "union": ("' union select null,version()--", "1 union all select usename from pg_user--", "') union select 1--"),
    "boolean": ("' or '1'='1", "1 or 1=1", "' and 1=0--", '" or "1"="1', "1) or (1=1"),
    "time": ("'||pg_sleep(3)--", "1 and 1=(select 1 from pg_sleep(3))", "';select pg_sleep(3);--"),
    "encoding": ("ʼ or 1=1--", "＇ or 1=1--", "%27%20or%201=1--", "\\u0027 or 1=1--", "縗' or 1=1--", "0x27 or 1=1"),
    "pattern": ("%", "_", "%%%", "\\", "\\%", "%' escape '", "[a-z]%", "(a+)+$"),
}
INJECTIONS = [text for texts in CLASSES.values() for text in texts]
HEADERS = ("Authorization", "Cookie", "Accept-Language", "If-None-Match", "Content-Type", "X-Forwarded-For")
# Not a filter: what comes after a name comes after any text.
PLACES = ("after", "cursor")
NOTHING = "zzqqzz"
LATER_S = 1.0
# A sign-in that failed is counted against the address it came from.
FROM_ONE_ADDRESS = 50
TOLD = ("psycopg", "sqlalchemy", "syntax error", "pg_catalog", "PostgreSQL 1")


@pytest.fixture
def errors(cluster: clusters.Cluster) -> Callable[[], list[str]]:
    """Return a function that tells what PostgreSQL has logged as errors since the test began."""
    log = cluster.data / "server.log"
    began = log.stat().st_size

    def since() -> list[str]:
        with log.open("rb") as file:
            file.seek(began)
            lines = file.read().decode(errors="replace").splitlines()
        return [line for line in lines if any(f" {kind}: " in line for kind in ("ERROR", "FATAL", "PANIC"))]

    return since


@pytest.fixture
def everybody(signed_in: Any) -> dict[str, str]:
    """The headers of somebody with every role, whom no route refuses."""
    headers: dict[str, str] = signed_in(*(Grant(role, CITY) for role in ROLES))
    return headers


def rows(answer: httpx.Response) -> int:
    """Return how many things an answer lists."""
    if "json" not in answer.headers.get("Content-Type", "") or answer.status_code >= 300 or not answer.content:
        return 0
    document = answer.json()
    lists = [document] if isinstance(document, list) else [part for part in document.values() if isinstance(part, list)]
    return max((len(part) for part in lists), default=0)


def by_place(door: Door) -> Iterator[tuple[str, Door, Door]]:
    """Yield for each injection through each parameter of a route: its name, the question, and its control."""
    for place in ("path", "query", "header"):
        for name in door.names(place):
            control = door if name in PLACES else door.asked(place, name, NOTHING)
            for text in INJECTIONS:
                yield name, door.asked(place, name, text), control
    for text in INJECTIONS:
        yield "a name of the query", door.asked("query", text, "1"), door
    for path in leaves(door.body):
        for text in INJECTIONS:
            yield str(path), door.said(path, text), door
            if isinstance(path[-1], str):
                yield f"the name {path}", door.named(path, text), door


class Asking:
    """Asks questions and their controls, and keeps what was not as it should be."""

    def __init__(self, app: Any, headers: dict[str, str]) -> None:
        self.count = 0
        self.wrong: list[str] = []
        self._app, self._headers = app, headers
        self._controls: dict[str, tuple[int, float]] = {}

    def ask(self, what: str, asked: Door, control: Door, headers: dict[str, Any] | None = None) -> None:
        """Ask one question: no failure, not a second later than the control, not a row more."""
        known = str(control)
        if known not in self._controls:
            answer, took_s = self._timed(control, {})
            self._controls[known] = (rows(answer), took_s)
        most, usual_s = self._controls[known]
        answer, took_s = self._timed(asked, headers or {})
        # A busy machine is late once; a database that sleeps is late each time.
        for _ in range(2):
            if took_s > usual_s + LATER_S:
                took_s = min(took_s, self._timed(asked, headers or {})[1])
        # The audit log holds what was asked of it, and finds it when it is asked for again.
        more = 0 if asked.path == "/audit" else rows(answer) - most
        self._judge(f"{asked.method} {asked.path} {what}: {answer.status_code}", answer, more)
        if took_s > usual_s + LATER_S:
            self.wrong.append(f"{asked.method} {asked.path} {what}: {took_s:.1f} s")

    def _judge(self, what: str, answer: httpx.Response, more: int) -> None:
        if answer.status_code >= 500 or any(word in answer.text for word in TOLD):
            self.wrong.append(f"{what}: {answer.text[:200]}")
        if more > 0:
            self.wrong.append(f"{what}: {more} rows more")

    def _timed(self, door: Door, headers: dict[str, Any]) -> tuple[httpx.Response, float]:
        address = f"2001:db8:0:{self.count // FROM_ONE_ADDRESS:x}::1"
        client = TestClient(self._app, raise_server_exceptions=False, client=(address, 50_000))
        self.count += 1
        began = time.perf_counter()
        answer = door.send(client, {**self._headers, **headers})
        return answer, time.perf_counter() - began


def test_no_parameter_of_any_route_is_read_as_sql(
    client: Any, everybody: dict[str, str], errors: Callable[[], list[str]]
) -> None:
    asking = Asking(client.app, everybody)
    for door in doors(client.get("/openapi.json").json()):
        # Signing out would end what the other questions are asked with.
        if (door.method, door.path) != ("DELETE", "/session"):
            for name, asked, control in by_place(door):
                asking.ask(name, asked, control)
    print(f"{asking.count:,} requests, {len(asking.wrong)} wrong, {len(errors())} errors in the database's log")
    assert asking.count >= 5_000
    assert asking.wrong == []
    assert errors() == []


def test_no_header_of_any_route_is_read_as_sql(
    client: Any, everybody: dict[str, str], errors: Callable[[], list[str]]
) -> None:
    asking = Asking(client.app, everybody)
    texts = [texts[0] for texts in CLASSES.values()]
    for door in doors(client.get("/openapi.json").json()):
        for name in HEADERS:
            for text in texts:
                value = {"Authorization": f"Bearer {text}", "Cookie": f'wangge="{text}"'}.get(name, text)
                alone = {"Authorization": ""} if name == "Cookie" or door.method == "DELETE" else {}
                asking.ask(name, door, door, {**alone, name: value.encode()})
    assert asking.count >= 1_000
    assert asking.wrong == []
    assert errors() == []


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".parquet", ".csv"])
def test_no_column_or_value_of_an_imported_file_is_read_as_sql(
    town: Path, tmp_path: Path, owner: sa.Connection, errors: Callable[[], list[str]], suffix: str
) -> None:
    for file in town.glob("*.geojson"):
        noun = frames.read_frame(file, datum="cgcs2000", layer=file.stem)
        hostile = noun.assign(**{f"{text} {number}": text for number, text in enumerate(INJECTIONS)})
        if file.stem == "reports":
            hostile["text"] = [INJECTIONS[row % len(INJECTIONS)] for row in range(len(hostile))]
        frames.write_frame(hostile, tmp_path / f"{file.stem}{suffix}", layer=file.stem)
    imports.load(owner, tmp_path, datum="cgcs2000", by=BY)
    texts = owner.execute(sa.text("select distinct text from reports where text <> ''")).scalars().all()
    assert texts
    assert set(texts) <= set(INJECTIONS)
    assert owner.scalar(sa.text("select count(*) from grids")) > 0
    assert errors() == []


def test_no_name_of_a_column_of_a_routed_file_is_read_as_sql(tmp_path: Path) -> None:
    shape = shapely.Point(123.024, 41.152)
    frame = gpd.GeoDataFrame({text: [text] for text in INJECTIONS}, geometry=[shape], crs="EPSG:4490")
    for suffix in (".geojson", ".gpkg", ".parquet", ".csv"):
        frames.write_frame(frame, tmp_path / f"a{suffix}")
        read = frames.read_frame(tmp_path / f"a{suffix}", datum="cgcs2000")
        assert {str(name) for name in read.columns} >= set(INJECTIONS), suffix
