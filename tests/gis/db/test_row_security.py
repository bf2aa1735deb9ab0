"""Rows outside of a scope are not there, whatever the service asks: the database itself sees to it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from gis.db import cameras as cameras_read
from gis.db import cluster as clusters
from gis.db import contacts, follows, statistics
from gis.db import engine as engines
from gis.db import hotspots as hotspots_read
from gis.db import patrols as patrols_read
from gis.db import reports as reports_read
from gis.db.copying import copy_rows
from gis.db.tables import assignments, cameras, patrols, report_contacts, report_follows, reports
from gis.domain.periods import Period
from gis.domain.reports import Wanted
from gis.domain.staff import EVERYWHERE, NOWHERE, Scope, scope_of
from gis.errors import DatabaseUnavailableError

VILLAGES = ("210304015017", "210304015011")
PERIOD = Period(datetime(2025, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
SCOPED = (reports, assignments, cameras, patrols)


@pytest.fixture(scope="module")
def app(cluster: clusters.Cluster, new_database: Callable[[str], str], town_database: str) -> Iterator[sa.Engine]:
    """The role that serves, on a town of its own; one connection, so that every transaction is on the same."""
    engine = engines.connect(cluster.address(clusters.APP, new_database(town_database)), pool_size=1)
    yield engine
    engine.dispose()


def seen(engine: sa.Engine, table: sa.Table, scope: tuple[str, ...]) -> int:
    with engines.transaction(engine, scope=scope) as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


@pytest.mark.parametrize("table", SCOPED, ids=lambda table: table.name)
def test_two_villages_see_their_own_and_together_what_their_town_sees(app: sa.Engine, table: sa.Table) -> None:
    alone = [seen(app, table, scope_of([village])) for village in VILLAGES]
    both = seen(app, table, scope_of(VILLAGES))
    # What lies in the park that straddles both is there for either.
    assert max(alone) < both <= sum(alone)
    assert seen(app, table, scope_of(["210304015000"])) == both
    assert seen(app, table, scope_of(["210302000000"])) == 0
    assert seen(app, table, NOWHERE) == 0
    assert seen(app, table, EVERYWHERE) >= both


def test_a_grid_sees_no_more_than_its_own_reports(app: sa.Engine) -> None:
    with engines.transaction(app, scope=EVERYWHERE) as connection:
        query = sa.select(assignments.c.post_code, sa.func.count()).group_by(assignments.c.post_code)
        by_post = {code: count for code, count in connection.execute(query) if code is not None}
    leaves = [code for code in by_post if not code.endswith("000")]
    assert len(leaves) > 20
    for code in leaves:
        assert seen(app, reports, scope_of([code])) == by_post[code]


@pytest.fixture(scope="module")
def zoned(cluster: clusters.Cluster, app: sa.Engine) -> None:
    """Cameras, patrols and answers of three zones whose codes begin alike; one begins like a division."""
    owner = engines.connect(cluster.address(clusters.OWNER, str(app.url.database)))
    with owner.begin() as connection:
        for table in (assignments, cameras, patrols):
            order = f"select ctid, row_number() over () % 4 as n from {table.name}"
            zone = "(array['Z1', 'Z10', '2103'])[o.n]"
            named = f"update {table.name} t set zone_code = {zone} from ({order}) o where o.ctid = t.ctid"
            connection.execute(sa.text(named))
    owner.dispose()


@pytest.mark.usefixtures("zoned")
@pytest.mark.parametrize("table", SCOPED, ids=lambda table: table.name)
def test_a_zone_holds_nothing_of_another_whose_code_begins_alike(app: sa.Engine, table: sa.Table) -> None:
    with engines.transaction(app, scope=EVERYWHERE) as connection:
        of = {reports: assignments}.get(table, table)
        query = sa.select(of.c.zone_code, sa.func.count()).group_by(of.c.zone_code)
        there = {code: count for code, count in connection.execute(query) if code is not None}
    assert len(there) == 3
    for code, count in there.items():
        assert seen(app, table, scope_of([code])) == count


READ = {
    "reports": lambda connection, scope: reports_read.before(connection, None, limit=500, wanted=Wanted(), scope=scope),
    "hotspots": lambda connection, scope: hotspots_read.tally(connection, PERIOD, scope=scope)["count"].sum(),
    "cameras": lambda connection, scope: list(cameras_read.read(connection, scope=scope)["code"]),
    "patrols": lambda connection, scope: list(
        patrols_read.ended_in(connection, PERIOD, scope=scope, bbox=(122.0, 40.0, 124.0, 42.0))["started_at"]
    ),
}


@pytest.mark.usefixtures("zoned")
@pytest.mark.parametrize("read", READ.values(), ids=READ)
@pytest.mark.parametrize(
    "code", ["210304015017", "210304015017101000", "210304015000", "210302000000", "nowhere", "Z1", "2103"]
)
def test_the_filter_of_the_service_and_the_policy_under_it_each_hide_what_the_other_would(
    app: sa.Engine, read: Callable[[sa.Connection, Scope], object], code: str
) -> None:
    scope = scope_of([code])
    found = []
    for policy, filter_ in ((scope, scope), (scope, EVERYWHERE), (EVERYWHERE, scope)):
        with engines.transaction(app, scope=policy) as connection:
            found.append(read(connection, filter_))
    assert found[0] == found[1] == found[2]


def test_the_scope_of_one_transaction_is_gone_in_the_next_on_the_same_connection(app: sa.Engine) -> None:
    expected = [seen(app, reports, scope_of([village])) for village in VILLAGES]
    backends = set()
    for turn in range(10_000):
        with engines.transaction(app, scope=scope_of([VILLAGES[turn % 2]])) as connection:
            found, backend = connection.execute(
                sa.select(sa.func.count(), sa.func.max(sa.func.pg_backend_pid())).select_from(reports)
            ).one()
        assert found == expected[turn % 2]
        backends.add(backend)
    assert len(backends) == 1
    with app.connect() as bare:
        assert bare.scalar(sa.select(sa.func.count()).select_from(reports)) == 0


def test_the_serving_role_can_neither_lift_a_policy_nor_load_past_it(app: sa.Engine) -> None:
    for statement in ("alter table reports disable row level security", "drop policy by_scope on reports"):
        with pytest.raises(sa.exc.ProgrammingError, match="must be owner"), app.begin() as connection:
            connection.execute(sa.text(statement))
    with app.connect() as connection:
        connection.execute(sa.text("set local row_security = off"))
        with pytest.raises(sa.exc.DBAPIError, match="row-level security"):
            connection.execute(sa.select(sa.func.count()).select_from(reports))
    with app.connect() as connection, pytest.raises(DatabaseUnavailableError, match="Only the owner"):
        copy_rows(connection, patrols, ["post"], [["1"]])


def test_what_belongs_to_a_report_is_there_for_who_sees_the_report_and_for_nobody_else(app: sa.Engine) -> None:
    with engines.transaction(app, scope=EVERYWHERE) as connection:
        ids = list(connection.scalars(sa.select(reports.c.id)))
        for report_id in ids:
            agreed = {"consent_version": "1", "consented_at": datetime(2026, 11, 25, tzinfo=UTC)}
            contacts.keep(connection, report_id, sealed="x", key_id="k", telephone_mark="m", **agreed)
            follows.append(connection, report_id, str(report_id))
    for scope in (NOWHERE, EVERYWHERE, *(scope_of([village]) for village in VILLAGES)):
        expected = seen(app, reports, scope)
        assert seen(app, report_contacts, scope) == seen(app, report_follows, scope) == expected
    assert 0 < seen(app, reports, scope_of([VILLAGES[0]])) < len(ids)
    with engines.transaction(app, scope=scope_of([VILLAGES[0]])) as connection:
        mine = set(connection.scalars(sa.select(reports.c.id)))
        siblings = [report_id for report_id in ids if report_id not in mine]
        assert len(siblings) > 10
        assert all(contacts.find(connection, report_id, scope=EVERYWHERE) is None for report_id in siblings)
        assert contacts.remove(connection, siblings) == 0
        assert len(contacts.marked(connection, telephone=["m"], email=[])) == len(mine)
    secret = sa.update(report_follows).values(secret_sha256="mine")
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), app.begin() as connection:
        connection.execute(secret)


def test_a_row_outside_of_the_scope_can_be_neither_changed_nor_written(app: sa.Engine) -> None:
    theirs = sa.update(cameras).where(cameras.c.village_code == VILLAGES[1]).values(name="示例")
    with engines.transaction(app, scope=scope_of([VILLAGES[0]])) as connection:
        assert connection.execute(theirs).rowcount == 0


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("select * from reports where location && st_makeenvelope(123.02, 41.14, 123.03, 41.15, 4490)", "location"),
        ("select * from cameras where location && st_makeenvelope(123.02, 41.14, 123.03, 41.15, 4490)", "location"),
        ("select * from patrols where track && st_makeenvelope(123.02, 41.14, 123.03, 41.15, 4490)", "track"),
        ("select * from reports where captured_at >= '2026-06-30Z'", "captured_at"),
        ("select * from reports order by number desc limit 10", "number"),
    ],
)
def test_policies_leave_the_indexes_in_use(cluster: clusters.Cluster, app: sa.Engine, query: str, index: str) -> None:
    owner = engines.connect(cluster.address(clusters.OWNER, str(app.url.database)))
    with owner.begin() as connection:
        statistics.gather(connection)
    owner.dispose()
    with engines.transaction(app, scope=scope_of([VILLAGES[0]])) as connection:
        connection.execute(sa.text("set local enable_seqscan = off"))
        plan = "\n".join(connection.execute(sa.text(f"explain {query}")).scalars())
    assert f"{index}" in plan.split("Filter")[0]
    assert "Index" in plan.split("Filter")[0] or "Bitmap" in plan.split("Filter")[0]
