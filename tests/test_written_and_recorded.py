"""Read from the code: whatever writes is recorded, by whoever did it, in words that both languages have."""

import ast
import importlib
import inspect
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from gis.services.exports import NOUNS
from gis.settings import CHECKOUT
from maps.style import STATIC

WRITES = {"insert", "update", "delete", "copy_rows", "copy_frame", "copy"}
WRITERS = {None, "sa", "cursor"}
# Functions that name readable values of an entry.
SAYS = {"did", "_record", "looked"}
RECORDS = {("audit", "record"), ("audit", "looked")}
# Services that write and are no change of their own, and why. The log itself is not judged.
UNRECORDED = {
    "access_log.keep": "a log of its own, of every request",
    "carrying.follow": "whoever announces the plan records what it did to posts",
    "contacts.take_in": "part of the report that is taken in, which is recorded",
    "follows.find": "a wrong secret is counted against guessing",
    "history.load": "the import that brings the reports is recorded",
    "identities.resume": "an attempt is used up by its answer; what comes of it is recorded",
    "photos.forget": "part of an erasure, which is recorded",
    "plans.bring_into_force": "whoever asks for it announces the plan at its end, which records it",
    "reports.load": "the import that brings the reports is recorded",
    "secrets.reseal": "a change of keys is recorded at its end",
    "sessions.caller_of": "that a session is in use is written down, no more",
    "sessions.open_for": "whoever asks for it records that it was opened, and how",
    "sessions.takes_code": "a code is used up by what it opens, which is recorded",
    "sessions.forget": "what has ended by its own date",
    "tiles.draw": "drawn from what is in force, whose change is recorded",
}

Function = tuple[str, str]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def modules(folder: str) -> Iterator[Path]:
    yield from sorted((CHECKOUT / folder).rglob("*.py"))


def names_of(module: ast.Module, package: str) -> dict[str, str]:
    """Return what a module of `package` is called in another, wherever it is imported there."""
    found = {}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module == package:
            found |= {alias.asname or alias.name: alias.name for alias in node.names}
    return found


def functions(path: Path) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in tree(path).body if isinstance(node, ast.FunctionDef)}


def called(function: ast.AST) -> Iterator[tuple[str | None, str]]:
    """Yield what a function calls, or hands on to be called: (name of the module there, function)."""
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.value.id, node.attr
        elif isinstance(node, ast.Name):
            yield None, node.id


@cache
def writers() -> frozenset[Function]:
    """Return the functions of gis.db that write rows, themselves or through others of their module."""
    found: set[Function] = set()
    for path in modules("gis/db"):
        if "migrations" in path.parts:
            continue
        own = functions(path)
        writing = {name for name, node in own.items() if any(m in WRITERS and a in WRITES for m, a in called(node))}
        while more := {
            n for n, node in own.items() if n not in writing and writing & {a for m, a in called(node) if m is None}
        }:
            writing |= more
        found |= {(path.stem, name) for name in writing}
    return frozenset(found)


@cache
def services() -> dict[Function, tuple[frozenset[Function], frozenset[Function]]]:
    """Return for each function of gis.services which of gis.services and of gis.db it calls."""
    found = {}
    for path in modules("gis/services"):
        module, own = tree(path), functions(path)
        theirs, stored = names_of(module, "gis.services"), names_of(module, "gis.db")
        for package, kept in (("gis.services", theirs), ("gis.db", stored)):
            for node in ast.walk(module):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{package}."):
                    kept |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        for name, node in own.items():
            calls = set(called(node))
            found[path.stem, name] = (
                frozenset({(path.stem, a) for m, a in calls if m is None and a in own} | _resolved(calls, theirs)),
                frozenset(_resolved(calls, stored)),
            )
    return found


def _resolved(calls: set[tuple[str | None, str]], known: dict[str, str]) -> set[Function]:
    whole = {(known[m], a) for m, a in calls if m in known}
    single = {tuple(known[a].split(".")[-2:]) for m, a in calls if m is None and "." in known.get(a, "")}
    return whole | single  # type: ignore[operator]


