"""The audit log: record what was done, page through it, prove that it is whole, erase what people wrote."""

import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from gis.db import accounts
from gis.db import audit as stored
from gis.domain.audit import SALT_BYTES, Actor, Entry, Head, Recorded, Wanted, look_key, seal
from gis.domain.audit_chain import Chain, Finding
from gis.domain.staff import normalized_name
from gis.errors import NotFoundError
from gis.files import audit as files

# A screen asks for its layers again with every move of the map; within this time it is one look.
LOOK_EVERY = timedelta(minutes=10)
LOOKS_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Checked:
    """How far a verification is: rows read, of how many; `findings` is None until all are read."""

    done: int
    total: int
    findings: list[Finding] | None = None


def record(connection: sa.Connection, entry: Entry) -> int:
    """Record an entry as the next row of the chain and return its position.

    Make it the last statement of its transaction, after `events.append` too: writers wait for each other from here
    until commit, and two that take the two locks in different order would wait for ever.
    """
    row, texts = seal(entry, stored.lock_head(connection), secrets.token_bytes(SALT_BYTES))
    stored.append(connection, row, texts)
    return row.position


def looked(
    connection: sa.Connection,
    by: Actor,
    what: str,
    subject: str,
    *,
    every: timedelta | None = None,
    reason: str = "",
    **values: object,
) -> int | None:
    """Record that somebody looked at something sensitive, and return the row's position; None where it was not needed.

    `what` is an action such as ``contact.unmasked``, `reason` why, `values` what else is to be read. With `every` the
    same look of the same account at the same subject is recorded once in that time; looks without an account always
    are. Make it the last statement of its transaction, as `record` is: what was read is answered only when that
    commits.
    """
    entry = replace(by.did(what, subject, **values), reason=reason)
    if every is not None and by.id is not None and not stored.take_look(connection, look_key(entry), every=every):
        return None
    return record(connection, entry)


def forget_looks(connection: sa.Connection) -> int:
    """Remove what is remembered of looks so that none is recorded twice, once it is of no use; return how many."""
    return stored.forget_looks(connection, older_than=LOOKS_KEPT)


def done_by(connection: sa.Connection, wanted: Wanted, name: str) -> Wanted:
    """Return `wanted` narrowed to who did it: an account by its name or telephone, or a name that has none."""
    account = accounts.named(connection, normalized_name(name))
    return replace(wanted, actor_name=name) if account is None else replace(wanted, actor_id=account.id)


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
    found: list[Finding] = []
    for checked in verifying(connection, anchors):
        progress(checked.done, checked.total)
        found = checked.findings or found
    return found


def verifying(connection: sa.Connection, anchors: Sequence[Head] = ()) -> Iterator[Checked]:
    """Do what `verify` does, and yield after each batch how far it is; the last one has the findings."""
    head, chain, position = stored.head(connection), Chain(), 0
    while batch := stored.after(connection, position):
        for recorded in batch:
            chain.take(recorded)
        position = batch[-1].row.position
        yield Checked(position, max(position, head.position))
    findings = chain.findings([*anchors, head], written=stored.head(connection).position)
    yield Checked(position, position, findings)


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


def lines(connection: sa.Connection, wanted: Wanted, kind: str) -> Iterator[str]:
    """Yield the wanted rows, oldest first, as the lines of a file: `kind` is ``csv`` or ``jsonl``."""
    return files.lines(stored.every(connection, wanted), kind)


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
