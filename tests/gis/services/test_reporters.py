"""Everything that is kept of a reporter: handed out whole, erased whole, and nothing else with it."""

import base64
import io
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from PIL import Image

from gis.db.tables import photos as photo_table
from gis.db.tables import reports as report_table
from gis.domain.audit import Actor, Wanted
from gis.domain.reports import Submission
from gis.domain.staff import EVERYWHERE
from gis.errors import ConflictError, InvalidInputError, NotFoundError
from gis.files import erasures
from gis.files import photos as photo_files
from gis.files.photo_decoder import PhotoDecoder
from gis.files.vault import Vault
from gis.services import audit, contacts, follows, photos, reporters, reports
from tests.gis.services.test_contacts import CLERK
from tests.gis.services.test_reports import NOW, RULE, said
from tests.reporters import CONTACT, EMAIL, NAME, TELEPHONE, consent, given, hashed, new_secret

BY = Actor("operator", "terminal")
DECODER = PhotoDecoder()


class Home:
    """The folders of one installation, and what is done in them."""

    def __init__(self, connection: sa.Connection, folder: Path) -> None:
        self.connection, self.folder, self.vault = connection, folder / "photos", Vault(folder / "keys")
        self.again = folder / "erasures.jsonl"

    def photo(self, colour: str) -> str:
        data = io.BytesIO()
        Image.new("RGB", (8, 8), colour).save(data, "JPEG")
        photo = DECODER.clean(data.getvalue())
        photos.keep(self.connection, photo, folder=self.folder, by=BY)
        return photo.sha256

    def send(self, secret: str, **more: object) -> Submission:
        one = said(text=f"call {NAME}, {TELEPHONE}", **more)
        beside = given(secret=secret)
        reports.submit(self.connection, one, now=NOW, loaded=None, rule=RULE, given=beside, vault=self.vault, by=BY)
        return one

    def erase(self, *ids: UUID) -> int:
        done = reporters.erase(self.connection, ids, vault=self.vault, again=self.again, by=BY, reason="request 17")
        photos.discard(self.connection, done.photos, folder=self.folder)
        return done.reports


@pytest.fixture
def home(town_connection: sa.Connection, tmp_path: Path) -> Home:
    return Home(town_connection, tmp_path)


def test_an_export_holds_words_photos_contact_and_looks_and_is_recorded(home: Home) -> None:
    sha256 = home.photo("olive")
    one = home.send(new_secret(), photos=(sha256,))
    contacts.unmask(home.connection, one.id, "回访", vault=home.vault, scope=EVERYWHERE, by=CLERK)
    told = reporters.export(home.connection, [one.id], vault=home.vault, folder=home.folder, by=BY, reason="request 17")
    (report,) = told["reports"]
    assert (report["text"], report["contact"]["telephone"], report["contact"]["consent"]) == (one.text, TELEPHONE, "1")
    assert base64.b64decode(report["photos"][0]["jpeg_base64"]) == photo_files.find(home.folder, sha256).read_bytes()
    assert [(look["role"], look["reason"]) for look in report["looks_at_contact"]] == [("clerk", "回访")]
    newest = audit.page(home.connection, Wanted(subject=f"report:{one.id}"))[0]
    assert (newest.row.action, newest.texts and newest.texts.reason) == ("reporter.exported", "request 17")


def test_after_an_erasure_nothing_is_left_but_where_when_and_what_kind(home: Home) -> None:
    secret, sha256 = new_secret(), home.photo("teal")
    one = home.send(secret, photos=(sha256,))
    contacts.unmask(home.connection, one.id, f"called {NAME}", vault=home.vault, scope=EVERYWHERE, by=CLERK)
    before = reports.get(home.connection, one.id, scope=EVERYWHERE)
    assert home.erase(one.id) == 1
    after = reports.get(home.connection, one.id, scope=EVERYWHERE)
    assert (after.submission.text, after.submission.photos) == ("", ())
    assert after.erased_at is not None
    assert after.digest == home.vault.mark("erased", before.digest)
    assert (after.number, after.lon, after.lat, after.submission.category, after.assignment) == (
        *(before.number, before.lon, before.lat, before.submission.category, before.assignment),
    )
    assert contacts.show(home.connection, one.id, vault=home.vault, scope=EVERYWHERE) is None
    assert follows.find(home.connection, secret, address="10.0.0.1") is None
    with pytest.raises(NotFoundError):
        photo_files.find(home.folder, sha256)
    assert home.connection.scalar(sa.select(sa.func.count()).select_from(photo_table)) == 0
    rows = audit.page(home.connection, Wanted(subject=f"report:{one.id}"))
    assert [(row.row.action, row.texts and row.texts.reason) for row in rows] == [
        ("report.erased", "request 17"),
        ("contact.unmasked", None),
        ("report.submitted", None),
    ]
    assert audit.verify(home.connection) == []


