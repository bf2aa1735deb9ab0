"""Each rule removes exactly what is due, and nothing that is a second younger."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from gis.db import cluster as clusters
from gis.db import engine as engines
from gis.db import retention as stored
from gis.db.tables import access_log, patrol_visits, patrols
from gis.domain.audit import Actor, Wanted
from gis.domain.retention import RULES, rules
from gis.domain.staff import EVERYWHERE
from gis.services import audit, retention
from gis.services.retention import Transactions

NOW = datetime.now(UTC).replace(microsecond=0)
SECOND = timedelta(seconds=1)
TRACK = "st_geomfromtext('LINESTRING(123.0244 41.1504,123.0248 41.1505,123.0252 41.1503)', 4490)"
ACCOUNT = "insert into accounts (name) values ('keeper-' || gen_random_uuid()) returning id"
# How a row of each rule is made whose days are counted from `:at`; `{account}` is any account.
ROWS = {
    "tracks": f"insert into patrols (post, started_at, ended_at, track) values ('p', :at, :at, {TRACK})",
    "contacts": "insert into report_contacts (report_id, sealed, key_id, telephone_mark, consent_version, consented_at,"
    " stored_at) select id, 's', 'k', 't', '1', :at, :at from reports r"
    " where not exists (select from report_contacts c where c.report_id = r.id) limit 1",
    "sessions": "insert into sessions (token_hash, account_id, expires_at, is_whole) values"
    " (gen_random_uuid()::text, {account}, :at, true)",
    "api_keys": "insert into api_keys (account_id, key_hash, expires_at, per_minute) values"
    " ({account}, gen_random_uuid()::text, :at, 1)",
    "sign_in_failures": "insert into sign_in_failures (at, name_hash, address) values (:at, 'h', '10.0.0.1')",
    "telephones": "insert into accounts (name, telephone, disabled_at) values"
    " ('gone-' || gen_random_uuid(), (select 100000 + count(*) from accounts)::text, :at)",
    "used_attempts": "insert into used_attempts (state_hash, used_at) values (gen_random_uuid()::text, :at)",
    "audit_looks": "insert into audit_looks (key, at) values (gen_random_uuid()::text, :at)",
    "events": "insert into events (at, kind, payload) values (:at, 'report.submitted', '{{}}')",
    "consents": "insert into consents (account_id, purpose, notice_version, given_at, withdrawn_at) values"
    " ({account}, 'track', 1, :at - interval '1 day', :at)",
    "assessments": "insert into assessments (title, processing, purpose, ground, risks, measures, conclusion,"
    " assessed_on, recorded_at) values ('a', 'a', 'a', 'a', 'a', 'a', 'a', '2010-01-01', :at)",
    "breaches": "insert into breaches (title, found_at, categories, causes, harm, measures, recorded_at) values"
    " ('b', :at, 'b', 'b', 'b', 'b', :at)",
    "retention_runs": "insert into retention_runs (at, rule, days, due, deleted) values (:at, 'tracks', 1, 1, 1)",
    "access_log": "insert into access_log (at, method, path, status, account_id, address, trace_id) values"
    " (:at, 'GET', '/', 200, 1, '10.0.0.1', '')",
    "sender_addresses": "insert into access_log (at, method, path, status, address, trace_id) values"
    " (:at, 'POST', '/follow/erasure', 204, '10.0.0.1', '')",
}


@pytest.fixture(scope="module")
def owner_engine(cluster: clusters.Cluster, town_engine: sa.Engine) -> Iterator[sa.Engine]:
    """The role that owns the module's copy of the town: it may put in rows that were made long ago."""
    engine = engines.connect(cluster.address(clusters.OWNER, str(town_engine.url.database)))
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def _emptied(owner_engine: sa.Engine) -> None:
    with owner_engine.begin() as connection:
        connection.execute(sa.text("truncate access_log, events, sign_in_failures, retention_runs, patrol_visits"))


@pytest.fixture
def transactions(town_engine: sa.Engine) -> Transactions:
    """Transactions of the role that serves, each committed, as the worker opens them."""
    return lambda: engines.transaction(town_engine, scope=EVERYWHERE, reads_audit=True)


@pytest.fixture
def put(owner_engine: sa.Engine) -> Callable[[str, datetime], None]:
    """Put in a row of a rule whose days are counted from an instant."""

    def put_one(rule: str, at: datetime) -> None:
        with owner_engine.begin() as connection:
            if rule == "audit_texts":
                put_audit_texts(connection, at)
                return
            account = connection.scalar(sa.text(ACCOUNT))
            connection.execute(sa.text(ROWS[rule].format(account=account)), {"at": at})

    return put_one


