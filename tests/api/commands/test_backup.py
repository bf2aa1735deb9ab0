"""`wangge backup` and `wangge restore`: from one cluster into another, and an exit code for each refusal."""

import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pyrage
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from fastapi.testclient import TestClient
from PIL import Image
from pyrage import x25519

from api import cli, exit_codes
from api.app import check_database, create_app
from gis.db import cluster as clusters
from gis.db import engine as engines
from gis.db import schema
from gis.files.photo_decoder import PhotoDecoder
from gis.services import audit, photos, plans
from gis.settings import Settings
from tests.holdings import answers_of, facts_of, rows_of
from tests.staff import BY

Wangge = Callable[..., tuple[int, str, str]]


@pytest.fixture
def wangge(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Wangge:
    """A function that runs a command and returns its exit code, and what it said on stdout and stderr."""

    def run(*arguments: object, **environment: object) -> tuple[int, str, str]:
        for name in ("WANGGE_DATABASE_URL", "WANGGE_DATABASE_OWNER_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(f"WANGGE_{name}", str(value))
        monkeypatch.setattr(sys, "argv", ["wangge", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def owner(
    cluster: clusters.Cluster, new_database: Callable[[str], str], town_database: str, home: Path
) -> Iterator[sa.Engine]:
    """The town with a photo, as its owner."""
    owner = engines.connect(cluster.address(clusters.OWNER, new_database(town_database)))
    out = io.BytesIO()
    Image.new("RGB", (20, 10), "teal").save(out, "PNG")
    with engines.transaction(owner) as connection:
        photos.keep(connection, PhotoDecoder().clean(out.getvalue()), folder=home / "photos", by=BY)
    yield owner
    owner.dispose()


@pytest.fixture
def backup(wangge: Wangge, owner: sa.Engine, home: Path) -> Path:
    """A backup of the town; made once."""
    target = home / "town.age"
    if not target.exists():
        code, said, _ = wangge("backup", target, DATABASE_URL=address(owner), HOME=home)
        assert code == 0
        assert "was read back and is whole" in said
        assert "photos     1" in said
    return target


@pytest.fixture
def empty(cluster: clusters.Cluster) -> Iterator[sa.Engine]:
    """A database that `wangge db prepare` has just made."""
    name = f"prepared_for_{time.monotonic_ns()}"
    clusters.prepare(cluster.address("postgres", "postgres"), name)
    owner = engines.connect(cluster.address(clusters.OWNER, name))
    yield owner
    owner.dispose()


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A home whose private cluster is not made yet."""
    parent = Path("/var/lib/wangge") if os.geteuid() == 0 else Path(tempfile.gettempdir())
    home = Path(tempfile.mkdtemp(prefix="test-", dir=parent))
    home.chmod(0o755)
    yield home
    clusters.Cluster(home).down()
    shutil.rmtree(home)


def address(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def test_a_town_is_restored_into_another_cluster_and_served_from_there(
    wangge: Wangge, owner: sa.Engine, home: Path, backup: Path, elsewhere: Path
) -> None:
    key = home / "keys" / "backup.key"
    code, said, _ = wangge("restore", backup, "--identity", key, HOME=elsewhere)
    assert code == 0
    assert "Nothing was changed; add --commit to do it." in said
    assert not (elsewhere / "photos").exists()
    code, said, _ = wangge("restore", backup, "--identity", key, "--commit", HOME=elsewhere)
    assert code == 0
    assert "Restored: every table has the rows and every photo the bytes of the backup." in said

    cluster = clusters.Cluster(elsewhere)
    restored = engines.connect(cluster.address(clusters.OWNER))
    with engines.transaction(owner) as before, engines.transaction(restored) as after:
        held, put_back = rows_of(before), rows_of(after)
        differing = {name for name in held.keys() | put_back.keys() if held.get(name) != put_back.get(name)}
        # That it was made is told there, that it was restored here.
        assert differing == {"public.audit", "public.audit_texts", "public.audit_head"}
        told = [audit.page(each, audit.Wanted(), limit=2) for each in (before, after)]
        assert [rows[0].row.action for rows in told] == ["backup.made", "backup.restored"]
        assert told[0][0].row.subject == told[1][0].row.subject
        assert told[0][1] == told[1][1]
        assert audit.verify(after) == []
        assert facts_of(before) == facts_of(after)
        pd.testing.assert_frame_equal(answers_of(plans.in_force(before)), answers_of(plans.in_force(after)))
    restored.dispose()

    settings = Settings(None, None, elsewhere)
    check_database(settings)
    with TestClient(create_app(settings)) as client:
        assert client.get("/ready").json()["ready"] is True
        photo = next((home / "photos").rglob("?" * 64 + ".jpg"))
        assert (elsewhere / "photos" / photo.relative_to(home / "photos")).read_bytes() == photo.read_bytes()

    code, _, said = wangge("restore", backup, "--identity", key, "--commit", HOME=elsewhere)
    assert code == 8
    assert said.startswith("error: The database has ")


def test_a_backup_of_an_older_migration_is_restored_and_brought_up_to_date(
    wangge: Wangge, cluster: clusters.Cluster, empty: sa.Engine, tmp_path: Path
) -> None:
    name = f"older_{time.monotonic_ns()}"
    clusters.prepare(cluster.address("postgres", "postgres"), name)
    older = engines.connect(cluster.address(clusters.OWNER, name))
    migrate_to(older, "0005")
    assert wangge("backup", tmp_path / "old.age", DATABASE_URL=address(older), HOME=tmp_path)[0] == 0
    older.dispose()
    assert wangge("restore", tmp_path / "old.age", "--commit", DATABASE_URL=address(empty), HOME=tmp_path)[0] == 0
    served = cluster.address(clusters.APP, str(empty.url.database))
    check_database(Settings(served, None, tmp_path))


def migrate_to(engine: sa.Engine, migration: str) -> None:
    configuration = Config()
    configuration.set_main_option("script_location", str(schema.MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, migration)


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flipped(data: bytes) -> bytes:
    place = len(data) // 2
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def other(data: bytes) -> bytes:
    return b"something else" * 1_000


@pytest.mark.parametrize(
    ("damage", "code", "sentence"), [(cut, 3, "is cut off"), (flipped, 4, "is damaged"), (other, 6, "is not a backup")]
)
@pytest.mark.parametrize("doing", [("backup", "verify"), ("restore", "--commit")])
def test_a_broken_backup_is_one_sentence_with_its_own_exit_code_and_nothing_is_written(
    wangge: Wangge,
    home: Path,
    backup: Path,
    empty: sa.Engine,
    tmp_path: Path,
    damage: Callable[[bytes], bytes],
    code: int,
    sentence: str,
    doing: tuple[str, ...],
) -> None:
    (tmp_path / "broken.age").write_bytes(damage(backup.read_bytes()))
    new = tmp_path / "home"
    given = ("--identity", home / "keys" / "backup.key")
    ended = wangge(*doing, tmp_path / "broken.age", *given, DATABASE_URL=address(empty), HOME=new)
    assert_refused(ended, code, sentence, empty, new)


def test_another_key_is_one_sentence_with_its_own_exit_code_and_nothing_is_written(
    wangge: Wangge, backup: Path, empty: sa.Engine, tmp_path: Path
) -> None:
    (tmp_path / "other.key").write_text(str(x25519.Identity.generate()))
    given = ("--identity", tmp_path / "other.key", "--commit")
    ended = wangge("restore", backup, *given, DATABASE_URL=address(empty), HOME=tmp_path / "home")
    assert_refused(ended, 5, "was encrypted to another key", empty, tmp_path / "home")


def assert_refused(ended: tuple[int, str, str], code: int, sentence: str, database: sa.Engine, home: Path) -> None:
    assert ended[0] == code
    assert sentence in ended[2]
    assert ended[2].startswith("error: ")
    assert ended[2].count("\n") == 1
    with engines.transaction(database) as connection:
        tables = "select count(*) from pg_tables where schemaname = 'public' and tablename <> 'spatial_ref_sys'"
        assert connection.scalar(sa.text(tables)) == 0
    assert not home.exists()


def test_the_file_opens_as_plain_age_with_the_key(home: Path, backup: Path) -> None:
    lines = (home / "keys" / "backup.key").read_text().splitlines()
    plain = pyrage.decrypt(backup.read_bytes(), [x25519.Identity.from_str(lines[-1])])
    assert plain.startswith(b"manifest.json")


def test_the_key_is_made_once_and_its_public_name_printed(wangge: Wangge, tmp_path: Path) -> None:
    code, first, said = wangge("backup", "key", HOME=tmp_path)
    assert (code, first[:4]) == (0, "age1")
    assert "Keep a copy of it somewhere else" in said
    assert wangge("backup", "key", HOME=tmp_path) == (0, first, "")
    assert "SECRET" not in first + said


def test_a_backup_without_a_name_gets_one_with_its_date(wangge: Wangge, owner: sa.Engine, tmp_path: Path) -> None:
    code, said, _ = wangge("backup", DATABASE_URL=address(owner), HOME=tmp_path)
    assert code == 0
    (made,) = (tmp_path / "backups").iterdir()
    assert made.name.startswith("wangge-20")
    assert str(made) in said


def test_a_folder_that_cannot_be_written_is_one_sentence(wangge: Wangge, owner: sa.Engine, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, _, said = wangge("backup", tmp_path / "file" / "town.age", DATABASE_URL=address(owner), HOME=tmp_path)
    assert code == 9
    assert said == f"error: {tmp_path}/file/town.age cannot be written: Not a directory.\n"


@pytest.mark.parametrize("asked", [("backup",), ("backup", "make"), ("backup", "verify"), ("restore",)])
def test_help_says_the_exit_codes(wangge: Wangge, asked: tuple[str, ...]) -> None:
    code, said, _ = wangge(*asked, "--help")
    assert code == 0
    told = " ".join(said.split())
    for number in sorted(set(exit_codes.OF_BACKUPS.values())):
        assert f" {number} " in told
