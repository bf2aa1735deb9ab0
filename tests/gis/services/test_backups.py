"""A backup gives everything back as it was; what is not one is refused, and nothing is written."""

import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import psycopg
import pytest
import sqlalchemy as sa
from PIL import Image
from pyrage import x25519

from gis.db import cluster as clusters
from gis.db import dumps
from gis.db import engine as engines
from gis.errors import (
    BackupDamagedError,
    BackupTooNewError,
    ConflictError,
    DatabaseFilledError,
    DatabaseUnavailableError,
    InvalidInputError,
    NotABackupError,
    StorageUnavailableError,
)
from gis.files import archives
from gis.files import photos as files
from gis.files.archives import Member
from gis.files.photo_decoder import Photo, PhotoDecoder
from gis.services import backups, photos, plans, restores
from gis.settings import CHECKOUT, TRUTH, Settings
from tests.holdings import answers_of, facts_of, rows_of
from tests.staff import BY

DATABASES = iter(range(1_000))
# Files of photos; previews are made anew by nobody, and stay behind.
WHOLE = "?" * 64 + ".jpg"


@dataclass(frozen=True)
class City:
    """A database and the folder that belongs to it."""

    settings: Settings
    owner: sa.Engine

    @property
    def owner_url(self) -> str:
        return self.owner.url.render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def city(
    cluster: clusters.Cluster,
    new_database: Callable[[str], str],
    town_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[City]:
    """The town with two photos, and with a table that the serving role may not change."""
    owner = engines.connect(cluster.address(clusters.OWNER, new_database(town_database)))
    settings = Settings(None, None, tmp_path_factory.mktemp("home"))
    with engines.transaction(owner) as connection:
        for colour in ("teal", "navy"):
            photos.keep(connection, photo_of(colour), folder=settings.photos, by=BY)
        name_photos(connection)
        connection.execute(sa.text(f"revoke update, delete on events from {clusters.APP}"))
    (settings.home / TRUTH).write_text('{"planted": 3}', encoding="utf-8")
    yield City(settings, owner)
    owner.dispose()


@pytest.fixture
def empty(cluster: clusters.Cluster, tmp_path: Path) -> Iterator[City]:
    """A database as `wangge db prepare` makes it, and a folder that is not there yet."""
    name = f"prepared_{next(DATABASES)}"
    clusters.prepare(cluster.address("postgres", "postgres"), name)
    owner = engines.connect(cluster.address(clusters.OWNER, name))
    yield City(Settings(None, None, tmp_path / "new home"), owner)
    owner.dispose()


@pytest.fixture(scope="module")
def backup(city: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("backups") / "town.age"
    made(city, target)
    return target


def photo_of(colour: str) -> Photo:
    """Return a photo that says where and when it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "A camera"  # without any, Pillow writes no EXIF into PNG
    exif.get_ifd(0x8769).update({0x9003: "2026:05:04 09:00:00", 0x9011: "+08:00"})
    exif.get_ifd(0x8825).update({1: "N", 2: (41.0, 9.0, 0.0), 3: "E", 4: (123.0, 1.0, 45.0)})
    out = io.BytesIO()
    Image.new("RGB", (20, 10), colour).save(out, "PNG", exif=exif)
    return PhotoDecoder().clean(out.getvalue())


def name_photos(connection: sa.Connection) -> None:
    """Let the first report of the town name all photos."""
    first = "select id from reports order by number limit 1"
    query = f"select ({first}), row_number() over (order by sha256), sha256 from photos"
    connection.execute(sa.text(f"insert into report_photos {query}"))


def silent(step: str, done: int, total: int | None) -> None:
    """Show no progress."""


def made(city: City, target: Path, *recipients: str) -> backups.Contents:
    with engines.transaction(city.owner) as connection:
        return backups.make(
            connection, target, city.settings, owner_url=city.owner_url, recipients=recipients, progress=silent
        )


def key_of(city: City) -> backups.Identities:
    return backups.identities(city.settings, None)


def restored(path: Path, key: backups.Identities, into: City) -> backups.Contents:
    contents = backups.check(path, key, progress=silent)
    with engines.transaction(into.owner) as connection:
        restores.begin(connection)
    restores.restore(path, key, contents, into.settings, owner_url=into.owner_url, progress=silent)
    with engines.transaction(into.owner) as connection:
        restores.settle(connection, contents, into.settings)
    return contents


def changed(path: Path, key: backups.Identities, target: Path, change: Callable[[Member], Member | None]) -> Path:
    """Write a backup anew with other members."""
    with archives.read(path, key) as members, target.open("wb") as file:
        kept = (change(member) for member in members if member.name != archives.LIST)
        archives.write(file, (member for member in kept if member), [key[0].to_public()])
    return target


def with_manifest(path: Path, key: backups.Identities, target: Path, **facts: object) -> Path:
    def change(member: Member) -> Member:
        if member.name != backups.MANIFEST:
            return member
        content = json.dumps(json.loads(b"".join(member.pieces)) | facts).encode()
        return Member(member.name, len(content), [content])

    return changed(path, key, target, change)


def test_everything_comes_back_as_it_was(city: City, backup: Path, empty: City) -> None:
    contents = restored(backup, key_of(city), empty)
    assert (contents.photos, contents.photos_missing, contents.spoiled) == (2, 0, 0)
    assert contents.manifest.tables["public.report_photos"] == contents.manifest.tables["public.photo_origins"] == 2
    with engines.transaction(city.owner) as before, engines.transaction(empty.owner) as after:
        rows = rows_of(before)
        assert rows["public.grids"][0] > 0
        assert rows == rows_of(after)
        assert {name: count for name, (count, _) in rows.items()} == contents.manifest.tables
        for name, facts in facts_of(before).items():
            assert facts == facts_of(after)[name], name
        assert "('public.events', 'update', False)" in facts_of(after)["rights on tables"]
        pd.testing.assert_frame_equal(answers_of(plans.in_force(before)), answers_of(plans.in_force(after)))
    for path in city.settings.photos.rglob(WHOLE):
        assert (empty.settings.photos / path.relative_to(city.settings.photos)).read_bytes() == path.read_bytes()
    assert (empty.settings.home / TRUTH).read_text(encoding="utf-8") == '{"planted": 3}'


def test_the_serving_role_can_read_and_not_alter_what_was_restored(
    cluster: clusters.Cluster, city: City, backup: Path, empty: City
) -> None:
    restored(backup, key_of(city), empty)
    app = engines.connect(cluster.address(clusters.APP, str(empty.owner.url.database)))
    with app.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from grids"))
        # Without a scope nobody sees a report: the policies hold again.
        assert connection.scalar(sa.text("select count(*) from reports")) == 0
    for forbidden in ("alter table grids add x int", "drop table plans", "delete from events", "truncate grids"):
        with app.connect() as connection, pytest.raises(sa.exc.ProgrammingError) as refused:
            connection.execute(sa.text(forbidden))
        assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
    app.dispose()


def test_statistics_are_gathered_after_a_restore(city: City, backup: Path, empty: City) -> None:
    restored(backup, key_of(city), empty)
    with engines.transaction(empty.owner) as connection:
        known = connection.scalar(sa.text("select reltuples from pg_class where relname = 'grids'"))
        assert known == connection.scalar(sa.text("select count(*) from grids"))


def test_a_backup_is_of_one_instant_while_work_goes_on(
    cluster: clusters.Cluster, new_database: Callable[[str], str], empty_database: str, tmp_path: Path, empty: City
) -> None:
    owner = engines.connect(cluster.address(clusters.OWNER, new_database(empty_database)))
    city = City(Settings(None, None, tmp_path), owner)

    def work(step: str, done: int, total: int | None) -> None:
        if step == "photos" and done == 1:
            with engines.transaction(owner) as connection:
                photos.keep(connection, photo_of("red"), folder=city.settings.photos, by=BY)

    with engines.transaction(owner) as connection:
        photos.keep(connection, photo_of("teal"), folder=city.settings.photos, by=BY)
    with engines.transaction(owner) as connection:
        target = tmp_path / "town.age"
        contents = backups.make(connection, target, city.settings, owner_url=city.owner_url, progress=work)
    with engines.transaction(owner) as connection:
        assert connection.scalar(sa.text("select count(*) from photos")) == 2
    assert (contents.photos, contents.manifest.tables["public.photos"]) == (1, 1)
    # The dump has as many rows as the manifest says, or this refuses.
    restored(target, key_of(city), empty)
    owner.dispose()


def test_photos_that_are_gone_or_spoiled_are_counted_and_come_back_so(
    cluster: clusters.Cluster, new_database: Callable[[str], str], empty_database: str, tmp_path: Path, empty: City
) -> None:
    owner = engines.connect(cluster.address(clusters.OWNER, new_database(empty_database)))
    city = City(Settings(None, None, tmp_path), owner)
    with engines.transaction(owner) as connection:
        kept = [photo_of(colour) for colour in ("red", "blue", "lime")]
        for photo in kept:
            photos.keep(connection, photo, folder=tmp_path / "photos", by=BY)
        files.find(tmp_path / "photos", kept[0].sha256).unlink()
        files.find(tmp_path / "photos", kept[1].sha256).write_bytes(b"rotten")
    contents = made(city, tmp_path / "town.age")
    assert (contents.photos, contents.photos_missing, contents.spoiled) == (2, 1, 1)
    restored(tmp_path / "town.age", key_of(city), empty)
    owner.dispose()


def test_others_may_open_it_too(city: City, tmp_path: Path) -> None:
    other = x25519.Identity.generate()
    contents = made(city, tmp_path / "town.age", str(other.to_public()))
    assert backups.check(tmp_path / "town.age", [other], progress=silent) == contents
    with pytest.raises(InvalidInputError, match="someone"):
        made(city, tmp_path / "second.age", "someone")
    assert [path.name for path in tmp_path.iterdir()] == ["town.age"]


def test_no_backup_is_overwritten(city: City, backup: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(ConflictError, match="is there already"):
        made(city, backup)
    assert backup.read_bytes() == before


def test_a_database_without_tables_is_not_backed_up(empty: City, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailableError, match="nothing to back up"):
        made(empty, tmp_path / "town.age")
    assert not (tmp_path / "town.age").exists()


def test_a_full_disk_is_told_in_a_sentence_and_leaves_nothing(city: City, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "WANGGE_DATABASE_URL": city.owner_url,
        "WANGGE_HOME": str(city.settings.home),
    }
    target = tmp_path / "disk" / "town.age"
    target.parent.mkdir()
    # As on a full disk, writing fails in the middle: here since no file may be longer.
    done = subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", "backup", str(target)],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert done.returncode == 9
    assert done.stderr == f"error: {target} cannot be written: File too large.\n"
    assert not list(target.parent.iterdir())


def test_a_backup_that_is_ended_in_the_middle_leaves_nothing(city: City, tmp_path: Path) -> None:
    def end(step: str, done: int, total: int | None) -> None:
        if step == "database":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), engines.transaction(city.owner) as connection:
        backups.make(connection, tmp_path / "town.age", city.settings, owner_url=city.owner_url, progress=end)
    assert not list(tmp_path.iterdir())


def test_photos_that_are_not_on_disk_after_a_restore_are_noticed(city: City, backup: Path, empty: City) -> None:
    contents = restored(backup, key_of(city), empty)
    next(empty.settings.photos.rglob(WHOLE)).write_bytes(b"half")
    told = pytest.raises(StorageUnavailableError, match="1 restored photos are not on disk")
    with engines.transaction(empty.owner) as connection, told:
        restores.settle(connection, contents, empty.settings)


def test_only_an_empty_database_is_filled(city: City) -> None:
    told = pytest.raises(DatabaseFilledError, match=r"has \d+ tables with \d+ rows already.*wangge db prepare")
    with engines.transaction(city.owner) as connection, told:
        restores.begin(connection)


def test_a_newer_format_or_migration_is_refused(city: City, backup: Path, tmp_path: Path) -> None:
    key = key_of(city)
    for number, facts in enumerate(({"format": 2}, {"migration": "9999"})):
        newer = with_manifest(backup, key, tmp_path / f"newer{number}", **facts)
        with pytest.raises(BackupTooNewError, match="take a newer one"):
            backups.check(newer, key, progress=silent)


def test_an_archive_of_something_else_is_no_backup(city: City, backup: Path, tmp_path: Path) -> None:
    key = key_of(city)

    def renamed(member: Member) -> Member:
        name = "../../etc/passwd" if member.name.startswith("photos/") else member.name
        return Member(name, member.size, member.pieces)

    def without(first: str) -> Callable[[Member], Member | None]:
        return lambda member: None if member.name.startswith(first) else member

    with pytest.raises(NotABackupError, match="it holds"):
        backups.check(changed(backup, key, tmp_path / "1", renamed), key, progress=silent)
    with pytest.raises(NotABackupError):
        backups.check(changed(backup, key, tmp_path / "2", without(backups.MANIFEST)), key, progress=silent)
    with pytest.raises(BackupDamagedError, match="dump"):
        backups.check(changed(backup, key, tmp_path / "3", without("database/")), key, progress=silent)
    with pytest.raises(NotABackupError):
        backups.check(with_manifest(backup, key, tmp_path / "4", tables=3, format="x"), key, progress=silent)


def test_a_restore_that_fails_leaves_the_database_empty_and_ready(city: City, backup: Path, empty: City) -> None:
    key = key_of(city)
    contents = backups.check(backup, key, progress=silent)
    with engines.transaction(empty.owner) as connection:
        before = facts_of(connection)
        restores.begin(connection)

    def fail() -> None:
        with archives.read(backup, key) as members, dumps.restoring(empty.owner_url, contents.entries) as receiver:
            dump = next(member for member in members if backups.PART.fullmatch(member.name))
            content = b"".join(dump.pieces)
            receiver.feed(content[: len(content) // 2])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with engines.transaction(empty.owner) as connection:
        restores.give_up(connection)
    with engines.transaction(empty.owner) as connection:
        assert facts_of(connection) == before
        restores.refuse_filled(connection)


def test_rows_that_are_missing_after_a_restore_are_noticed(city: City, backup: Path, empty: City) -> None:
    contents = restored(backup, key_of(city), empty)
    with engines.transaction(empty.owner) as connection:
        connection.execute(sa.text("delete from report_photos where position = 1"))
        with pytest.raises(DatabaseUnavailableError, match=r"public.report_photos has 1 rows, not 2"):
            restores.settle(connection, contents, empty.settings)


def test_a_password_is_never_an_argument(tmp_path: Path) -> None:
    with dumps._connection_string("postgresql://me:se:cr\\et@host:5433/name?sslmode=require") as address:
        assert "cr" not in address.replace("sslmode", "")
        told = psycopg.conninfo.conninfo_to_dict(address)
        assert Path(told["passfile"]).stat().st_mode & 0o777 == 0o600
        assert Path(told["passfile"]).read_text() == "*:*:*:*:se\\:cr\\\\et\n"
    assert not Path(told["passfile"]).exists()
