"""Many values in one parameter, since a statement takes no more than 65,535 of them."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa


def texts(values: Collection[str]) -> sa.Select[Any]:
    """Return texts as rows, for `in_`."""
    return sa.select(sa.func.unnest(sa.literal(list(values), sa.ARRAY(sa.Text))))


def numbers(values: Collection[int]) -> sa.Select[Any]:
    """Return whole numbers as rows, for `in_`."""
    return sa.select(sa.func.unnest(sa.literal(list(values), sa.ARRAY(sa.BigInteger))))
