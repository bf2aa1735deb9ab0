"""Is a chain of audit rows whole? What was changed, taken out, put in or moved, and where.

Told from each other, each by its position:

- ``changed``: what a row says, its hash or its link does not fit its hash; or the next row names another hash than the
  row has, so it was rewritten with a new hash of its own. That looks the same as rows taken out behind it while later
  ones were numbered anew; a head from after that place tells, since its row then stands too early.
- ``deleted``: positions are empty, and the row after them names a row that is nowhere.
- ``inserted``: the rows around it follow each other without it. An exact copy is told from its original by nothing.
- ``reordered``: its links say that it belongs elsewhere; or positions are empty though no row is missing.
- ``texts``: the texts beside a row are not those that were recorded (erased ones are no finding).
- ``cut``: the chain ends before a head. ``head``: the row that a head names is not where it was.

Who rewrites every row after some place, hashes and links included, leaves a sound chain: only a head from after that
place shows it, and what lies between the last head that fits and that one cannot be trusted.
"""

from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from gis.domain.audit import GENESIS, Head, Recorded, link
from gis.domain.audit_order import START, Order, cut, out_of_order, sort_out

Kind = Literal["changed", "deleted", "inserted", "reordered", "texts", "cut", "head"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with the rows from `position` to `last`, both included; `detail` says what."""

    kind: Kind
    position: int
    last: int
    detail: str


def verify(rows: Iterable[Recorded], heads: Sequence[Head] = ()) -> list[Finding]:
    """Return everything that is wrong with rows in the order of their positions; `heads` are those to be trusted."""
    chain = Chain()
    for recorded in rows:
        chain.take(recorded)
    return chain.findings(heads)


class Chain:
    """Takes rows in the order of their positions, then tells what is wrong; keeps 16 bytes of each row."""

    def __init__(self) -> None:
        self._hashes = array("q")
        self._positions = array("q")
        # By place, which counts from 0: rows that do not name the row before, and what they name instead.
        self._breaks: dict[int, int] = {}
        self._gaps: set[int] = set()
        self._unfit: set[int] = set()
        self._altered: list[int] = []
        self._tip = GENESIS

    def take(self, recorded: Recorded) -> None:
        """Take the next row."""
        row, place = recorded.row, len(self._hashes)
        if link(row.previous_hash, row) != row.hash:
            self._unfit.add(place)
        if row.previous_hash != self._tip:
            self._breaks[place] = hash(row.previous_hash)
        if row.position != self._end() + 1:
            self._gaps.add(place)
        if recorded.texts is not None and recorded.texts.digest() != row.texts_hash:
            self._altered.append(place)
        self._hashes.append(hash(row.hash))
        self._positions.append(row.position)
        self._tip = row.hash

    def findings(self, heads: Sequence[Head] = (), *, written: int | None = None) -> list[Finding]:
        """Return everything that is wrong, by position; `written` is how many rows the database says it wrote."""
        places = self._places(heads)
        after = self._after(places)
        trusted = {places[hash(head.hash)] for head in heads if hash(head.hash) in places}
        order = sort_out(cut(after, len(self._hashes)), self._gaps, trusted)
        found = [self._found("changed", place, "what it says does not fit its hash") for place in self._unfit]
        found += self._lost(order) + self._empty(after) + self._moved(order)
        found += self._strays(order, {item.position for item in found if item.kind == "changed"})
        found += [self._found("texts", place, "the texts beside it were altered") for place in self._altered]
        found += self._beyond(written) + self._at_heads(heads, places)
        return sorted(set(found), key=lambda item: (item.position, item.kind))

    def _end(self) -> int:
        return self._positions[-1] if self._positions else 0

    def _position(self, place: int) -> int:
        return 0 if place == START else self._positions[place]

    def _found(self, kind: Kind, place: int, detail: str, *, last: int | None = None) -> Finding:
        return Finding(kind, self._position(place), self._position(place if last is None else last), detail)

    def _places(self, heads: Collection[Head]) -> dict[int, int]:
        """Return the place of each hash that a break or a head names; of a row that is sound, when two have it."""
        wanted = {*self._breaks.values(), *(hash(head.hash) for head in heads)}
        found = {hash(GENESIS): START}
        if wanted:
            for place, name in enumerate(self._hashes):
                if name in wanted and (name not in found or found[name] in self._unfit):
                    found[name] = place
        return found

    def _after(self, places: dict[int, int]) -> dict[int, int | None]:
        """Return, for each row that does not follow the row before it, the place of the row that it follows."""
        # What a row says that does not fit its hash cannot be believed: it is left in its place.
        return {place: place - 1 if place in self._unfit else places.get(name) for place, name in self._breaks.items()}

    def _lost(self, order: Order) -> list[Finding]:
        """Return what is wrong before each line that goes on from a row that is nowhere, where no position is empty."""
        begins = {line[0].start: line[0] for line in order.lines if line[0].after is None}
        found = []
        for place in begins.keys() - self._gaps:
            if place == 0:
                detail = "rows before it were taken out, and later ones numbered anew"
                found.append(self._found("deleted", 0, detail))
                continue
            rewritten = begins[place].stop == place + 1 and place + 1 in begins.keys() - self._gaps
            # A row that names nobody and that nobody names was itself rewritten; the row before it is sound.
            if not rewritten and place - 1 not in self._unfit:
                detail = "it was rewritten, or rows behind it were taken out and later ones numbered anew"
                found.append(self._found("changed", place - 1, detail))
        return found

    def _empty(self, after: dict[int, int | None]) -> list[Finding]:
        """Return the positions that no row has, but for those whose row stands elsewhere and is told as moved."""
        found = []
        for place in self._gaps:
            first, last = self._position(place - 1) + 1, self._position(place) - 1
            named = after.get(place, place - 1)
            if named is None and first <= last:
                found.append(Finding("deleted", first, last, "missing"))
            elif named == place - 1 or first > last:
                found.append(self._found("reordered", place, "numbered anew from here, though no row is missing"))
        return found

    def _moved(self, order: Order) -> list[Finding]:
        found = []
        for piece in (piece for line in order.lines for piece in out_of_order(line)):
            where = START if piece.after is None else piece.after
            detail = f"belongs right after row {self._position(where)}" if where != START else "belongs at the start"
            found.append(self._found("reordered", piece.start, detail, last=piece.stop - 1))
        return found

    def _strays(self, order: Order, changed: set[int]) -> list[Finding]:
        """Return what was put in; a row put in the stead of another is told as that one's change."""
        detail = "put in: the rows around it follow each other without it"
        found = [self._found("inserted", piece.start, detail, last=piece.stop - 1) for piece in order.strays]
        return [item for item in found if item.position not in changed]

    def _beyond(self, written: int | None) -> list[Finding]:
        if written is None or self._end() <= written:
            return []
        first = max(written + 1, self._position(0))
        return [Finding("inserted", first, self._end(), "put in behind the head that the database keeps")]

    def _at_heads(self, heads: Collection[Head], places: dict[int, int]) -> list[Finding]:
        """Return what heads do not find where they saw it; a shift that many of them see is told once."""
        found: list[Finding] = []
        sound, shifts = 0, {0}
        ordered = sorted(heads, key=lambda head: head.position)
        for is_known, some in groupby(ordered, key=lambda head: hash(head.hash) in places):
            group = list(some)
            if not is_known:
                found += self._unknown(group, sound)
                continue
            for head in group:
                shift = self._position(places[hash(head.hash)]) - head.position
                if shift not in shifts:
                    detail = f"the row that a head saw here stands at {head.position + shift}"
                    found.append(Finding("head", head.position, head.position, detail))
                shifts.add(shift)
            sound = group[-1].position
        return found

    def _unknown(self, heads: Sequence[Head], sound: int) -> list[Finding]:
        """Return what heads say whose row is nowhere, when all is well up to the position `sound`."""
        found = []
        inside = [head.position for head in heads if head.position <= self._end()]
        if inside:
            detail = f"not all as it was when the head of row {inside[0]} was kept"
            found.append(Finding("head", sound + 1, inside[-1], detail))
        if heads[-1].position > self._end():
            found.append(Finding("cut", self._end() + 1, heads[-1].position, "missing: the chain ends before its head"))
        return found
