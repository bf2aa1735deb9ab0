"""The audit log: record what was done, page through it, prove that it is whole, erase what people wrote."""

import secrets
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import sqlalchemy as sa

from gis.db import audit as stored
from gis.domain.audit import SALT_BYTES, Entry, Head, Recorded, Wanted, seal
from gis.domain.audit_chain import Chain, Finding
from gis.errors import NotFoundError
from gis.files import audit as files


def record(connection: sa.Connection, entry: Entry) -> int:
    """Record an entry as the next row of the chain and return its position.

    Make it the last statement of its transaction, after `events.append` too: writers wait for each other from here
    until commit, and two that take the two locks in different order would wait for ever.
    """
    row, texts = seal(entry, stored.lock_head(connection), secrets.token_bytes(SALT_BYTES))
    stored.append(connection, row, texts)
    return row.position


def page(connection: sa.Connection, wanted: Wanted, *, before: int | None = None, limit: int = 100) -> list[Recorded]:
    """Return the newest of the wanted rows, newest first, at most `limit`; `before` is the position to go on from."""
    return stored.before(connection, wanted, position=before, limit=limit)


def count(connection: sa.Connection) -> int:
    """Return how many rows were ever recorded."""
    return stored.head(connection).position


def verify(
    connection: sa.Connection,
    anchors: Sequence[Head] = (),
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Finding]:
    """Read the whole chain in batches and return everything that is wrong with it, by position.

    `anchors` are heads that were kept outside the database, see `read_heads`; the database's own head is one more.
    Rows that are written meanwhile are no finding. `progress` is told how many rows are read, of how many.
    """
    head, chain, position = stored.head(connection), Chain(), 0
    while batch := stored.after(connection, position):
        for recorded in batch:
            chain.take(recorded)
        position = batch[-1].row.position
        progress(position, max(position, head.position))
    return chain.findings([*anchors, head], written=stored.head(connection).position)


def erase_texts(connection: sa.Connection, ids: Collection[int]) -> int:
    """Erase the texts, addresses and readable values of rows by their positions; return how many had any.

    With them goes the salt, so the hashes that stay say nothing about a person any more, and the chain stays whole.
    The caller records that it was done, and why.
    """
    return stored.erase_texts(connection, ids)


def sign_head(connection: sa.Connection, *, keys: Path, heads: Path) -> Head:
    """Sign the chain's head and add it to the file `heads`; the key lies in the folder `keys`, made at first use.

    Raises `StorageUnavailableError` and what `files.audit.signing_key` raises.
    """
    head = stored.head(connection)
    files.append_head(heads, head, files.signing_key(keys))
    return head


def read_heads(heads: Path, key: Path) -> tuple[list[Head], list[Finding]]:
    """Return the heads of a file whose signature is right, and what is wrong with the others.

    `key` is the public key: a file, or the folder of keys of this installation. Without a file of heads there are
    none. Raises `InvalidInputError` when the key cannot be read.
    """
    if not heads.exists():
        return [], []
    return files.read_heads(heads, files.public_key(key / files.PUBLIC_KEY if key.is_dir() else key))


def export(connection: sa.Connection, wanted: Wanted, path: Path) -> int:
    """Write the wanted rows, oldest first, to a .csv or .jsonl file and return how many.

    Raises
    ------
    UnsupportedFormatError : for another suffix.
    NotFoundError : there is no such row.
    """
    count = files.write_rows(path, stored.every(connection, wanted))
    if not count:
        raise NotFoundError("There are no such rows in the audit log.")
    return count
