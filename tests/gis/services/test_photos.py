"""A photo is a file and a row, the file first."""

import io
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image

from gis.errors import NotFoundError, UnsupportedFormatError
from gis.files import photos as files
from gis.services import photos


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 10), "teal").save(out, "PNG")
    return out.getvalue()


def test_a_kept_photo_is_found_by_its_hash_and_kept_once(connection: sa.Connection, tmp_path: Path) -> None:
    photo, is_new = photos.keep(connection, picture(), folder=tmp_path)
    again, is_new_again = photos.keep(connection, picture(), folder=tmp_path)
    assert (photo, is_new, is_new_again) == (again, True, False)
    assert files.find(tmp_path, photo.sha256).read_bytes() == photo.content


def test_what_is_refused_leaves_no_file(connection: sa.Connection, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormatError):
        photos.keep(connection, b"no picture", folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_file_whose_row_was_never_committed_is_not_served(connection: sa.Connection, tmp_path: Path) -> None:
    photo, _ = photos.keep(connection, picture(), folder=tmp_path)
    connection.rollback()
    with pytest.raises(NotFoundError):
        photos.find(connection, photo.sha256, folder=tmp_path)
