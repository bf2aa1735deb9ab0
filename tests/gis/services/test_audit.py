"""The audit log tells what was done, and whoever tampers with it is told with the place."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from psycopg.types.json import Jsonb

from gis.db import audit as rows_of
from gis.db import engine as engines
from gis.db import events, statistics
from gis.db.cluster import APP, OWNER, Cluster
from gis.db.copying import copy_rows
from gis.db.tables import audit as audit_table
from gis.db.tables import audit_head, audit_texts
from gis.domain.audit import Entry, Wanted
from gis.domain.audit_chain import Finding
from gis.errors import NotFoundError
from gis.services import audit
from tests.audit_rows import BEGAN, chain

DISABLED = Entry("account.disabled", "account:17", actor_id=3, actor_name="leader-9", reason="left the town")
ROWS = 100_000
UNLOCK = """alter table audit disable trigger append_only;
    alter table audit_texts drop constraint fk_audit_texts_position"""


def owner_of(engine: sa.Engine) -> sa.Engine:
    return engines.connect(engine.url.set(username=OWNER).render_as_string(hide_password=False))


def told(findings: list[Finding]) -> list[tuple[str, int, int]]:
    return [(finding.kind, finding.position, finding.last) for finding in findings]


def stored(value: object) -> object:
    return Jsonb(value) if isinstance(value, dict) else value


@pytest.fixture(scope="module")
def filled(cluster: Cluster, new_database: Callable[[str], str], empty_database: str) -> Iterator[sa.Engine]:
    """A database with a log of 100,000 rows, for the role that owns it and may do what nobody should."""
    engine = engines.connect(cluster.address(OWNER, new_database(empty_database)))
    rows = chain(ROWS)
    with engines.transaction(engine) as connection:
        for table, parts in ((audit_table, [r.row for r in rows]), (audit_texts, [r.texts for r in rows])):
            columns = [column.name for column in table.columns]
            values = ({"position": n, **vars(part)} for n, part in enumerate(parts, start=1))
            copy_rows(connection, table, columns, ([stored(value[name]) for name in columns] for value in values))
        connection.execute(sa.update(audit_head).values(position=ROWS, hash=rows[-1].row.hash))
    yield engine
    engine.dispose()


@pytest.fixture
def tampered(filled: sa.Engine) -> Iterator[sa.Connection]:
    """The owner's connection with nothing in its way; everything is rolled back."""
    with filled.connect() as connection:
        connection.execute(sa.text(UNLOCK))
        yield connection
        connection.rollback()


def test_a_row_says_who_did_what_to_what_and_when_by_the_clock_of_the_database(connection: sa.Connection) -> None:
    began = connection.scalar(sa.text("select clock_timestamp()"))
    assert audit.record(connection, DISABLED) == 1
    (recorded,) = audit.page(connection, Wanted())
    assert (recorded.row.actor_id, recorded.row.action, recorded.row.subject) == (3, "account.disabled", "account:17")
    assert recorded.texts is not None
    assert (recorded.texts.actor_name, recorded.texts.reason) == ("leader-9", "left the town")
    assert timedelta() <= recorded.row.at - began < timedelta(seconds=5)
    assert audit.verify(connection) == []


def test_a_row_commits_or_rolls_back_with_its_change(engine: sa.Engine) -> None:
    change = sa.text("insert into accounts (name) values (:name)")
    with engine.connect() as connection:
        connection.execute(change, {"name": "one"})
        audit.record(connection, DISABLED)
        connection.rollback()
    with engines.transaction(engine) as connection:
        connection.execute(change, {"name": "two"})
        assert audit.record(connection, DISABLED) == 1
    with engines.transaction(engine) as connection:
        assert list(connection.scalars(sa.text("select name from accounts"))) == ["two"]
        assert [recorded.row.position for recorded in audit.page(connection, Wanted())] == [1]


def test_many_writers_at_once_keep_one_chain_without_a_gap(engine: sa.Engine) -> None:
    failures: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            for number in range(25):
                with engine.connect() as connection:
                    events.append(connection, "account.disabled", {"n": number})
                    audit.record(connection, Entry("account.disabled", f"account:{number}", actor_id=writer))
                    if number % 5 == 4:
                        connection.rollback()
                    else:
                        connection.commit()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=[writer]) for writer in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        with engines.transaction(engine) as connection:
            assert audit.verify(connection) == [], "rows that are written meanwhile are no finding"
    assert failures == []
    with engines.transaction(engine) as connection:
        rows = [recorded.row for recorded in audit.page(connection, Wanted(), limit=1000)]
        assert [row.position for row in rows] == list(range(160, 0, -1))
        assert [row.at for row in rows] == sorted((row.at for row in rows), reverse=True)
        assert audit.verify(connection) == []


