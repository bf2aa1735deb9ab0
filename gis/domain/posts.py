"""Posts: who holds which area in which role on which days, and what a redraw does to them.

An area is a village (level 1, held by its leader), a level-2 grid, or a grid, dedicated ones included. Days are those
of the city; a post holds on its first and on its last day.
Chinese: 岗位 post, 代管 substitute, 交接 hand-over, 空岗 vacancy.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

from gis.domain.periods import YEARS, is_in_years
from gis.errors import Fault, InvalidInputError

ROLE_OF_LEVEL = MappingProxyType({"village": "leader", "level2": "level2", "grid": "worker"})
LEVELS = tuple(ROLE_OF_LEVEL)
NOTE_LENGTH = 500
# A part this large of a grid that was split, by area, takes the place of the whole.
KEPT_SHARE = 0.8
NO_END = date.max


@dataclass(frozen=True)
class Post:
    """One person in one area.

    Attributes
    ----------
    area : code of a village, level-2 grid or grid.
    role : leader, level2 or worker: that of the area's level.
    from_on, last_on : first and last day; None for no end.
    substitute : stands in for the holder (代管), who keeps the post.
    person : what the account signs in with.
    """

    id: int
    area: str
    role: str
    account_id: int
    from_on: date
    last_on: date | None = None
    substitute: bool = False
    note: str = ""
    person: str = ""

    def holds_on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.from_on <= day <= (self.last_on or NO_END)

    def meets(self, from_on: date, last_on: date | None) -> bool:
        """Whether it holds on any day from one to another."""
        return self.from_on <= (last_on or NO_END) and from_on <= (self.last_on or NO_END)

    @property
    def days(self) -> str:
        """The days in words, such as ``until 2026-12-31``."""
        return "until further notice" if self.last_on is None else f"until {self.last_on}"


@dataclass(frozen=True)
class Answering:
    """Who answers for an area on a day.

    Attributes
    ----------
    posts : the substitutes in force, else the holder; empty where nobody answers.
    reason : ``substitute``, ``holder``, ``vacant_level2`` or ``vacant_leader`` where a level above answers, ``nobody``.
    asked : the areas that were looked at, from the one asked for upwards.
    """

    area: str
    posts: tuple[Post, ...]
    reason: str
    asked: tuple[str, ...]


@dataclass(frozen=True)
class Moves:
    """What became of areas in a redraw.

    Attributes
    ----------
    ended : codes that are no longer in force.
    kept : codes that were in force before and are still.
    shares : by code of an area that changed, the shares of its area that went to others and to itself, by code.
    renumbered : by old code the new one of a grid that kept its permanent id.
    """

    ended: frozenset[str]
    kept: frozenset[str]
    shares: Mapping[str, Mapping[str, float]]
    renumbered: Mapping[str, str] = field(default_factory=dict)

    def heir(self, area: str) -> str | None:
        """Return the one area that took the place of an ended one; None where several did, or none."""
        if area in self.renumbered:
            return self.renumbered[area]
        largest = max(self.shares.get(area, {}).items(), key=lambda part: (part[1], part[0]), default=("", 0.0))
        return largest[0] if largest[1] >= KEPT_SHARE else None


@dataclass(frozen=True)
class Candidate:
    """Who held an area from which a share of its area came."""

    area: str
    account_id: int
    share: float


@dataclass(frozen=True)
class Question:
    """An area for which the rules name nobody: ``merged`` from areas of several people, or ``split`` off one."""

    area: str
    reason: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Carried:
    """What becomes of posts in a redraw.

    Attributes
    ----------
    kept : those that stay as they are.
    moved : those that go along, as they are in their new areas.
    ended : those that end, the ones that went into another of the same person included.
    questions : areas for which somebody has to say who holds them.
    """

    kept: tuple[Post, ...]
    moved: tuple[Post, ...]
    ended: tuple[Post, ...]
    questions: tuple[Question, ...]


def answering(area: str, above: Iterable[str], posts: Iterable[Post], on: date) -> Answering:
    """Return who answers for an area on a day: its substitute, its holder, or who holds the nearest area `above`."""
    here = [post for post in posts if post.holds_on(on)]
    asked: list[str] = []
    for one in (area, *above):
        asked.append(one)
        own = sorted((post for post in here if post.area == one), key=lambda post: post.id)
        found = [post for post in own if post.substitute] or own
        if found:
            reason = "substitute" if found[0].substitute else "holder"
            if one != area:
                reason = "vacant_leader" if found[0].role == "leader" else "vacant_level2"
            return Answering(area, tuple(found), reason, tuple(asked))
    return Answering(area, (), "nobody", tuple(asked))


def check_days(from_on: date, last_on: date | None, *, today: date) -> None:
    """Refuse days that have passed, end before they begin, or are beyond all years. Raises `InvalidInputError`."""
    faults = []
    if from_on < today:
        faults.append(Fault("/on", "Past days stay as they are; name today or a later day."))
    if last_on is not None and last_on < from_on:
        faults.append(Fault("/last_on", "The last day is before the first."))
    named = (("/on", from_on), ("/last_on", last_on))
    faults += [Fault(at, f"A day lies {YEARS}.") for at, day in named if day is not None and not is_in_years(day)]
    if faults:
        raise InvalidInputError(faults[0].detail, faults)


def carry(posts: Iterable[Post], moves: Moves) -> Carried:
    """Return what becomes of posts, each as it holds from the day of a redraw on.

    A post stays with a code that stays. A post of an ended area goes to its heir: the grid of the same permanent id, or
    the area that took `KEPT_SHARE` of it. Where several areas go to one, those of one holder are carried and those of
    several are asked about; whoever holds a code that stays keeps it meanwhile. A split without an heir is asked about
    for each part. What has no heir is ended; what was dropped leaves no question.
    """
    by_area: dict[str, list[Post]] = {}
    for post in posts:
        by_area.setdefault(post.area, []).append(post)
    ended = {area: own for area, own in by_area.items() if area in moves.ended}
    kept = {area: own for area, own in by_area.items() if area not in moves.ended}
    going: dict[str, list[str]] = {}
    for area in sorted(ended):
        going.setdefault(moves.heir(area) or "", []).append(area)
    moved: list[Post] = []
    gone: list[Post] = []
    questions: list[Question] = []
    for target, sources in going.items():
        if target == "":
            gone += [post for area in sources for post in ended[area]]
            questions += _splits(ended, sources, moves)
            continue
        incoming = [post for area in sources for post in ended[area]]
        staying = kept.get(target, [])
        holders = {post.account_id for post in (*incoming, *staying) if not post.substitute}
        if len(holders) > 1 and len({post.area for post in (*incoming, *staying) if not post.substitute}) > 1:
            gone += incoming
            questions.append(Question(target, "merged", _candidates((*staying, *incoming), target, moves)))
            continue
        arrived = _joined([replace(post, area=target) for post in incoming], staying)
        moved += arrived
        gone += [post for post in incoming if all(post.id != one.id for one in arrived)]
    stays = tuple(post for own in kept.values() for post in own)
    held = {post.area for post in moved if not post.substitute}
    open_ones = [one for one in questions if one.reason == "merged" or one.area not in held]
    return Carried(stays, tuple(moved), tuple(gone), _merged_questions(open_ones))


def _joined(incoming: list[Post], staying: list[Post]) -> list[Post]:
    """Return the posts that come to an area: those of one person that meet become one; whoever is there stays."""
    found: list[Post] = []
    for post in sorted(incoming, key=lambda post: (post.substitute, post.from_on, post.id)):
        if any(excludes(one, post) for one in staying):
            continue
        same = (one for one in found if one.account_id == post.account_id)
        met = next((one for one in same if one.meets(post.from_on, post.last_on)), None)
        if met is None:
            found.append(post)
        else:
            last = None if met.last_on is None or post.last_on is None else max(met.last_on, post.last_on)
            found[found.index(met)] = replace(met, last_on=last)
    return found


def excludes(there: Post, coming: Post) -> bool:
    """Tell whether two posts of one area cannot both be: two holders on one day, or one person twice."""
    same_place = there.account_id == coming.account_id or not (there.substitute or coming.substitute)
    return same_place and there.meets(coming.from_on, coming.last_on)


def _splits(ended: Mapping[str, list[Post]], sources: Iterable[str], moves: Moves) -> Iterable[Question]:
    """Yield a question for each part of a split that no code that stays has."""
    for area in sources:
        for part in sorted(set(moves.shares.get(area, {})) - moves.kept):
            candidates = _candidates(ended[area], part, moves)
            if candidates:
                yield Question(part, "split", candidates)


def _candidates(posts: Iterable[Post], target: str, moves: Moves) -> tuple[Candidate, ...]:
    """Return who holds these posts, each person and area once, with the share of the area that went to the target."""
    found: dict[tuple[str, int], Candidate] = {}
    for post in posts:
        if not post.substitute:
            default = 1.0 if post.area == target or moves.renumbered.get(post.area) == target else 0.0
            share = moves.shares.get(post.area, {}).get(target, default)
            found[post.area, post.account_id] = Candidate(post.area, post.account_id, share)
    return tuple(found[key] for key in sorted(found))


def _merged_questions(questions: Iterable[Question]) -> tuple[Question, ...]:
    """Return one question for each area: a part of two splits is asked about once, with the people of both."""
    found: dict[str, Question] = {}
    for question in questions:
        before = found.get(question.area)
        if before is not None:
            question = Question(question.area, "merged", before.candidates + question.candidates)
        found[question.area] = question
    return tuple(found[area] for area in sorted(found))
