"""create_app(settings): put the pieces of the HTTP door together."""

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from api import budgets, problems
from api.access import ROWS, who_may
from api.access_log import AccessLog, NoteAccess
from api.bodies import BodyLimit
from api.callers import Callers
from api.deps import check_access
from api.envelope import EntityTags, Envelope
from api.event_stream import EventStream
from api.identity_provider import IdentityProvider
from api.plan_index import PlanIndexHolder
from api.query_names import check_names
from api.routes.pages import Assets
from api.routes.route import PointsBody
from api.schemas import Problem
from gis.db import engine as engines
from gis.db import schema
from gis.db.cluster import addresses
from gis.db.events import Event
from gis.errors import DatabaseUnavailableError
from gis.files.photo_decoder import PhotoDecoder
from gis.files.vault import Vault
from gis.settings import Settings

# Every module of api.routes that answers something; the order is that of the documentation.
ROUTES = (
    "route",
    "reports",
    "contacts",
    "decisions",
    "follows",
    "photos",
    "events",
    "grids",
    "divisions",
    "plans",
    "layers",
    "tiles",
    "style",
    "search",
    "maps",
    "session",
    "oidc",
    "identities",
    "keys",
    "accounts",
    "audit",
    "posts",
    "vacancies",
    "rosters",
    "consents",
    "register",
    "figures",
    "health",
    "pages",
    "docs",
)
# What people open in a browser; a name that someone appended to the address does no harm there.
PAGES = ("pages", "docs", "oidc")
DESCRIPTION = """One city, divided into grids: everything that happens finds its grid. 网格化管理

- Coordinates go in with a declared datum and come out as CGCS2000 longitude and latitude with 7 decimals.
- Every refusal is a problem document (RFC 9457) that lists all faults at once.
- Listings go on with the cursor in `next`; JSON answers carry an `ETag`.
"""


def create_app(settings: Settings) -> FastAPI:
    """Return the HTTP door over the database of `settings`; the database is opened when the app starts."""
    access_log = AccessLog()
    app = FastAPI(
        title="Wangge 网格",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(NoteAccess, log=access_log),
            Middleware(Envelope),
            Middleware(budgets.Budgets, rows=budgets.read(settings.rates)),
            Middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5),
            Middleware(EntityTags),
            Middleware(BodyLimit),
        ],
    )
    app.state.settings, app.state.access_log = settings, access_log
    problems.install(app)
    for name in ROUTES:
        judged = [] if name in PAGES else [Depends(check_names)]
        router = importlib.import_module(f"api.routes.{name}").router
        app.include_router(router, dependencies=[Depends(check_access), *judged])
    _check_rows()
    app.mount("/static", Assets(), name="static")
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _check_rows() -> None:
    """Refuse to be put together with a route that the table of access does not know. Raises ValueError."""
    routers = [importlib.import_module(f"api.routes.{name}").router for name in ROUTES]
    routes = {(method, route.path) for router in routers for route in router.routes for method in route.methods}
    if routes != set(ROWS):
        raise ValueError(f"routes and the table of access differ in {sorted(routes ^ set(ROWS))}")


def check_database(settings: Settings) -> None:
    """Refuse a database that cannot be served from: away, unsafe, or with tables of another version.

    Raises
    ------
    DatabaseUnavailableError : says what to do.
    """
    engine = engines.connect(addresses(settings).app)
    try:
        with engines.transaction(engine) as connection:
            engines.check_server(connection)
            present = schema.present(connection)
    finally:
        engine.dispose()
    if present != schema.newest():
        raise DatabaseUnavailableError(
            f"The tables are at migration {present or 'none'}, not {schema.newest()}; run `wangge db migrate`."
        )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open what the routes ask for, refuse an unsafe server, and close everything again."""
    limit_s = engines.REQUEST_STATEMENT_LIMIT_S
    engine = engines.connect(addresses(app.state.settings).app, statement_limit_s=limit_s)
    try:
        with engines.transaction(engine) as connection:
            engines.check_server(connection)
        async with _threads(app, engine):
            yield
    finally:
        engine.dispose()


@asynccontextmanager
async def _threads(app: FastAPI, engine: sa.Engine) -> AsyncIterator[None]:
    """Load the plan and listen for events, each in a thread, while the app runs."""
    holder = PlanIndexHolder(engine, app.state.settings.snap_limit_m)

    def wake(event: Event) -> None:
        if event.kind == "plan.published":
            holder.wake()

    callers = Callers(engine)
    stream = EventStream(engine, on_event=wake, on_callers=callers.forget)
    app.state.engine, app.state.plan_index, app.state.event_stream = engine, holder, stream
    app.state.callers = callers
    app.state.photo_decoder = PhotoDecoder()
    app.state.vault = Vault(app.state.settings.keys, app.state.settings.secret_key)
    provider = app.state.settings.identity_provider
    app.state.identity_provider = IdentityProvider(provider) if provider else None
    stream.start()
    holder.start()
    app.state.access_log.start(engine)
    try:
        yield
    finally:
        stream.stop()
        holder.stop()
        app.state.access_log.stop()


def _described(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, with the shapes that only references name."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
        )
        shapes = document["components"]["schemas"]
        for model in (Problem, PointsBody):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            shapes.update(schema.pop("$defs", {}))
            shapes[model.__name__] = schema
        app.openapi_schema = document
    return app.openapi_schema


def routes_of(app: FastAPI) -> list[tuple[str, str, str, str]]:
    """Return (method, path, who may, what for) of every route that `app` answers, in the order of the list above."""
    described = {
        (method.upper(), path): operation["summary"]
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
    }
    hidden = {
        ("GET", route.path): route.summary or ""
        for name in ROUTES
        for route in importlib.import_module(f"api.routes.{name}").router.routes
        if not route.include_in_schema
    }
    files = {
        ("GET", "/static/…"): "What the pages load.",
        ("GET", "/openapi.json"): "This door described for programs.",
    }
    known = {**described, **hidden, **files}
    return [
        (method, path, "anyone" if (method, path) in files else who_may(method, path), purpose)
        for (method, path), purpose in known.items()
    ]
