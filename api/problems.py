"""Problem documents (RFC 9457): every refusal, on every path, in one shape.

A problem says what is wrong in one sentence, lists all faults at once with a JSON pointer each, and carries the trace
id under which the log knows the request. Pointers begin with ``/query``, ``/path`` or ``/header`` for what is not in
the body. A 500 tells its trace id and nothing else.
"""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from api import logs
from api.access import ROWS
from gis import errors
from gis.errors import Fault, WanggeError

log = logging.getLogger("wangge.http")

MEDIA_TYPE = "application/problem+json"
FAULTS_SHOWN = 100
RETRY_AFTER_S = "5"
NO_STORAGE = "Files of the service cannot be read or written right now; nothing was changed. Try again later."

# The nearest class in the method resolution order decides, so a special case stands beside its parent.
STATUS: Mapping[type[WanggeError], int] = {
    errors.InvalidInputError: 422,
    errors.UnsupportedFormatError: 415,
    errors.TooLargeError: 413,
    errors.TooManyPolygonsError: 422,
    errors.NotFoundError: 404,
    errors.NotSignedInError: 401,
    errors.NotAllowedError: 403,
    errors.TooOftenError: 429,
    errors.ConflictError: 409,
    errors.PlanFaultsError: 422,
    errors.NoPlanError: 503,
    errors.DatabaseUnavailableError: 503,
    errors.StorageUnavailableError: 503,
    errors.IdentityProviderUnavailableError: 503,
    errors.BusyError: 503,
    errors.MissingAssetError: 500,
    WanggeError: 500,
}
MEANINGS: Mapping[int, str] = {
    400: "The body is not JSON that can be read one way only.",
    401: "Who asks has not signed in, or the session has ended.",
    403: "No role of who asks may do this.",
    404: "There is no such thing, or not within the areas of who asks.",
    405: "The path does not answer this method; `Allow` names those it does.",
    409: "The request contradicts what is stored.",
    413: "The body is over the published limit.",
    415: "The body is in a format that is not read.",
    422: "One or more values are wrong; `errors` lists all of them with their places.",
    429: "It was asked too often; try again after `Retry-After` seconds.",
    500: "A fault of ours; tell us the trace id.",
    503: "The database or the disk cannot be used, or there is no city yet; try again after `Retry-After` seconds.",
}


class MalformedBodyError(HTTPException):
    """The body is not JSON that can be read one way only.

    Not JSON at all is 400, and so is JSON with a name twice in one object; JSON with a value that cannot be kept, such
    as a NUL in a text, is 422.
    """

    def __init__(self, error: WanggeError) -> None:
        placed = any(fault.pointer for fault in error.faults) and not error.facts.get("read_two_ways")
        status = 413 if isinstance(error, errors.TooLargeError) else 422 if placed else 400
        super().__init__(status_code=status, detail=error.detail)
        self.faults = error.faults


def status_of(error: WanggeError) -> int:
    """Return the HTTP status of an error of ours."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem(
    request: Request,
    status: int,
    detail: str,
    *,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return a problem document; a status of 500 says nothing but the trace id."""
    document: dict[str, Any] = {
        "type": f"urn:wangge:problem:{status}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": MEANINGS[500] if status == HTTPStatus.INTERNAL_SERVER_ERROR else detail,
        "instance": request.url.path,
        "trace_id": request.scope.get("trace_id", ""),
    }
    if faults and status != HTTPStatus.INTERNAL_SERVER_ERROR:
        document["errors"] = [{"pointer": fault.pointer, "detail": fault.detail} for fault in faults[:FAULTS_SHOWN]]
    sent = {"Cache-Control": "no-store", **(headers or {})}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        sent["Retry-After"] = RETRY_AFTER_S
    return JSONResponse(document, status, headers=sent, media_type=MEDIA_TYPE)


def pointer(location: Sequence[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) of a pydantic location; ``body`` itself is the root."""
    parts = list(location[1:] if location[:1] == ("body",) else location)
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def faults_of(error: RequestValidationError) -> list[Fault]:
    """Return what pydantic found wrong, all of it, without the input itself."""
    return [fault_of(found) for found in error.errors()]


def fault_of(found: Mapping[str, Any]) -> Fault:
    """Return one of pydantic's errors as a fault, as a sentence."""
    said = str(found["msg"]).removeprefix("Value error, ")
    return Fault(pointer(tuple(found["loc"])), said if said.endswith(".") else f"{said}.")


def install(app: FastAPI) -> None:
    """Let every refusal of `app`, the framework's own included, be answered as a problem."""

    @app.exception_handler(WanggeError)
    def ours(request: Request, error: WanggeError) -> Response:
        if isinstance(error, errors.NotSignedInError) and is_page(request):
            return RedirectResponse(f"/sign-in?back={quote(_address(request), safe='')}", HTTPStatus.SEE_OTHER)
        detail = error.detail
        if isinstance(error, errors.StorageUnavailableError):
            # Its own sentence names paths of the server's disk.
            log.error("%s", detail, extra={"method": request.method, "route": logs.route_of(request.scope)})
            detail = NO_STORAGE
        return problem(request, status_of(error), detail, faults=error.faults, headers=_headers_of(error))

    @app.exception_handler(RequestValidationError)
    def shape(request: Request, error: RequestValidationError) -> JSONResponse:
        faults = faults_of(error)
        return problem(request, 422, _sentence(faults), faults=faults)

    @app.exception_handler(HTTPException)
    def framework(request: Request, error: HTTPException) -> JSONResponse:
        faults, sent = getattr(error, "faults", ()), dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            sent |= _allowed(request)
        plain = str(error.detail) == HTTPStatus(error.status_code).phrase
        detail = MEANINGS.get(error.status_code, error.detail) if plain else error.detail
        return problem(request, error.status_code, detail, faults=faults, headers=sent)

    @app.exception_handler(PoolTimeoutError)
    def busy(request: Request, _: PoolTimeoutError) -> JSONResponse:
        return problem(request, 503, "Too much is asked of the database right now; try again.")


def _allowed(request: Request) -> dict[str, str]:
    """Return `Allow` with the methods of every route of a path; the framework names those of the first alone."""
    route = request.scope.get("route")
    methods = {method for method, path in ROWS if route is not None and path == route.path}
    heads = {"HEAD"} if "GET" in methods else set()
    return {"Allow": ", ".join(sorted(methods | heads))} if methods else {}


def is_page(request: Request) -> bool:
    """Tell whether a person's browser asks for a page, and not a program or a page's script."""
    return request.method == "GET" and "text/html" in request.headers.get("accept", "")


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _headers_of(error: WanggeError) -> dict[str, str]:
    if isinstance(error, errors.IdentityRefusedError):
        return {"X-Sign-In": "refused"}
    if isinstance(error, errors.IdentityProviderUnavailableError):
        return {"X-Sign-In": "unreachable"}
    if isinstance(error, errors.NotSignedInError):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, errors.TooOftenError):
        return {"Retry-After": str(error.facts["retry_after_s"])}
    return {}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI `responses` of the problems that a route can answer; those of every route are among them."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": MEANINGS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in sorted({*statuses, 401, 403, 422, 429, 500, 503})
    }


def _sentence(faults: Sequence[Fault]) -> str:
    if len(faults) == 1:
        return f"One value is wrong: {faults[0].pointer or 'the body'}: {faults[0].detail}"
    return f"{len(faults)} values are wrong; see `errors`."