def test_filters_narrow_a_page(connection: sa.Connection) -> None:
    for action, subject, actor in (
        ("account.disabled", "account:17", 3),
        ("account.enabled", "account:170", 4),
        ("accounts.listed", "accounts:all", 3),
        ("plan.published", "plan:4", None),
    ):
        audit.record(connection, Entry(action, subject, actor_id=actor))
    newest = audit.page(connection, Wanted())[0].row.at

    def found(**filters: object) -> list[int]:
        return [recorded.row.position for recorded in audit.page(connection, Wanted(**filters))]  # type: ignore[arg-type]

    assert found() == [4, 3, 2, 1]
    assert found(actor_id=3) == [3, 1]
    assert found(action="account.disabled") == [1]
    assert found(action="account") == [2, 1]
    assert found(action="account%") == []
    assert found(subject="account:17") == [1]
    assert found(subject="account") == [2, 1]
    assert found(since=newest) == [4]
    assert found(until=newest) == [3, 2, 1]


def test_pages_follow_each_other_while_rows_are_added(connection: sa.Connection) -> None:
    for number in range(5):
        audit.record(connection, Entry("account.disabled", f"account:{number}"))
    first = audit.page(connection, Wanted(), limit=2)
    audit.record(connection, DISABLED)
    second = audit.page(connection, Wanted(), before=first[-1].row.position, limit=2)
    assert [recorded.row.position for recorded in [*first, *second]] == [5, 4, 3, 2]


def test_erasing_what_people_wrote_leaves_the_chain_whole(connection: sa.Connection) -> None:
    positions = [audit.record(connection, DISABLED) for _ in range(4)]
    assert audit.erase_texts(connection, positions[1:3]) == 2
    assert audit.erase_texts(connection, positions[1:3]) == 0
    assert audit.verify(connection) == []
    rows = audit.page(connection, Wanted())
    assert [recorded.texts is None for recorded in rows] == [False, True, True, False]
    assert "left the town" not in str([recorded for recorded in rows if recorded.texts is None])


# A page is found by the index of its filter, or read from the newest row back; never by reading all rows.
INDEXED = {
    "nothing": (Wanted(), "pk_audit"),
    "what is new": (Wanted(after=ROWS - 10), "pk_audit"),
    "an actor": (Wanted(actor_id=3), "ix_audit_actor_id"),
    "an action": (Wanted(action="account.disabled"), "pk_audit"),
    "a rare action": (Wanted(action="backup.made"), "ix_audit_action"),
    "rare actions": (Wanted(action="backup"), "ix_audit_action"),
    "a subject": (Wanted(subject="account:17"), "ix_audit_subject"),
    "rare subjects": (Wanted(subject="backup"), "ix_audit_subject"),
    "an hour": (Wanted(since=BEGAN, until=BEGAN + timedelta(hours=1)), "ix_audit_at"),
}


@pytest.mark.parametrize(("wanted", "index"), INDEXED.values(), ids=INDEXED)
def test_the_policy_leaves_the_indexes_in_use(filled: sa.Engine, wanted: Wanted, index: str) -> None:
    with filled.begin() as connection:
        statistics.gather(connection)
    app = engines.connect(filled.url.set(username=APP).render_as_string(hide_password=False))
    with engines.transaction(app, reads_audit=True) as connection:
        asked = rows_of.newest(wanted, position=None, limit=10)
        written = asked.compile(app, compile_kwargs={"literal_binds": True})
        plan = "\n".join(connection.exec_driver_sql(f"explain {written}").scalars())
    app.dispose()
    assert f" {index} " in plan, plan
    assert "Seq Scan" not in plan, plan


def test_a_hundred_thousand_rows_are_verified_and_tell_how_far_they_are(filled: sa.Engine) -> None:
    told_of: list[tuple[int, int]] = []
    with engines.transaction(filled) as connection:
        assert audit.verify(connection, progress=lambda done, total: told_of.append((done, total))) == []
    assert told_of[0] == (5000, ROWS)
    assert told_of[-1] == (ROWS, ROWS)


