"""Rows of an audit chain cut into pieces where its links break, and put in order again as the links say."""

from bisect import bisect
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise

START = -1  # the place before the first row


@dataclass(frozen=True)
class Piece:
    """Rows that follow each other, at the places from `start` to before `stop`.

    `after` is the place of the row that the first of them names; None when that row is nowhere.
    """

    start: int
    stop: int
    after: int | None


@dataclass(frozen=True)
class Order:
    """Pieces in the order of their links: `lines` go on from the start or from a lost row, `strays` lead nowhere."""

    lines: list[list[Piece]]
    strays: list[Piece]


def cut(after: dict[int, int | None], count: int) -> list[Piece]:
    """Return the pieces of `count` rows; `after` holds, for each row that does not follow the row before, whom it does.

    They are also cut behind each row that is named from elsewhere, so that what follows it on the spot can be told.
    """
    whole = {0: START, **after}
    for named in [named for named in whole.values() if named is not None]:
        whole.setdefault(named + 1, named)
    starts = sorted(start for start in whole if start < count)
    return [Piece(start, stop, whole[start]) for start, stop in pairwise([*starts, count])]


def sort_out(pieces: list[Piece], gaps: Collection[int], trusted: Collection[int]) -> Order:
    """Return pieces as their links order them.

    Where two pieces follow the same row, the chain goes on through the one that leads to a `trusted` place, or else to
    more rows. A piece after a lost row begins a line when that row could have stood before it: positions are empty
    there (`gaps` holds the places behind empty positions), or no row follows the one that stands there.
    """
    following: defaultdict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        if piece.after is not None:
            following[piece.after].append(piece)
    roots = [piece for piece in pieces if piece.after is None]
    weights = _weights([*following[START], *roots], following, trusted)
    lines = [_line(following[START], following, weights)]
    lines += [
        _line([piece], following, weights) for piece in roots if piece.start in gaps or not following[piece.start - 1]
    ]
    placed = {piece for line in lines for piece in line}
    return Order([line for line in lines if line], [piece for piece in pieces if piece not in placed])


def out_of_order(line: list[Piece]) -> list[Piece]:
    """Return the pieces of a line that stand elsewhere than their links say: as few rows as possible.

    What stays is the heaviest increasing subsequence of the places, found in k log k for k pieces.
    """
    starts: list[int] = []
    best: list[tuple[int, int]] = []  # rows kept up to a piece, and the number of that piece; grows with `starts`
    before: list[int | None] = []
    for number, piece in enumerate(line):
        at = bisect(starts, piece.start)
        kept = best[at - 1][0] if at else 0
        before.append(best[at - 1][1] if at else None)
        kept += piece.stop - piece.start
        end = at
        while end < len(best) and best[end][0] <= kept:
            end += 1
        starts[at:end], best[at:end] = [piece.start], [(kept, number)]
    stay, last = set(), best[-1][1] if best else None
    while last is not None:
        stay.add(last)
        last = before[last]
    return [piece for number, piece in enumerate(line) if number not in stay]


def _weights(
    roots: Iterable[Piece], following: dict[int, list[Piece]], trusted: Collection[int]
) -> dict[Piece, tuple[int, int]]:
    """Return for each piece how many trusted places, and how many rows, lie on the best way on from its beginning."""
    seen, waiting = [], list(roots)
    while waiting:
        piece = waiting.pop()
        seen.append(piece)
        waiting.extend(following.get(piece.stop - 1, ()))
    weights: dict[Piece, tuple[int, int]] = {}
    for piece in reversed(seen):
        ahead = max((weights[child] for child in following.get(piece.stop - 1, ())), default=(0, 0))
        own = sum(piece.start <= place < piece.stop for place in trusted)
        weights[piece] = own + ahead[0], piece.stop - piece.start + ahead[1]
    return weights


def _line(
    choices: list[Piece], following: dict[int, list[Piece]], weights: dict[Piece, tuple[int, int]]
) -> list[Piece]:
    line = []
    while choices:
        line.append(max(choices, key=lambda piece: weights[piece]))
        choices = following.get(line[-1].stop - 1, [])
    return line