def reached(function: Function, *, through_unrecorded: bool) -> set[Function]:
    """Return the services that a service calls, and those that they call; not past one that has its own reason."""
    seen, waiting = set(), [function]
    while waiting:
        one = waiting.pop()
        if one in seen or one not in services():
            continue
        seen.add(one)
        if one == function or through_unrecorded or ".".join(one) not in UNRECORDED:
            waiting += services()[one][0]
    return seen


def writes(function: Function) -> bool:
    return any(services()[one][1] & writers() for one in reached(function, through_unrecorded=True))


def records(function: Function) -> bool:
    return bool(reached(function, through_unrecorded=False) & RECORDS)


def test_the_code_that_is_read_is_what_it_is_taken_for() -> None:
    assert {("accounts", "append"), ("layers", "replace"), ("tiles", "replace"), ("photos", "remember")} <= writers()
    assert ("plans", "newest") not in writers()
    assert writes(("accounts", "disable"))
    assert records(("accounts", "disable"))
    assert not writes(("hotspots", "feed"))


@pytest.mark.parametrize("function", sorted(services()), ids=".".join)
def test_a_service_that_writes_is_recorded_or_says_why_not(function: Function) -> None:
    if function[0] != "audit" and not function[1].startswith("_") and writes(function):
        assert records(function) is not (".".join(function) in UNRECORDED)


def test_whoever_is_excused_is_there_and_writes() -> None:
    for name in UNRECORDED:
        module, function = name.split(".")
        assert writes((module, function)), name


def test_no_door_writes_past_the_services() -> None:
    past = []
    for path in modules("api"):
        known = names_of(tree(path), "gis.db")
        past += [(path.name, m, a) for m, a in called(tree(path)) if m in known and (known[m], a) in writers()]
    assert past == []


def test_every_door_says_who_does_it() -> None:
    asked = 0
    for path in modules("api"):
        known = names_of(tree(path), "gis.services")
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if isinstance(node.func.value, ast.Name) and node.func.value.id in known:
                module = importlib.import_module(f"gis.services.{known[node.func.value.id]}")
                if "by" in inspect.signature(getattr(module, node.func.attr)).parameters:
                    asked += 1
                    named = {keyword.arg for keyword in node.keywords}
                    positional = len(node.args) > 1 and node.func.attr in ("looked", "looked_over")
                    assert "by" in named or positional, f"{path.name}:{node.lineno}"
    assert asked > 20


def actions() -> set[str]:
    """Return what the audit log calls what is done, wherever it is written in the code."""
    found = set()
    for folder in ("gis", "api"):
        for path in modules(folder):
            text = path.read_text(encoding="utf-8")
            found |= set(re.findall(r"\b(?:did|Entry)\(\s*\"([a-z0-9_]+(?:\.[a-z0-9_]+)+)\"", text))
            found |= set(re.findall(r"\b(?:looked|record)\([^()]*?\"([a-z0-9_]+(?:\.[a-z0-9_]+)+)\"", text))
            found |= set(re.findall(r"^LOOK = \"(\S+)\"", text, re.MULTILINE))
    return found | {f"{noun}.exported" for noun in NOUNS} | {f"{n}.imported" for n in NOUNS if n != "level2"}


def test_every_action_has_words_in_both_languages() -> None:
    asked = actions()
    assert {
        "account.disabled",
        "cameras.viewed",
        "photo.viewed",
        "audit.verified",
        "backup.made",
        "plan.published",
    } <= asked
    for name in ("zh", "en"):
        words = json.loads((STATIC / "i18n" / f"{name}.json").read_text(encoding="utf-8"))
        assert {action for action in asked if f"audit.action.{action}" not in words} == set()


def values() -> set[str]:
    """Return what the readable values of entries are called, wherever they are written out in the code."""
    found = set()
    for folder in ("gis", "api"):
        for path in modules(folder):
            calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
            named = [node for node in calls if getattr(node.func, "attr", getattr(node.func, "id", "")) in SAYS]
            found |= {keyword.arg for node in named for keyword in node.keywords if keyword.arg} - {"every"}
    return found


def test_every_value_has_words_in_both_languages() -> None:
    asked = values()
    assert {"method", "from_account", "fingerprint"} <= asked
    for name in ("zh", "en"):
        words = json.loads((STATIC / "i18n" / f"{name}.json").read_text(encoding="utf-8"))
        assert {value for value in asked if f"audit.value.{value}" not in words} == set()
