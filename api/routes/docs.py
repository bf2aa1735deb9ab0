"""The description of the HTTP door as a page, from assets of this host."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from api.routes.pages import page

router = APIRouter(include_in_schema=False)


@router.get("/docs", summary="This list as a page, to try out. 接口文档")
def docs() -> HTMLResponse:
    """Return Swagger UI over /openapi.json."""
    return page("docs.html")