def put_audit_texts(connection: sa.Connection, at: datetime) -> None:
    position = audit.record(connection, Actor("keeper").did("test.done", "test:1"))
    connection.execute(sa.text("alter table audit disable trigger append_only"))
    connection.execute(
        sa.text("update audit set at = :at where position = :position"), {"at": at, "position": position}
    )
    connection.execute(sa.text("alter table audit enable trigger append_only"))


def due(transactions: Transactions, rule: str, now: datetime) -> int:
    with transactions() as connection:
        (standing,) = retention.preview(connection, {rule: RULES[rule]}, now)
    return standing.due


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_removes_what_is_due_and_nothing_that_is_a_second_younger(
    transactions: Transactions, put: Callable[[str, datetime], None], rule: str
) -> None:
    limit = RULES[rule].until(NOW)
    for at in (limit - timedelta(days=400), limit, limit + SECOND):
        put(rule, at)
    chosen = {rule: RULES[rule]}
    with transactions() as connection:
        (shown,) = retention.preview(connection, chosen, NOW)
    assert (shown.due, shown.deleted, shown.oldest_at) == (2, 0, limit + SECOND)
    assert due(transactions, rule, NOW) == 2
    (done,) = retention.run(transactions, chosen, NOW, by=Actor("tester"))
    assert (done.due, done.deleted, done.oldest_at) == (2, 2, limit + SECOND)
    assert due(transactions, rule, NOW) == 0
    # A second later the third is due too: it was kept until then.
    assert due(transactions, rule, NOW + SECOND) == 1


def test_every_rule_is_tried_above() -> None:
    assert set(ROWS) | {"audit_texts"} == set(RULES)


