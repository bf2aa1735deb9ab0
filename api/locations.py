"""Places that callers send: x, y and datum of a request, judged together with its other values."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from gis.domain.reports import place_faults
from gis.errors import Fault, UnknownDatumError

Read = TypeVar("Read")


def with_place(given: Any, read: Callable[[Any], Read]) -> Read:
    """Read a model with x, y and datum, for a wrap validator of it.

    What is wrong with the place is told at once with all that is wrong with other values, though it takes three values
    to judge it. Raises `ValidationError`.
    """
    found: list[Read] = []
    told: list[InitErrorDetails] = []
    try:
        found.append(read(given))
    except ValidationError as error:
        told = [_repeated(each) for each in error.errors(include_url=False)]
    wrong = {each["loc"][0] for each in told if each.get("loc")}
    if isinstance(given, Mapping):
        told += lines(_place_faults(given, wrong), given)
    if told:
        raise ValidationError.from_exception_data("place", told)
    return found[0]


def lines(faults: list[Fault], given: Any) -> list[InitErrorDetails]:
    """Return faults as pydantic's own, so that it tells them with the others."""
    return [_line("wrong_value", _location(fault.pointer), fault.detail, given) for fault in faults]


def _place_faults(given: Mapping[str, Any], wrong: set[int | str]) -> list[Fault]:
    if "datum" in wrong or not isinstance(given.get("datum"), str):
        return []
    x, y = (None if name in wrong else _number(given.get(name)) for name in ("x", "y"))
    try:
        return place_faults(x, y, datum=given["datum"])
    except UnknownDatumError:
        return []


def _number(value: Any) -> float | None:
    """Return a value that the model has read as a finite number; the query's are text."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def _repeated(error: Any) -> InitErrorDetails:
    return _line(error["type"], error["loc"], error["msg"], error.get("input"))


def _line(kind: str, location: tuple[int | str, ...], said: str, given: Any) -> InitErrorDetails:
    # The text may hold braces; without a context they are no placeholders.
    return InitErrorDetails(type=PydanticCustomError(kind, said), loc=location, input=given)


def _location(pointer: str) -> tuple[int | str, ...]:
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