def test_the_rows_that_are_read_are_the_rows_that_the_tests_of_the_chain_tamper_with(filled: sa.Engine) -> None:
    with engines.transaction(filled) as connection:
        assert tuple(rows_of.every(connection, Wanted())) == chain(ROWS)


def test_what_the_owner_did_with_the_trigger_disabled_is_found(tampered: sa.Connection) -> None:
    for statement in (
        "update audit set role = 'auditor' where position = 20000",
        "update audit set at = at + interval '1 day' where position = 30000",
        "update audit set after = '{}' where position = 40000",
        "update audit set hash = repeat('0', 64) where position = 45000",
        "delete from audit where position between 50000 and 50002",
        "update audit set position = 900000 where position = 60000",
        "update audit set position = 60000 where position = 70000",
        "update audit set position = 70000 where position = 900000",
        "update audit_texts set reason = 'because' where position = 80000",
    ):
        assert tampered.execute(sa.text(statement)).rowcount
    assert told(audit.verify(tampered)) == [
        ("changed", 20000, 20000),
        ("changed", 30000, 30000),
        ("changed", 40000, 40000),
        ("changed", 45000, 45000),
        ("deleted", 50000, 50002),
        ("reordered", 60000, 60000),
        ("texts", 60000, 60000),
        ("reordered", 70000, 70000),
        ("texts", 70000, 70000),
        ("texts", 80000, 80000),
    ]


def test_a_cut_tail_is_found_by_the_head_in_the_database_and_by_the_signed_one(
    engine: sa.Engine, tmp_path: Path
) -> None:
    owner, files = owner_of(engine), {"keys": tmp_path / "keys", "heads": tmp_path / "heads.jsonl"}
    with owner.connect() as connection:
        for _ in range(100):
            audit.record(connection, DISABLED)
        assert audit.sign_head(connection, **files).position == 100
        heads, findings = audit.read_heads(files["heads"], files["keys"])
        assert findings == audit.verify(connection, heads) == []
        connection.execute(sa.text(UNLOCK))
        connection.execute(sa.text("delete from audit where position > 90"))
        assert told(audit.verify(connection)) == [("cut", 91, 100)]
        last = "select hash from audit where position = 90"
        connection.execute(sa.text(f"update audit_head set position = 90, hash = ({last})"))
        assert audit.verify(connection) == []
        assert told(audit.verify(connection, heads)) == [("cut", 91, 100)]
    owner.dispose()


def test_a_row_behind_the_head_is_found(engine: sa.Engine) -> None:
    owner = owner_of(engine)
    with owner.connect() as connection:
        for _ in range(3):
            audit.record(connection, DISABLED)
        connection.execute(
            sa.text("""insert into audit select 4, at, actor_id, role, action, subject, before, after, texts_hash,
            previous_hash, hash from audit where position = 3""")
        )
        assert ("inserted", 4, 4) in told(audit.verify(connection))
    owner.dispose()


def test_a_head_with_a_wrong_signature_is_told_and_not_trusted(connection: sa.Connection, tmp_path: Path) -> None:
    path = tmp_path / "heads.jsonl"
    audit.record(connection, DISABLED)
    audit.sign_head(connection, keys=tmp_path / "keys", heads=path)
    path.write_text(path.read_text().replace('"position": 1', '"position": 2'))
    heads, findings = audit.read_heads(path, tmp_path / "keys")
    assert heads == []
    assert told(findings) == [("head", 2, 2)]
    assert "wrong signature" in findings[0].detail


def test_without_a_file_of_heads_there_are_none(tmp_path: Path) -> None:
    assert audit.read_heads(tmp_path / "heads.jsonl", tmp_path / "keys") == ([], [])


def test_an_export_holds_the_wanted_rows_oldest_first(connection: sa.Connection, tmp_path: Path) -> None:
    for subject in ("account:1", "plan:1", "account:2"):
        audit.record(connection, Entry("thing.seen", subject))
    assert audit.export(connection, Wanted(subject="account"), tmp_path / "rows.csv") == 2
    lines = (tmp_path / "rows.csv").read_text("utf-8").splitlines()
    assert ["account:1" in lines[1], "account:2" in lines[2], len(lines)] == [True, True, 3]
    with pytest.raises(NotFoundError):
        audit.export(connection, Wanted(subject="camera"), tmp_path / "none.csv")