def test_batches_go_on_until_nothing_is_due(
    transactions: Transactions, put: Callable[[str, datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "BATCH", 2)
    opened = []

    @contextmanager
    def counted() -> Iterator[sa.Connection]:
        opened.append(1)
        with transactions() as connection:
            yield connection

    for _ in range(5):
        put("sign_in_failures", NOW - timedelta(days=3))
    (done,) = retention.run(counted, {"sign_in_failures": RULES["sign_in_failures"]}, NOW, by=Actor("tester"))
    assert done.deleted == 5
    # One looks, four remove (the last finds nothing), one records.
    assert len(opened) == 6


def test_a_run_that_is_cut_off_has_recorded_every_row_that_it_removed(
    transactions: Transactions, put: Callable[[str, datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "BATCH", 2)
    opened = []

    @contextmanager
    def cut_off() -> Iterator[sa.Connection]:
        opened.append(1)
        if len(opened) > 3:
            raise KeyboardInterrupt
        with transactions() as connection:
            yield connection

    for _ in range(5):
        put("sign_in_failures", NOW - timedelta(days=3))
    by = Actor(f"cut off at {NOW}")
    with pytest.raises(KeyboardInterrupt):
        retention.run(cut_off, {"sign_in_failures": RULES["sign_in_failures"]}, NOW, by=by)
    assert due(transactions, "sign_in_failures", NOW) == 1
    with transactions() as connection:
        rows = audit.page(connection, Wanted(action="retention.removed", subject="retention:sign_in_failures"))
    told = [row.texts.shown for row in rows if row.texts and row.texts.actor_name == by.name]
    assert told == ['{"after":{"removed":2},"before":{}}'] * 2


def test_a_track_leaves_its_visits_by_grid_and_month_without_the_post(
    transactions: Transactions, put: Callable[[str, datetime], None]
) -> None:
    with transactions() as connection:
        connection.execute(sa.text("update grids set valid = tstzrange('2020-01-01Z', null)"))
        expected = set(
            connection.scalars(
                sa.text(f"select id from grids where st_dwithin(boundary::geography, ({TRACK})::geography, 25)")
            )
        )
    at = datetime(2026, 3, 31, 17, tzinfo=UTC)  # the first of April in the city
    put("tracks", at)
    put("tracks", at + timedelta(days=1))
    retention.run(transactions, {"tracks": RULES["tracks"]}, NOW, by=Actor("tester"))
    with transactions() as connection:
        rows = connection.execute(sa.select(patrol_visits)).all()
        assert {row.grid_id for row in rows} == expected
        assert {(str(row.month), row.visits) for row in rows} == {("2026-04-01", 2)}
        assert set(patrol_visits.c.keys()) == {"grid_id", "month", "visits"}
    assert len(expected) >= 2


def test_tracks_that_the_demo_made_stay(transactions: Transactions) -> None:
    with transactions() as connection:
        before = connection.scalar(sa.select(sa.func.count()).where(patrols.c.synthetic))
    retention.run(transactions, {"tracks": RULES["tracks"]}, NOW + timedelta(days=3650), by=Actor("tester"))
    with transactions() as connection:
        assert connection.scalar(sa.select(sa.func.count()).where(patrols.c.synthetic)) == before == 14


def test_a_shorter_rule_of_the_operator_is_the_one_that_counts(
    transactions: Transactions, put: Callable[[str, datetime], None]
) -> None:
    put("events", NOW - timedelta(days=4))
    chosen = {"events": rules({"events": 3})["events"]}
    (done,) = retention.run(transactions, chosen, NOW, by=Actor("tester"))
    assert (done.days, done.deleted) == (3, 1)


def test_the_address_of_who_had_not_signed_in_goes_and_the_request_stays(
    transactions: Transactions, owner_engine: sa.Engine, put: Callable[[str, datetime], None]
) -> None:
    at = NOW - timedelta(days=8)
    put("sender_addresses", at)
    put("access_log", at)
    retention.run(transactions, {"sender_addresses": RULES["sender_addresses"]}, NOW, by=Actor("tester"))
    with owner_engine.connect() as connection:
        rows = connection.execute(sa.select(access_log.c.path, access_log.c.address).where(access_log.c.at == at))
        assert set(map(tuple, rows)) == {("/follow/erasure", ""), ("/", "10.0.0.1")}


@pytest.mark.parametrize("call", ["access_log_purge(now(), 100)", "access_log_forget_senders(now(), 100)"])
def test_the_service_cannot_remove_from_the_access_log_what_the_law_wants_kept(
    town_engine: sa.Engine, put: Callable[[str, datetime], None], call: str
) -> None:
    put("access_log", NOW - timedelta(days=1))
    put("sender_addresses", NOW - timedelta(days=1))
    with town_engine.begin() as connection:
        assert connection.scalar(sa.text(f"select {call}")) == 0
    for statement in ("delete from access_log", "update access_log set path = ''", "select at from access_log"):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), town_engine.begin() as connection:
            connection.execute(sa.text(statement))


@pytest.mark.parametrize("table", ["assessments", "breaches"])
def test_a_register_of_the_law_keeps_its_rows_three_years_even_from_its_owner(
    owner_engine: sa.Engine, put: Callable[[str, datetime], None], table: str
) -> None:
    put(table, NOW - timedelta(days=1095))
    for statement in (f"delete from {table} where recorded_at > now() - interval '3 years'", f"truncate {table}"):
        with pytest.raises(sa.exc.ProgrammingError, match="kept for three years"), owner_engine.begin() as connection:
            connection.execute(sa.text(statement))
    put(table, NOW - timedelta(days=1098))
    with owner_engine.begin() as connection:
        gone = connection.execute(sa.text(f"delete from {table} where recorded_at < now() - interval '1097 days'"))
        assert gone.rowcount >= 1


def test_a_run_is_recorded_in_its_table_and_in_the_audit_log(
    transactions: Transactions, put: Callable[[str, datetime], None]
) -> None:
    put("events", NOW - timedelta(days=31))
    retention.run(transactions, RULES, NOW, by=Actor("somebody", "terminal"))
    with transactions() as connection:
        ran = {each.rule: each for each in retention.report(connection, RULES)}
        assert set(ran) == set(RULES)
        assert all(each.at == NOW for each in ran.values())
        assert ran["events"].deleted == 1
        (last, *_) = audit.page(connection, Wanted(action="retention"))
        assert last.row.action == "retention.run"
        assert last.texts is not None
        assert '"removed":{"events":1}' in last.texts.shown


def test_a_rule_that_never_ran_says_so(connection: sa.Connection) -> None:
    assert {each.at for each in retention.report(connection, RULES)} == {None}


def test_what_was_renewed_while_a_batch_waited_for_it_stays(transactions: Transactions, town_engine: sa.Engine) -> None:
    with transactions() as connection:
        connection.execute(sa.text("delete from report_contacts"))
        connection.execute(sa.text(ROWS["contacts"]), {"at": NOW - timedelta(days=181)})

    def remove() -> int:
        with transactions() as connection:
            return stored.remove(connection, "contacts", NOW - timedelta(days=180))

    waiting = "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query like 'DELETE%')"
    with ThreadPoolExecutor(1) as pool:
        with transactions() as connection:
            connection.execute(sa.text("update report_contacts set stored_at = :now"), {"now": NOW})
            removed = pool.submit(remove)
            deadline = time.monotonic() + 20
            while not connection.scalar(sa.text(waiting)) and time.monotonic() < deadline:
                time.sleep(0.05)
        assert removed.result() == 0
    with transactions() as connection:
        assert connection.scalar(sa.text("select count(*) from report_contacts")) == 1
