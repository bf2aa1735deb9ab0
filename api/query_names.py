"""Names and numbers of a request, judged for every route: no unknown name, none twice, no number only Python reads."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import solve_dependencies
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from pydantic.fields import FieldInfo

# Python's own reader takes 1_0, full-width digits and spaces around besides.
READ_OTHERWISE = re.compile(r"_|[^\x00-\x7f]|^\s|\s$")


async def check_names(request: Request) -> None:
    """Refuse what the framework would pass over, before the route reads its values.

    Raises
    ------
    RequestValidationError : a name of the query that the route does not know, or one twice that is no list; a number
        in the query, path or headers that is spelled with `_`, spaces or digits beyond ASCII. What else is wrong with
        the request's values is told together with these.
    """
    found = list(_faults(request))
    if found:
        told = dict(found)
        others = [fault for fault in await _faults_of_values(request) if fault["loc"] not in told]
        raise RequestValidationError([*({"loc": place, "msg": said} for place, said in found), *others])


async def _faults_of_values(request: Request) -> list[Any]:
    """Return what the framework finds wrong with the values of a route, which is not called for it."""
    route = request.scope["route"]
    solved = await solve_dependencies(
        request=request,
        dependant=replace(route.dependant, dependencies=[]),
        body=await request.json() if route.body_field is not None else None,
        async_exit_stack=request.scope["fastapi_inner_astack"],
        embed_body_fields=False,
    )
    return solved.errors


def _faults(request: Request) -> Iterator[tuple[tuple[str, str], str]]:
    dependant = request.scope["route"].dependant
    known = dict(_fields(dependant, "query"))
    for name, times in Counter(name for name, _ in request.query_params.multi_items()).items():
        if name not in known and not _refuses_unknown(dependant):
            yield ("query", name), "This name is not known here."
        elif times > 1 and get_origin(_lone(known.get(name))) is not list:
            yield ("query", name), "This name is given more than once."
    sent: Mapping[str, Mapping[str, Any]] = {
        "query": request.query_params,
        "path": request.path_params,
        "header": request.headers,
    }
    for place, values in sent.items():
        for name, kind in _fields(dependant, place):
            if _lone(kind) in (int, float) and READ_OTHERWISE.search(str(values.get(name, ""))):
                yield (place, name), "A number is written in the digits 0 to 9, without spaces or `_`."


def _refuses_unknown(dependant: Dependant) -> bool:
    """Tell whether the route reads its query as a model that refuses unknown names itself, with all other faults."""
    kinds = [field.field_info.annotation for field in dependant.query_params]
    models = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
    return any(model.model_config.get("extra") == "forbid" for model in models)


def _fields(dependant: Dependant, place: str) -> Iterator[tuple[str, Any]]:
    """Yield (name, annotation) of all that a route reads from `place`, its dependencies' included."""
    for field in getattr(dependant, f"{place}_params"):
        info: FieldInfo = field.field_info
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from ((name, each.annotation) for name, each in info.annotation.model_fields.items())
        else:
            yield field.alias, info.annotation
    for inner in dependant.dependencies:
        yield from _fields(inner, place)


def _lone(kind: Any) -> Any:
    """Return a type without `| None` and without what `Annotated` adds."""
    if hasattr(kind, "__metadata__"):
        return _lone(get_args(kind)[0])
    if get_origin(kind) is list:
        return kind
    parts = [part for part in get_args(kind) if part is not type(None)]
    return _lone(parts[0]) if len(parts) == 1 else kind
