"""Compile a function to machine code, keep it on disk, and keep its annotations for the type checker."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile with numba; the code is cached beside the source and runs without Python's lock."""
    return cast(Function, njit(cache=True, nogil=True)(function))
