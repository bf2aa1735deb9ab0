"""The audit log (审计): read, followed, written to a file, and proved to be whole."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, StreamingResponse

from api import paging
from api.deps import ActorOfCaller, AuditTransaction, Engine, SettingsOfService, check_reads_audit
from api.problems import documented
from api.schemas import Instant, iso
from gis.db import engine as engines
from gis.domain.audit import Actor, Head, Recorded, Wanted
from gis.domain.audit_chain import Finding
from gis.domain.staff import NAME_LENGTH
from gis.errors import TooOftenError
from gis.services import audit

router = APIRouter(tags=["audit"])

PAGE_LIMIT = 500
POSITION_LIMIT = 2**63 - 1
FINDINGS_TOLD = 100
WORD = r"^[a-z0-9_]+([.][a-z0-9_]+)*$"
# Who keeps the page open looks on; once in this time is enough to know it.
VIEWED_EVERY = timedelta(hours=1)
MEDIA_TYPES = {"csv": "text/csv", "jsonl": "application/x-ndjson"}
NO_STORE = {"Cache-Control": "no-store"}
# It reads every row there is: one at a time in each process.
_verifying = threading.Lock()


class AuditQuery(BaseModel):
    """Filters of the audit log."""

    model_config = ConfigDict(extra="forbid")

    who: str | None = Field(None, min_length=1, max_length=NAME_LENGTH, description="account, or user at the terminal")
    action: str | None = Field(None, max_length=80, pattern=WORD, description="account.disabled, or account for all")
    subject: str | None = Field(None, min_length=1, max_length=120, description="account:17, or account for all")
    since: Instant | None = Field(None, description="at or after")
    until: Instant | None = Field(None, description="before")
    text: str | None = Field(None, min_length=1, max_length=200, description="in reasons, names and readable values")

    def wanted(self, connection: sa.Connection) -> Wanted:
        """Return which rows are wanted."""
        wanted = Wanted(action=self.action, subject=self.subject, since=self.since, until=self.until, text=self.text)
        return wanted if self.who is None else audit.done_by(connection, wanted, self.who)

    def told(self) -> dict[str, str]:
        """Return what is asked for, as the audit log keeps it."""
        return {name: str(getattr(self, name)) for name in AuditQuery.model_fields if getattr(self, name) is not None}


class AuditPageQuery(AuditQuery):
    """Filters of the audit log, and which page of it."""

    after: int | None = Field(None, ge=0, le=POSITION_LIMIT, description="only rows after this position, to follow")
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before")


class AuditFileQuery(AuditQuery):
    """Filters of the audit log, and how it is written."""

    format: Literal["csv", "jsonl"] = "csv"


class RowShape(BaseModel):
    """One row of the audit log."""

    position: int = Field(description="from 1, without a gap")
    at: str
    actor_id: int | None = Field(description="account; null at the terminal and for who has not signed in")
    actor_name: str | None = Field(description="null where it was erased")
    role: str | None = Field(description="that allowed it")
    address: str | None
    action: str
    subject: str
    reason: str | None
    before: dict[str, Any] = Field(description="values that may be read; empty where they were erased")
    after: dict[str, Any]
    is_erased: bool
    hash: str


class AuditPage(BaseModel):
    """A page of the audit log, newest first."""

    rows: list[RowShape]
    next: str | None


class HeadShape(BaseModel):
    """The end of the chain at an instant."""

    position: int
    hash: str
    at: str


class HeadsShape(BaseModel):
    """How many rows there are, and what is known of them outside the database."""

    rows: int
    heads: int = Field(description="signed heads that are kept outside the database")
    signed: HeadShape | None = Field(description="the last of them")


@router.get("/audit", response_model=AuditPage, summary="What was done, newest first. 审计", responses=documented(422))
def listing(
    connection: AuditTransaction, query: Annotated[AuditPageQuery, Query()], actor: ActorOfCaller
) -> JSONResponse:
    """Return one page; `next` is the cursor of the following one. That somebody reads is recorded once an hour."""
    wanted = replace(query.wanted(connection), after=query.after)
    filters = {**query.told(), "after": query.after}
    start = None
    if query.cursor:
        start = int(paging.decode(query.cursor, filters=filters, like={"position": 0})["position"])
    found = audit.page(connection, wanted, before=start, limit=query.limit + 1)
    following = None
    if len(found) > query.limit:
        following = paging.encode({"position": found[query.limit - 1].row.position}, filters=filters)
    answer = JSONResponse({"rows": [_row(one) for one in found[: query.limit]], "next": following}, headers=NO_STORE)
    audit.looked(connection, actor, "audit.viewed", "audit:all", every=VIEWED_EVERY)
    return answer


@router.get(
    "/audit/export",
    summary="The audit log as a file. 导出审计",
    response_class=StreamingResponse,
    responses={200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}}, **documented(422)},
)
def export(
    connection: AuditTransaction, engine: Engine, query: Annotated[AuditFileQuery, Query()], actor: ActorOfCaller
) -> StreamingResponse:
    """Return all wanted rows, oldest first, with what was not erased; that is recorded before the first of them."""
    wanted = query.wanted(connection)
    audit.record(connection, actor.did("audit.exported", "audit:all", asked={**query.told(), "format": query.format}))

    def lines() -> Iterator[str]:
        with engines.transaction(engine, reads_audit=True) as reading:
            yield from audit.lines(reading, wanted, query.format)

    headers = {**NO_STORE, "Content-Disposition": f'attachment; filename="audit.{query.format}"'}
    return StreamingResponse(lines(), media_type=MEDIA_TYPES[query.format], headers=headers)


@router.get(
    "/audit/verification",
    response_model=HeadsShape,
    summary="How long the audit log is, and its last signed head. 审计链状态",
    responses=documented(422),
)
def heads(connection: AuditTransaction, settings: SettingsOfService) -> JSONResponse:
    """Return what is known without reading the rows; heads whose signature is wrong do not count."""
    signed, _ = audit.read_heads(settings.audit_heads, settings.keys)
    shape = {"rows": audit.count(connection), **_anchors(signed)}
    return JSONResponse(shape, headers=NO_STORE)


@router.post(
    "/audit/verification",
    summary="Prove that the audit log is whole. 核验审计链",
    response_class=StreamingResponse,
    dependencies=[Depends(check_reads_audit)],
    responses={
        200: {"content": {"text/event-stream": {"example": 'data: {"done": 5000, "total": 100000}\n\n'}}},
        **documented(422),
    },
)
def verify(engine: Engine, settings: SettingsOfService, actor: ActorOfCaller) -> StreamingResponse:
    """Check every row against its chain and the signed heads, and tell how far it is, as server-sent events.

    The last one has `rows`, `heads`, `signed` and `findings` (the first 100; `more` counts the rest), and is recorded.
    """
    if _verifying.locked():
        raise TooOftenError("The audit log is being verified already; wait for that.", retry_after_s=10)
    return StreamingResponse(_verified(engine, settings, actor), media_type="text/event-stream", headers=NO_STORE)


def _verified(engine: sa.Engine, settings: SettingsOfService, actor: Actor) -> Iterator[str]:
    anchors, wrong = audit.read_heads(settings.audit_heads, settings.keys)
    with _verifying, engines.transaction(engine, reads_audit=True) as connection:
        for checked in audit.verifying(connection, anchors):
            if checked.findings is None:
                yield _event({"done": checked.done, "total": checked.total})
        found = [*wrong, *(checked.findings or ())]
        told = {"rows": checked.done, "findings": len(found)}
        audit.record(connection, actor.did("audit.verified", "audit:all", **told))
    shown = [_finding(one) for one in found[:FINDINGS_TOLD]]
    yield _event({"rows": checked.done, **_anchors(anchors), "findings": shown, "more": len(found) - len(shown)})


def _event(told: dict[str, Any]) -> str:
    return f"data: {json.dumps(told)}\n\n"


def _finding(found: Finding) -> dict[str, Any]:
    return {"kind": found.kind, "position": found.position, "last": found.last, "detail": found.detail}


def _anchors(signed: list[Head]) -> dict[str, Any]:
    last = max(signed, key=lambda head: head.at, default=None)
    shape = last and {"position": last.position, "hash": last.hash, "at": iso(last.at)}
    return {"heads": len(signed), "signed": shape}


def _row(recorded: Recorded) -> dict[str, Any]:
    row, texts = recorded.row, recorded.texts
    shown = json.loads(texts.shown) if texts else {"before": {}, "after": {}}
    return {
        "position": row.position,
        "at": iso(row.at),
        "actor_id": row.actor_id,
        "actor_name": texts.actor_name if texts else None,
        "role": row.role,
        "address": texts.address if texts else None,
        "action": row.action,
        "subject": row.subject,
        "reason": texts.reason if texts else None,
        "before": shown["before"],
        "after": shown["after"],
        "is_erased": texts is None,
        "hash": row.hash,
    }
