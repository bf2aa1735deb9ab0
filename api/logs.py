"""The log: one JSON line for each thing that happened, or text that people read where a terminal shows it.

Nothing of what a request says is told: no query, body, token, name or place, and of an error its class, its place in
the code and PostgreSQL's code of it, since messages of errors repeat values. What may steer a terminal is written as
an escape. Lines that belong to a request carry its trace id.
"""

import logging
import re
import sys
import time
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import IO, Any

import psycopg
import structlog
from starlette.types import Scope
from structlog.typing import Processor

from api.access_log import NOTED

log = logging.getLogger("wangge.http")

INFO, WARNING = "info", "warning"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
FACTS = ("method", "route", "status", "duration_ms", "account_id")
# Libraries that tell at `info` what they do, with the values that they do it to.
QUIET = ("procrastinate", "uvicorn", "alembic", "httpx2", "authlib")
STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
FRAMES_SHOWN = 40

Event = MutableMapping[str, Any]


def configure(level: str | None = None, *, stream: IO[str] | None = None) -> None:
    """Send what this process logs to `stream` (standard error), from `level` on (``info``)."""
    target = sys.stderr if stream is None else stream
    handler = logging.StreamHandler(target)
    handler.setFormatter(_formatter(for_people=target.isatty()))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel((level or INFO).upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def request(scope: Scope, method: str, status: int | None, began_s: float) -> None:
    """Tell of one request by the method it was asked with; a status of None says that the caller went away.

    `began_s` is of `time.perf_counter`.
    """
    log.info(
        "request",
        extra={
            "method": method if method in METHODS else "other",
            "route": route_of(scope),
            "status": status,
            "duration_ms": round((time.perf_counter() - began_s) * 1000, 1),
            "account_id": scope.get(NOTED, {}).get("id"),
        },
    )


def route_of(scope: Scope) -> str:
    """Return the template of the route that a request came to; nothing of the path where it came to none."""
    route = scope.get("route")
    if route is not None:
        return str(route.path)
    return "/static/…" if scope["path"].startswith("/static/") else ""


def _formatter(*, for_people: bool) -> logging.Formatter:
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(FACTS),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _without_words,
        _inert,
    ]
    last: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if for_people:
        before.append(_readable)
        last = structlog.dev.ConsoleRenderer(timestamp_key="at", pad_event_to=0)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
    )


def _without_words(_: Any, __: str, event: Event) -> Event:
    """Put class and place of an error in the place of the error."""
    found = event.pop("exc_info", None)
    if not found:
        return event
    kind, error, trace = found if isinstance(found, tuple) else sys.exc_info()
    if kind is None or error is None:
        return event
    event["error"] = f"{kind.__module__}.{kind.__qualname__}"
    event["stack"] = _frames(trace)
    cause = error.__cause__ or error.__context__
    if cause is not None:
        event["cause"] = f"{type(cause).__module__}.{type(cause).__qualname__}"
        event["cause_stack"] = _frames(cause.__traceback__)
    in_database = [each for each in (error, cause, getattr(error, "orig", None)) if isinstance(each, psycopg.Error)]
    if in_database:
        event["sqlstate"] = in_database[-1].sqlstate
        event["constraint"] = in_database[-1].diag.constraint_name
    return event


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-FRAMES_SHOWN:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _inert(_: Any, __: str, event: Event) -> Event:
    return {name: _escaped(value) for name, value in event.items()}


def _escaped(value: Any) -> Any:
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    if isinstance(value, str):
        return STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", value.rstrip("\n"))
    return value


def _readable(_: Any, __: str, event: Event) -> Event:
    """Put stacks below the line, one frame a line."""
    stacks = [event.pop(name) for name in ("stack", "cause_stack") if name in event]
    if stacks:
        event["exception"] = "\n  caused by\n".join("\n".join(f"    {frame}" for frame in stack) for stack in stacks)
    return event
