"""Strict JSON (RFC 8259) from hostile bytes: bounded in size and depth before anything is parsed.

Python's own reader takes NaN, 1e999 and lone surrogates and meets deep nesting with a RecursionError; here each is a
fault that says where.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from math import isfinite
from typing import Any, NoReturn

import numpy as np

from gis.domain.limits import JSON_DEPTH, JSON_NAMES, JSON_PARTS, POINTS_BYTES
from gis.errors import Fault, InvalidInputError, TooLargeError

FAULTS_SHOWN = 100

_OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16 or UTF-32", b"\xfe\xff": "UTF-16", b"\x00\x00\xfe\xff": "UTF-32"}
_ALL_BUT_SIGNS = bytes(set(range(256)) - set(b'"[]{},'))
# What may overflow a float, and what may make a character that cannot be stored; only then is every value looked at.
_LONG_NUMBER = re.compile(rb"[eE][+-]?[0-9]{3}|[0-9]{200}")
_ODD_CHARACTER = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Repeating(dict[str, Any]):
    """An object that had these names twice; never leaves this module."""

    repeated: tuple[str, ...] = ()


def read_json(
    document: bytes | str,
    *,
    max_bytes: int = POINTS_BYTES,
    max_depth: int = JSON_DEPTH,
    max_parts: int = JSON_PARTS,
    storable: bool = False,
) -> Any:
    """Return the value of a JSON text in UTF-8; a byte order mark in front is passed over.

    With `storable` it also refuses what the grammar allows but no table keeps and no two readers read alike: NUL in
    a string, and a name twice in one object. Raises `TooLargeError` over a limit and `InvalidInputError` with a JSON
    pointer, or a line and column, for each fault; its fact `read_two_ways` says that a name stands twice.
    """
    text, content = _decoded(document, max_bytes)
    depth, parts = nesting(content)
    if depth > max_depth:
        raise TooLargeError(f"The document nests {depth:,} levels deep; {max_depth} are allowed.")
    if parts > max_parts:
        raise TooLargeError(f"The document has {parts:,} arrays, objects and values; {max_parts:,} are allowed.")
    repeating: list[_Repeating] = []
    value = _parsed(text, repeating if storable else None)
    faults: list[Fault] = []
    if repeating or _LONG_NUMBER.search(content) or _ODD_CHARACTER.search(content):
        faults = value_faults(value, storable=storable)
    if faults:
        raise InvalidInputError(
            f"The document cannot be read: {faults[0].detail}", faults, read_two_ways=bool(repeating)
        )
    return value


def nesting(content: bytes) -> tuple[int, int]:
    """Return how deep arrays and objects of a JSON text nest, and how many parts it has, without parsing it.

    Parts are the arrays and objects, and the commas: all that is built but for one each. Strings are passed over.
    """
    if b"\\" in content:
        content = re.sub(rb"\\.", b"", content, flags=re.DOTALL)
    signs = re.sub(rb'"[^"]*"', b"", content.translate(None, _ALL_BUT_SIGNS))
    commas = signs.count(b",")
    brackets = np.frombuffer(signs.translate(None, b","), dtype=np.uint8)
    if not brackets.size:
        return 0, commas
    opening = (brackets == ord("[")) | (brackets == ord("{"))
    return max(0, int(np.cumsum(np.where(opening, 1, -1)).max())), int(opening.sum()) + commas


def value_faults(value: Any, *, storable: bool = True) -> list[Fault]:
    """Return a fault, with its JSON pointer, for each infinite number and each text that cannot be stored."""
    faults: list[Fault] = []
    for path, detail in _leaf_faults(value, storable):
        faults.append(Fault(pointer_to(*path), detail))
        if len(faults) == FAULTS_SHOWN:
            break
    return faults


def pointer_to(*names: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of a path of names and positions; half surrogates are written as escapes."""
    pointer = "".join("/" + str(name).replace("~", "~0").replace("/", "~1") for name in names)
    return pointer.encode(errors="backslashreplace").decode()


def _decoded(document: bytes | str, max_bytes: int) -> tuple[str, bytes]:
    try:
        content = document.encode() if isinstance(document, str) else bytes(document)
    except UnicodeEncodeError:
        raise _refused("The text has half of a surrogate pair, which is no character.") from None
    if len(content) > max_bytes:
        raise TooLargeError(f"The document has {len(content):,} bytes; {max_bytes:,} are allowed.")
    for mark, encoding in _OTHER_ENCODINGS.items():
        if content.startswith(mark):
            raise _refused(f"The text is in {encoding}; UTF-8 is needed.")
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        return content.decode(), content
    except UnicodeDecodeError as error:
        raise _refused(f"Byte {error.start} is not UTF-8; a file from an older program may be in GBK.") from None


def _parsed(text: str, repeating: list[_Repeating] | None) -> Any:
    """Parse; where a list is given, objects that have a name twice are put on it, as many as are told of."""

    def as_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(pairs) > JSON_NAMES:
            # Each name that nobody knows would be a fault of its own.
            raise TooLargeError(f"An object of the document has {len(pairs):,} names; {JSON_NAMES:,} are allowed.")
        found = dict(pairs)
        if len(found) < len(pairs) and repeating is not None and len(repeating) < FAULTS_SHOWN:
            names = Counter(name for name, _ in pairs)
            found = _Repeating(found)
            found.repeated = tuple(name for name, times in names.items() if times > 1)
            repeating.append(found)
        return found

    hook = None if repeating is None else as_object
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=hook)
    except json.JSONDecodeError as error:
        raise _refused(f"Not JSON at line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except ValueError:  # Python's own bound on the digits of an integer
        raise _refused("A number has more digits than can be read.") from None


def _refused(detail: str) -> InvalidInputError:
    return InvalidInputError(detail, [Fault("", detail)])


def _no_constant(name: str) -> NoReturn:
    raise _refused(f"{name} is not a JSON value.")


Path = tuple[str | int, ...]


def _leaf_faults(value: Any, storable: bool) -> Iterator[tuple[Path, str]]:
    """Yield the path of each fault, in the order of the document.

    No recursion, and paths only for the arrays and objects on the way down: there may be millions, and who has heard
    enough asks for no more.
    """
    open_ones: list[tuple[Path, Iterator[tuple[str | int, Any]]]] = [((), enumerate([value]))]
    while open_ones:
        path, items = open_ones[-1]
        found = next(items, None)
        if found is None:
            open_ones.pop()
            continue
        name, item = found
        detail = _leaf_fault(name, storable)
        if isinstance(item, dict | list):
            open_ones.append(((*path, name), iter(item.items()) if isinstance(item, dict) else enumerate(item)))
        else:
            detail = detail or _leaf_fault(item, storable)
        if detail:
            yield (*path, name)[1:], detail
        if isinstance(item, _Repeating):
            for twice in item.repeated:
                yield (*path, name, twice)[1:], f"The name {twice[:40]!r} stands more than once in its object."


def _leaf_fault(leaf: Any, storable: bool) -> str | None:
    if isinstance(leaf, str):
        if _SURROGATE.search(leaf):
            return "The text has half of a surrogate pair, which is no character."
        if storable and "\0" in leaf:
            return "The text has a NUL character."
    elif isinstance(leaf, float) and not isfinite(leaf):
        return "The number is too large."
    return None
