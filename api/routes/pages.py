"""Pages: the one screen, the field page, and what they load."""

import mimetypes
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from jinja2 import Environment, FileSystemLoader, TemplateNotFound
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles

import maps
from gis.errors import NotFoundError

router = APIRouter(include_in_schema=False)

ROOM = Path(maps.__file__).parent
TEMPLATES = Environment(loader=FileSystemLoader(ROOM / "templates"), autoescape=True)
STATIC = ROOM / "static"
SERVICE_WORKER = STATIC / "app" / "field" / "sw.js"
REVALIDATE = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"
# A bare machine has no table of types, and a browser refuses a module of the wrong one.
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
    ".pbf": "application/x-protobuf",
}


class Assets(StaticFiles):
    """Files of the pages: vendored ones never change under their address, ours are asked for anew each time."""

    def __init__(self) -> None:
        for suffix, kind in TYPES.items():
            mimetypes.add_type(kind, suffix)
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        """Return a file with how long it may be kept."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOR_EVER if path.startswith("vendor/") else REVALIDATE
        return response


@router.get("/", summary="The one screen. 一屏指挥")
def screen() -> HTMLResponse:
    """Return the page of the one screen."""
    return page("screen.html")


@router.get("/report", summary="The grid worker's phone. 上报页面")
def field() -> HTMLResponse:
    """Return the field page."""
    return page("field.html")


@router.get("/follow", summary="A reporter's own report. 查询进展页面")
def follow() -> HTMLResponse:
    """Return the page on which a reporter without an account follows a report."""
    return page("follow.html")


@router.get("/sign-in", summary="Sign in, or set the first password. 登录页面")
def sign_in() -> HTMLResponse:
    """Return the page to sign in at."""
    return page("sign_in.html")


@router.get("/accounts.html", summary="Accounts, for administrators. 账号页面")
def accounts() -> HTMLResponse:
    """Return the page of accounts."""
    return page("accounts.html")


@router.get("/audit.html", summary="The audit log, for auditors. 审计页面")
def audit() -> HTMLResponse:
    """Return the page of the audit log."""
    return page("audit.html")


@router.get("/roster", summary="Posts, vacancies and rosters. 岗位页面")
def roster() -> HTMLResponse:
    """Return the page of posts and rosters."""
    return page("roster.html")


@router.get("/consents.html", summary="What one has consented to. 我的同意")
def consents() -> HTMLResponse:
    """Return the page of one's own consents."""
    return page("consents.html")


@router.get("/register.html", summary="The registers, for auditors and administrators. 登记页面")
def registers() -> HTMLResponse:
    """Return the page of the registers."""
    return page("register.html")


@router.get("/sw.js", summary="The field page's service worker.")
def service_worker() -> FileResponse:
    """Return it from the root, since a worker may serve only what lies below its own address."""
    if not SERVICE_WORKER.is_file():
        raise NotFoundError("There is no service worker.")
    return FileResponse(SERVICE_WORKER, media_type=TYPES[".js"], headers={"Cache-Control": REVALIDATE})


@router.get("/favicon.ico", summary="The sign of the system.")
def icon() -> FileResponse:
    """Return the icon."""
    return FileResponse(STATIC / "app" / "shared" / "icon.svg", media_type=TYPES[".svg"])


def page(name: str) -> HTMLResponse:
    """Return a page of `maps/templates`; raises `NotFoundError` where it is not shipped."""
    try:
        text = TEMPLATES.get_template(name).render()
    except TemplateNotFound as error:
        raise NotFoundError(f"There is no page {name}.") from error
    return HTMLResponse(text, headers={"Cache-Control": REVALIDATE})