def test_a_photo_that_another_report_shows_stays(home: Home) -> None:
    sha256 = home.photo("navy")
    one, two = (home.send(new_secret(), photos=(sha256,)) for _ in range(2))
    home.erase(one.id)
    assert photos.find(home.connection, sha256, scope=EVERYWHERE, folder=home.folder, by=BY).is_file()
    home.erase(two.id)
    with pytest.raises(NotFoundError):
        photos.find(home.connection, sha256, scope=EVERYWHERE, folder=home.folder, by=BY)


def test_an_erasure_that_is_not_committed_leaves_the_photo_and_stays_on_the_list(home: Home) -> None:
    sha256 = home.photo("maroon")
    one = home.send(new_secret(), photos=(sha256,))
    with home.connection.begin_nested() as savepoint:
        done = reporters.erase(
            home.connection, [one.id], vault=home.vault, again=home.again, by=BY, reason="request 17"
        )
        savepoint.rollback()
    assert done.photos == (sha256,)
    assert photos.find(home.connection, sha256, scope=EVERYWHERE, folder=home.folder, by=BY).is_file()
    assert reporters.erased_before(home.again) == [one.id]


def test_an_erased_report_is_erased_once_and_not_taken_in_again(home: Home) -> None:
    one = home.send(new_secret())
    assert [home.erase(one.id), home.erase(one.id, one.id)] == [1, 0]
    assert len(audit.page(home.connection, Wanted(action="report.erased"))) == 1
    with pytest.raises(ConflictError, match="erased"):
        reports.submit(home.connection, one, now=NOW, loaded=None, rule=RULE, given=given(), vault=home.vault, by=BY)
    assert contacts.show(home.connection, one.id, vault=home.vault, scope=EVERYWHERE) is None


def test_a_contact_that_comes_in_beside_an_erasure_is_refused(home: Home) -> None:
    one = home.send(new_secret())
    home.erase(one.id)
    with pytest.raises(NotFoundError, match="erased"):
        contacts.correct(home.connection, one.id, CONTACT, consent(), vault=home.vault, now=NOW, by=follows.REPORTER)


def test_what_a_restore_brings_back_is_erased_again_by_the_list(home: Home) -> None:
    erased, kept = home.send(new_secret()), home.send(new_secret())
    row = home.connection.execute(sa.select(report_table).where(report_table.c.id == erased.id)).one()
    home.erase(erased.id)
    home.connection.execute(
        sa.update(report_table)
        .where(report_table.c.id == erased.id)
        .values(text=row.text, body_sha256=row.body_sha256, erased_at=None)
    )
    listed = reporters.erased_before(home.again)
    assert listed == [erased.id]
    assert TELEPHONE not in home.again.read_text()
    found = reporters.known(home.connection, [*listed, uuid4()])
    assert [report.submission.id for report in found] == [erased.id]
    assert home.erase(*(report.submission.id for report in found)) == 1
    assert reports.get(home.connection, erased.id, scope=EVERYWHERE).submission.text == ""
    assert TELEPHONE in reports.get(home.connection, kept.id, scope=EVERYWHERE).submission.text


def test_a_list_of_erasures_with_a_line_that_names_no_report_is_refused(home: Home) -> None:
    home.again.write_text('{"report": "x"}\n')
    with pytest.raises(InvalidInputError, match="line 1"):
        reporters.erased_before(home.again)
    with pytest.raises(NotFoundError):
        reporters.erased_before(home.again.with_name("none"))


@pytest.mark.parametrize("half", ["{", '{"report": "0b9f8c', f'{{"report": "{UUID(int=1)}", "erased_at": "2026'])
def test_half_a_line_in_the_list_of_erasures_spoils_no_other(tmp_path: Path, half: str) -> None:
    path, first, second = tmp_path / "erasures.jsonl", uuid4(), uuid4()
    erasures.append(path, [first])
    with path.open("a") as file:
        file.write(half)
    assert erasures.read(path) == [first]
    erasures.append(path, [second])
    assert erasures.read(path) == [first, second]


def test_an_entry_that_was_written_behind_half_a_line_is_read(tmp_path: Path) -> None:
    path, entry = tmp_path / "erasures.jsonl", uuid4()
    path.write_text(f'{{"report": "0b9f8c{{"report": "{entry}", "erased_at": "2026-11-26T00:00:00+00:00"}}\n')
    assert erasures.read(path) == [entry]


def test_what_is_not_stored_cannot_be_erased(home: Home) -> None:
    with pytest.raises(NotFoundError):
        home.erase(uuid4())
    assert not home.again.exists()


def test_a_secret_is_kept_as_its_hash_alone(home: Home) -> None:
    secret = new_secret()
    one = home.send(secret)
    dumped = str(home.connection.execute(sa.text("select * from report_follows")).all())
    assert hashed(secret) in dumped
    assert secret not in dumped
    assert EMAIL not in dumped
    assert str(one.id) in dumped
