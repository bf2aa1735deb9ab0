"""Every operation of the HTTP door with a question that it understands, read from its own description."""

import copy
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import httpx

VILLAGE = "210304015017"
# What a parameter or property is called, and a value that its route takes.
GOOD: dict[str, Any] = {
    "x": 123.024,
    "y": 41.152,
    "datum": "cgcs2000",
    "q": "沙河",
    "points": [[123.024, 41.152]],
    "id": str(uuid.UUID(int=7)),
    "category": "road",
    "captured_at": "2026-11-01T08:00:00+08:00",
    "text": "路面破损",
    "accuracy_m": 10,
    "channel": "public",
    "photo_sha256": "0" * 64,
    "sha256": "0" * 64,
    "code": VILLAGE,
    "within": VILLAGE,
    "bbox": "122.9,41.0,123.1,41.2",
    "revision": 1,
    "layer": "grids",
    "z": 14,
    "name": "nobody",
    "telephone": "19900000000",
    "change": "disable",
    "role": "worker",
    "area": VILLAGE,
    "password": "not the password",
    "present": "not the password",
    "wanted": "short",
    "sealed": "nothing",
}
# Where a name means another thing than elsewhere.
HERE: dict[tuple[str, str], Any] = {
    ("/tiles/{layer}/{revision}/{z}/{x}/{y}", "x"): 13_788,
    ("/tiles/{layer}/{revision}/{z}/{x}/{y}", "y"): 6_135,
    ("/session/activation", "code"): "nothing",
}
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Door:
    """One operation and what it is asked: values by place, and a JSON body where it takes one."""

    method: str
    path: str
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    optional: dict[str, list[str]] = field(default_factory=dict)
    body: Any = None

    def asked(self, place: str, name: str, value: Any) -> "Door":
        """Return the same question with one value in ``path``, ``query`` or ``header`` changed."""
        return replace(self, values={**self.values, place: {**self.values[place], name: value}})

    def said(self, path: Path, value: Any) -> "Door":
        """Return the same question with another value in the body."""
        body = copy.deepcopy(self.body)
        within = body
        for name in path[:-1]:
            within = within[name]
        within[path[-1]] = value
        return replace(self, body=body)

    def named(self, path: Path, name: str) -> "Door":
        """Return the same question with another name for a value in the body."""
        body = copy.deepcopy(self.body)
        within = body
        for part in path[:-1]:
            within = within[part]
        within[name] = within.pop(path[-1])
        return replace(self, body=body)

    def names(self, place: str) -> list[str]:
        """Return every name that is read from a place."""
        return [*self.values[place], *self.optional[place]]

    def send(self, client: httpx.Client, headers: dict[str, Any] | None = None) -> httpx.Response:
        """Ask it. The stream of events has no end, so only its head is asked for."""
        target = self.path
        for name, value in self.values["path"].items():
            target = target.replace("{" + name + "}", quote(str(value), safe=""))
        method = "HEAD" if self.path == "/events" else self.method
        sent = {name: str(value).encode() for name, value in self.values["header"].items()}
        given: dict[str, Any] = {} if self.body is None else {"json": self.body}
        return client.request(method, target, params=self.values["query"], headers={**sent, **(headers or {})}, **given)


def doors(document: dict[str, Any]) -> list[Door]:
    """Return every operation of an OpenAPI document."""
    return [
        _door(document, method.upper(), path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]


def leaves(body: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every value of a body, those of objects and arrays too."""
    if path:
        yield path
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, value in items:
        yield from leaves(value, (*path, name))


def _door(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> Door:
    places: tuple[str, ...] = ("path", "query", "header")
    values: dict[str, dict[str, Any]] = {place: {} for place in places}
    optional: dict[str, list[str]] = {place: [] for place in places}
    for one in operation.get("parameters", []):
        if one.get("required"):
            values[one["in"]][one["name"]] = _good(path, one["name"], one["schema"], document)
        else:
            optional[one["in"]].append(one["name"])
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    body = None if content is None else _sample(path, content["schema"], document)
    return Door(method, path, values, optional, body)


def _good(path: str, name: str, schema: dict[str, Any], document: dict[str, Any]) -> Any:
    known = HERE.get((path, name), GOOD.get(name))
    return _sample(path, schema, document) if known is None else known


def _sample(path: str, schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """Return a value of a schema; of several the first that is not null."""
    if "$ref" in schema:
        return _sample(path, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return _sample(path, schema[several][0], document)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "array":
        return [_sample(path, schema.get("items", {}), document)]
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties", {})
        return {name: _good(path, name, part, document) for name, part in properties.items()}
    return {"integer": 1, "number": 1.0, "boolean": False}.get(schema.get("type", ""), "a")
