"""The database adds to the audit log and refuses everything else, whoever asks."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from gis.db import audit
from gis.db import engine as engines
from gis.db.cluster import APP, OWNER
from gis.db.tables import audit_texts
from gis.domain.audit import GENESIS, Entry, Recorded, seal
from gis.domain.staff import EVERYWHERE

ALTERATIONS = (
    "update audit set role = 'auditor'",
    "update audit set role = 'auditor' where false",
    "delete from audit",
    "truncate audit, audit_texts",
)
# Beyond the log itself: texts are erased or left, the head is moved and never lost.
ALSO_DENIED = (
    "update audit_texts set reason = 'because'",
    "truncate audit_texts",
    "delete from audit_head",
    "insert into audit_head (id, position, hash) values (2, 0, '')",
    "alter table audit disable trigger append_only",
    "drop trigger append_only on audit",
)


def add(connection: sa.Connection, entry: Entry) -> None:
    audit.append(connection, *seal(entry, audit.lock_head(connection), b"salt of one row."))


@pytest.fixture
def owner(engine: sa.Engine) -> sa.Engine:
    """The same database for the role that owns its tables."""
    return engines.connect(engine.url.set(username=OWNER).render_as_string(hide_password=False))


@pytest.mark.parametrize("statement", [*ALTERATIONS, *ALSO_DENIED])
def test_the_serving_role_cannot_alter_the_log(connection: sa.Connection, statement: str) -> None:
    assert connection.scalar(sa.text("select current_user")) == APP
    add(connection, Entry("account.disabled", "account:17"))
    with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"):
        connection.execute(sa.text(statement))


@pytest.mark.parametrize("statement", ALTERATIONS)
def test_the_owner_is_stopped_by_the_trigger(owner: sa.Engine, statement: str) -> None:
    with owner.connect() as connection:
        add(connection, Entry("account.disabled", "account:17"))
        with pytest.raises(sa.exc.ProgrammingError, match="only added to"):
            connection.execute(sa.text(statement))
    owner.dispose()


def test_only_what_the_law_keeps_has_triggers_that_refuse(connection: sa.Connection) -> None:
    ours = """select distinct tgrelid::regclass::text from pg_trigger where not tgisinternal and tgrelid in
        (select oid from pg_class where relowner = 'wangge_owner'::regrole and relname not like 'procrastinate%')
        and tgfoid <> 'callers_changed'::regproc order by 1"""
    assert list(connection.scalars(sa.text(ours))) == ["assessments", "audit", "breaches"]


@pytest.mark.parametrize("at", ["infinity", "-infinity"])
def test_an_instant_that_is_none_is_refused(connection: sa.Connection, at: str) -> None:
    row = "insert into audit values (1, :at, null, null, 'a.b', 'c', '{}', '{}', '', '', '')"
    with pytest.raises(sa.exc.IntegrityError, match="ck_audit_at"):
        connection.execute(sa.text(row), {"at": at})


@pytest.mark.parametrize("action", ["", "disabled", "Account.disabled", "account.", "account disabled"])
def test_an_action_is_words_parted_by_dots(connection: sa.Connection, action: str) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="ck_audit_action"):
        add(connection, Entry(action, "account:17"))


def test_the_head_begins_before_the_first_row_and_moves_with_each(connection: sa.Connection) -> None:
    assert (audit.head(connection).position, audit.head(connection).hash) == (0, GENESIS)
    add(connection, Entry("account.disabled", "account:17"))
    (recorded,) = audit.after(connection, 0)
    assert (audit.head(connection).position, audit.head(connection).hash) == (1, recorded.row.hash)


def test_a_row_comes_back_as_it_was_sealed(connection: sa.Connection) -> None:
    entry = Entry("grant.added", "account:17", 3, "leader-9", "administrator", "10.0.0.7", "调动", {}, {"role": "x"})
    sealed = seal(entry, audit.lock_head(connection), b"salt of one row.")
    audit.append(connection, *sealed)
    assert audit.after(connection, 0) == [Recorded(*sealed)]


@pytest.fixture
def plain(engine: sa.Engine) -> Iterator[sa.Engine]:
    """The role that serves, whose transactions say nothing of reading the log."""
    with engines.transaction(engine) as connection:
        add(connection, Entry("account.disabled", "account:17"))
    server = engines.connect(engine.url.render_as_string(hide_password=False), pool_size=1)
    yield server
    server.dispose()


def test_only_a_transaction_that_says_so_reads_the_log(plain: sa.Engine) -> None:
    for says, count in ((False, 0), (True, 1), (False, 0)):
        with engines.transaction(plain, scope=EVERYWHERE, reads_audit=says) as connection:
            assert len(audit.after(connection, 0)) == count
            assert connection.scalar(sa.select(sa.func.count()).select_from(audit_texts)) == count
            assert audit.head(connection).position == 1


def test_a_transaction_that_reads_nothing_adds_and_erases_nothing(plain: sa.Engine) -> None:
    with engines.transaction(plain) as connection:
        add(connection, Entry("account.enabled", "account:17"))
        assert audit.erase_texts(connection, [1, 2]) == 0
    with engines.transaction(plain, reads_audit=True) as connection:
        assert [one.row.action for one in audit.after(connection, 0)] == ["account.disabled", "account.enabled"]
        assert audit.erase_texts(connection, [2]) == 1
