"""A photo is a file and a row, the file first."""

import io
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from PIL import Image

from gis.db import engine as engines
from gis.db.tables import photo_origins, report_photos
from gis.db.tables import photos as stored
from gis.domain.audit import Actor, Wanted
from gis.domain.reports import Submission
from gis.domain.routing_rules import Rule
from gis.domain.staff import EVERYWHERE
from gis.errors import InvalidInputError, NotFoundError
from gis.files import photos as files
from gis.files.photo_decoder import Photo, PhotoDecoder
from gis.services import audit, photos, reports
from tests.staff import BY

DECODER = PhotoDecoder()
SWEEPER = Actor("tester", "terminal")


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 10), "teal").save(out, "PNG")
    return out.getvalue()


def test_a_kept_photo_is_found_by_its_hash_and_kept_once(connection: sa.Connection, tmp_path: Path) -> None:
    photo, again = DECODER.clean(picture()), DECODER.clean(picture())
    assert photo == again
    assert [photos.keep(connection, one, folder=tmp_path, by=BY) for one in (photo, again)] == [True, False]
    assert files.find(tmp_path, photo.sha256).read_bytes() == photo.content


def test_a_file_whose_row_was_never_committed_is_not_served(connection: sa.Connection, tmp_path: Path) -> None:
    photo = DECODER.clean(picture())
    photos.keep(connection, photo, folder=tmp_path, by=BY)
    connection.rollback()
    with pytest.raises(NotFoundError):
        photos.find(connection, photo.sha256, scope=EVERYWHERE, folder=tmp_path, by=BY)


# --- sweeping ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def filled(town_engine: sa.Engine) -> Iterator[sa.Engine]:
    """The fixture town without photos."""
    yield town_engine
    with engines.transaction(town_engine) as connection:
        for table in (report_photos, photo_origins, stored):
            connection.execute(sa.delete(table))


def photo_of(colour: str) -> Photo:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "A camera"  # without any, Pillow writes no EXIF into PNG
    exif.get_ifd(0x8769).update({0x9003: "2026:05:04 09:00:00", 0x9011: "+08:00"})
    Image.new("RGB", (20, 10), colour).save(out, "PNG", exif=exif)
    return DECODER.clean(out.getvalue())


def kept(engine: sa.Engine, folder: Path, colour: str, *, days: int = 0) -> str:
    """Keep a photo that was sent so many days ago; return its hash."""
    photo = photo_of(colour)
    with engines.transaction(engine) as connection:
        photos.keep(connection, photo, folder=folder, by=BY)
        row = sa.update(stored).where(stored.c.sha256 == photo.sha256)
        connection.execute(row.values(stored_at=sa.func.now() - timedelta(days=days)))
    age(folder, photo.sha256)
    return photo.sha256


def age(folder: Path, name: str, *, minutes: int = 11) -> None:
    """Let files look as if they were written so many minutes ago."""
    for path in folder.rglob(f"*{name}*"):
        os.utime(path, (time.time() - minutes * 60,) * 2)


def submit(connection: sa.Connection, *hashes: str) -> None:
    at = datetime.now(UTC)
    one = Submission(uuid4(), 123.0290, 41.1490, "cgcs2000", "road", at - timedelta(seconds=1), photos=hashes)
    reports.submit(connection, one, now=at, loaded=None, rule=Rule(), by=BY)


def swept(engine: sa.Engine, folder: Path, *, commit: bool = True) -> photos.Sweep:
    with engines.transaction(engine) as connection:
        found = photos.sweep(connection, folder, commit=commit, by=SWEEPER)
    if commit:
        with engines.transaction(engine) as connection:
            photos.discard(connection, found.orphans, folder=folder)
    return found


def test_a_sweep_removes_what_nobody_names_and_counts_it(filled: sa.Engine, tmp_path: Path) -> None:
    old, young, named = (kept(filled, tmp_path, c, days=d) for c, d in (("red", 2), ("blue", 0), ("lime", 2)))
    with engines.transaction(filled) as connection:
        submit(connection, named)
    stray = photo_of("gold")
    files.keep(tmp_path, stray)
    age(tmp_path, stray.sha256)
    half = tmp_path / old[:2] / ".incoming-x1"
    half.write_bytes(b"half")
    age(tmp_path, ".incoming")
    foreign = tmp_path / old[:2] / "notes.txt"
    foreign.write_text("not ours")
    before = sorted(tmp_path.rglob("*"))

    assert swept(filled, tmp_path, commit=False) == photos.Sweep((old,), 1, 1, ())
    assert sorted(tmp_path.rglob("*")) == before
    assert swept(filled, tmp_path) == photos.Sweep((old,), 1, 1, ())
    assert swept(filled, tmp_path) == photos.Sweep()
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {*(f"{one}{end}" for one in (young, named) for end in (".jpg", ".preview.jpg")), "notes.txt"}
    with engines.transaction(filled) as connection:
        assert set(connection.scalars(sa.select(stored.c.sha256))) == {young, named}
        (recorded,) = audit.page(connection, Wanted(action="photo.swept"))
        assert set(connection.scalars(sa.select(photo_origins.c.sha256))) == {young, named}
    assert recorded.row.subject == "photo:all"


def test_a_sweep_that_is_not_committed_leaves_every_file(filled: sa.Engine, tmp_path: Path) -> None:
    sha256 = kept(filled, tmp_path, "red", days=2)
    with filled.begin() as connection:
        assert photos.sweep(connection, tmp_path, commit=True, by=SWEEPER).orphans == (sha256,)
        connection.rollback()
    with engines.transaction(filled) as connection:
        submit(connection, sha256)
    assert files.is_there(tmp_path, sha256)
    assert swept(filled, tmp_path) == photos.Sweep()


