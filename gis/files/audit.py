"""Outside the database: the key that signs heads of the audit log, the file of signed heads, and exports of rows."""

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from gis.domain.audit import Head, Recorded
from gis.domain.audit_chain import Finding
from gis.errors import InvalidInputError, StorageUnavailableError, UnsupportedFormatError
from gis.files.delimited import inert
from gis.files.whole import append_lines

KEY = "audit-ed25519.pem"
PUBLIC_KEY = "audit-ed25519.pub"
COLUMNS = (
    *("position", "at", "actor_id", "actor_name", "role", "action", "subject", "address", "reason", "shown"),
    *("before", "after", "texts_hash", "previous_hash", "hash"),
)


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """Return the key that signs heads; made at first use, readable by its owner alone, the public key beside it.

    Raises
    ------
    StorageUnavailableError : the folder cannot be written.
    InvalidInputError : the file holds no such key.
    """
    path = folder / KEY
    try:
        if not path.exists():
            _make_key(path)
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        _keep_public_key(key, folder / PUBLIC_KEY)
    except OSError as error:
        raise StorageUnavailableError(f"The key {path} cannot be kept: {error.strerror}.") from error
    except ValueError as error:
        raise InvalidInputError(f"{path} holds no key.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidInputError(f"{path} holds no Ed25519 key.")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """Return the key that heads are checked with; raises `InvalidInputError`."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InvalidInputError(f"{path} cannot be read as a public key.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise InvalidInputError(f"{path} holds no Ed25519 key.")
    return key


def append_head(path: Path, head: Head, key: Ed25519PrivateKey) -> None:
    """Add a signed head to the file, and see it on disk; raises `StorageUnavailableError`."""
    signed = {**json.loads(head.signed_bytes()), "signature": key.sign(head.signed_bytes()).hex()}
    line = json.dumps(signed).encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            append_lines(file, [line])
    except OSError as error:
        raise StorageUnavailableError(f"The head cannot be written to {path}: {error.strerror}.") from error


def read_heads(path: Path, key: Ed25519PublicKey) -> tuple[list[Head], list[Finding]]:
    """Return the heads whose signature is right, and what is wrong with the others; nothing when there is no file."""
    heads, findings = [], []
    for number, line in enumerate(path.read_bytes().split(b"\n") if path.exists() else (), start=1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
            head = Head(int(said["position"]), str(said["hash"]), datetime.fromisoformat(said["at"]))
            signature = bytes.fromhex(said["signature"])
        except (ValueError, KeyError, TypeError):
            findings.append(Finding("head", 0, 0, f"line {number} of {path.name} is not a head"))
            continue
        try:
            key.verify(signature, head.signed_bytes())
            heads.append(head)
        except InvalidSignature:
            detail = f"line {number} of {path.name} has a wrong signature"
            findings.append(Finding("head", head.position, head.position, detail))
    return heads, findings


def write_rows(path: Path, rows: Iterable[Recorded]) -> int:
    """Write rows with their texts (empty where erased) as .csv or .jsonl and return how many.

    Raises `UnsupportedFormatError`.
    """
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".jsonl"):
        raise UnsupportedFormatError(f"The audit log is written as .csv or .jsonl, not {suffix or path.name}.")
    kind = suffix[1:]
    with path.open("w", encoding="utf-8", newline="") as file:
        written = sum(bool(file.write(line)) for line in lines(rows, kind))
    return written - (kind == "csv")


def lines(rows: Iterable[Recorded], kind: str) -> Iterator[str]:
    """Yield rows with their texts (empty where erased) as lines of a file.

    `kind` is ``jsonl``, or ``csv`` with its head; cells that a spreadsheet would take for a formula are made inert.
    """
    if kind == "csv":
        yield _csv_line(COLUMNS)
    for recorded in rows:
        values = _values(recorded)
        if kind == "csv":
            yield _csv_line(_cells(values))
        else:
            yield json.dumps(dict(zip(COLUMNS, values, strict=True)), ensure_ascii=False) + "\n"


def _csv_line(cells: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _make_key(path: Path) -> None:
    """Make a key pair; of two processes at once one key stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    encoding, clear = serialization.Encoding.PEM, serialization.NoEncryption()
    content = Ed25519PrivateKey.generate().private_bytes(encoding, serialization.PrivateFormat.PKCS8, clear)
    descriptor, mine = tempfile.mkstemp(dir=path.parent)  # with mode 0600
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fsync(file.fileno())
    try:
        os.link(mine, path)
    except FileExistsError:
        pass
    finally:
        Path(mine).unlink()


def _keep_public_key(key: PrivateKeyTypes, path: Path) -> None:
    """Write the public key where it is missing; one that is there stays, so that a key made anew is noticed."""
    if not path.exists():
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        path.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, form))


def _values(recorded: Recorded) -> Sequence[object]:
    row, texts = recorded.row, recorded.texts
    said = {**vars(row), "at": row.at.isoformat(), "before": dict(row.before), "after": dict(row.after)}
    beside = {} if texts is None else vars(texts)
    return [{**beside, **said}.get(name) for name in COLUMNS]


def _cells(values: Sequence[object]) -> list[object]:
    texts = (json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value for value in values)
    return [inert(value) for value in texts]
