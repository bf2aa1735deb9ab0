"""Cells of tables: from what a file holds to text, whole numbers, numbers, flags and instants, or a fault."""

from collections.abc import Callable, Iterable
from datetime import date
from numbers import Number
from typing import TypeAlias

import numpy as np
import pandas as pd

from gis.errors import Fault

YES, NO = {"true", "1", "yes", "是", "t"}, {"false", "0", "no", "否", "f"}
WANTED = {
    "text": "text",
    "whole": "a whole number",
    "number": "a number",
    "flag": "true or false",
    "instant": "an instant with its offset, such as 2026-06-30T09:00:00+08:00",
}
Column: TypeAlias = "pd.Series[object]"


def cell_fault(row: int, column: str, detail: str) -> Fault:
    """Return a fault at a cell; `row` counts from 0."""
    return Fault(f"row {row + 1}, column {column}", detail)


def typed(given: Column, kind: str) -> tuple[Column, list[int]]:
    """Return a column as values of a kind of `WANTED`, and the rows (from 0) whose cell is none; None stays missing."""
    return _PARSERS[kind](given)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool | np.bool_)


def _rows_where(told: Iterable[bool]) -> list[int]:
    return [row for row, bad in enumerate(told) if bad]


def _text(given: Column) -> tuple[Column, list[int]]:
    def text(value: object) -> object:
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return str(value)

    return given.map(text).astype(object), _rows_where(not _is_plain(value) or "\0" in str(value) for value in given)


def _is_plain(value: object) -> bool:
    """Tell whether a value can be read as one text: an object or a list cannot, and true is no name."""
    plain = isinstance(value, str | Number | date)
    return value is None or (plain and not _is_flag(value))


def _whole(given: Column) -> tuple[Column, list[int]]:
    values = _numbers(given)
    whole = values.notna() & (values % 1 == 0) & (values.abs() < 2**31)
    bad = _rows_where(given.notna() & ~whole)
    kept = values.where(whole)
    return kept.astype("int64" if kept.notna().all() and len(kept) else "Int64"), bad


def _number(given: Column) -> tuple[Column, list[int]]:
    values = _numbers(given).astype("float64")
    finite = values.abs() < float("inf")
    return values, _rows_where(given.notna() & ~finite)


def _numbers(given: Column) -> Column:
    plain = given.map(lambda value: value if _is_plain(value) else None)
    return pd.to_numeric(plain, errors="coerce")


def _flag(given: Column) -> tuple[Column, list[int]]:
    words = given.map(lambda value: str(value).strip().lower().removesuffix(".0"))
    return words.isin(YES), _rows_where(~words.isin(YES | NO))


def _instant(given: Column) -> tuple[Column, list[int]]:
    texts = given.map(lambda value: None if value is None else str(value))
    values = pd.to_datetime(texts, errors="coerce", utc=True, format="ISO8601")
    aware = texts.map(lambda text: text is not None and _has_offset(text))
    return values, _rows_where(texts.notna() & ~(aware.astype(bool) & values.notna()))


def _has_offset(text: str) -> bool:
    clock = text[10:]
    return clock.endswith(("Z", "z")) or "+" in clock or "-" in clock


_PARSERS: dict[str, Callable[[Column], tuple[Column, list[int]]]] = {
    "text": _text,
    "whole": _whole,
    "number": _number,
    "flag": _flag,
    "instant": _instant,
}