def test_what_a_cut_sweep_forgot_and_left_is_a_stray_of_the_next(filled: sa.Engine, tmp_path: Path) -> None:
    sha256 = kept(filled, tmp_path, "red", days=2)
    with engines.transaction(filled) as connection:
        photos.sweep(connection, tmp_path, commit=True, by=SWEEPER)
    assert files.is_there(tmp_path, sha256)
    assert swept(filled, tmp_path) == photos.Sweep(strays=1)
    assert not files.is_there(tmp_path, sha256)


def test_a_sweep_takes_so_many_at_once_and_the_others_next_time(
    filled: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for colour in ("red", "blue", "lime"):
        kept(filled, tmp_path, colour, days=2)
    monkeypatch.setattr(photos, "SWEPT_AT_ONCE", 2)
    assert [len(swept(filled, tmp_path).orphans) for _ in range(3)] == [2, 1, 0]


def test_a_photo_of_a_report_whose_file_is_gone_is_named_and_stays(filled: sa.Engine, tmp_path: Path) -> None:
    named, forgotten = (kept(filled, tmp_path, colour, days=2) for colour in ("red", "blue"))
    with engines.transaction(filled) as connection:
        submit(connection, named)
    files.remove(tmp_path, named)
    files.remove(tmp_path, forgotten)
    assert swept(filled, tmp_path) == photos.Sweep(orphans=(forgotten,), missing=(named,))
    with engines.transaction(filled) as connection:
        assert photos.keep(connection, photo_of("red"), folder=tmp_path, by=BY) is False
    assert swept(filled, tmp_path) == photos.Sweep()


def test_files_that_were_just_written_are_left_alone(filled: sa.Engine, tmp_path: Path) -> None:
    files.keep(tmp_path, photo_of("red"))
    assert swept(filled, tmp_path) == photos.Sweep()
    assert len(list(tmp_path.rglob("*.jpg"))) == 2


def test_a_report_that_names_a_photo_first_keeps_it_from_the_sweep(filled: sa.Engine, tmp_path: Path) -> None:
    sha256 = kept(filled, tmp_path, "red", days=2)
    with engines.transaction(filled) as connection:
        submit(connection, sha256)
        assert swept(filled, tmp_path) == photos.Sweep()
    assert swept(filled, tmp_path) == photos.Sweep()
    assert files.is_there(tmp_path, sha256)


def test_a_report_that_comes_during_a_sweep_waits_and_is_told_to_send_the_photo_again(
    filled: sa.Engine, tmp_path: Path
) -> None:
    sha256 = kept(filled, tmp_path, "red", days=2)

    def report() -> list[str]:
        with pytest.raises(InvalidInputError) as refused, engines.transaction(filled) as connection:
            submit(connection, sha256)
        return [fault.pointer for fault in refused.value.faults]

    with ThreadPoolExecutor(1) as sender:
        with engines.transaction(filled) as connection:
            assert photos.sweep(connection, tmp_path, commit=True, by=SWEEPER).orphans == (sha256,)
            told = sender.submit(report)
            with pytest.raises(TimeoutError):
                told.result(timeout=0.5)
        assert told.result(timeout=10) == ["/photos/0"]


def test_a_photo_that_comes_again_during_a_sweep_keeps_its_file(filled: sa.Engine, tmp_path: Path) -> None:
    sha256 = kept(filled, tmp_path, "red", days=2)

    def again() -> bool:
        with engines.transaction(filled) as connection:
            return photos.keep(connection, photo_of("red"), folder=tmp_path, by=BY)

    with ThreadPoolExecutor(1) as sender:
        with engines.transaction(filled) as connection:
            found = photos.sweep(connection, tmp_path, commit=True, by=SWEEPER)
            told = sender.submit(again)
        assert told.result(timeout=10) is True
    with engines.transaction(filled) as connection:
        photos.discard(connection, found.orphans, folder=tmp_path)
    assert files.is_there(tmp_path, sha256)
    assert swept(filled, tmp_path) == photos.Sweep()


def test_a_file_whose_row_is_being_committed_is_not_taken_for_a_stray(filled: sa.Engine, tmp_path: Path) -> None:
    photo = photo_of("red")
    files.keep(tmp_path, photo)
    age(tmp_path, photo.sha256)
    with engines.transaction(filled) as connection:
        photos.keep(connection, photo, folder=tmp_path, by=BY)
        assert swept(filled, tmp_path) == photos.Sweep()
    assert swept(filled, tmp_path) == photos.Sweep()
    assert files.is_there(tmp_path, photo.sha256)


def test_reports_and_sweeps_at_once_never_leave_a_report_without_its_photo(filled: sa.Engine, tmp_path: Path) -> None:
    colours = [f"#{number:02x}8040" for number in range(12)]
    ready = {colour: kept(filled, tmp_path, colour, days=2) for colour in colours}
    pictures = {colour: photo_of(colour) for colour in colours}
    ended = threading.Event()

    def sweeping() -> None:
        while not ended.is_set():
            swept(filled, tmp_path)

    def send(colour: str) -> None:
        while True:
            try:
                with engines.transaction(filled) as connection:
                    submit(connection, ready[colour])
                return
            except InvalidInputError:
                with engines.transaction(filled) as connection:
                    photos.keep(connection, pictures[colour], folder=tmp_path, by=BY)

    with ThreadPoolExecutor(7) as workers:
        sweepers = [workers.submit(sweeping) for _ in range(3)]
        list(workers.map(send, colours))
        ended.set()
        for sweeper in sweepers:
            sweeper.result()
    assert swept(filled, tmp_path).missing == ()
    assert all(files.is_there(tmp_path, sha256) for sha256 in ready.values())
