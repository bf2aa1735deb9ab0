"""What a roster changes: new people and posts, posts that end, and everything that contradicts what is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gis.domain.posts import LEVELS, ROLE_OF_LEVEL, Post
from gis.domain.rosters import CellFault, Sheet, Wanted, read
from gis.domain.staff import SECOND_FACTOR_ROLES, Scope, check_apart, is_inside
from gis.errors import InvalidInputError


@dataclass(frozen=True)
class Person:
    """An account that is there: `is_active` for a person's that is not disabled, `roles` given now or later."""

    id: int
    name: str
    telephone: str | None
    is_active: bool
    roles: frozenset[str] = frozenset()

    @property
    def is_guarded(self) -> bool:
        """Whether a role asks for a second factor."""
        return bool(self.roles & SECOND_FACTOR_ROLES)


@dataclass(frozen=True)
class Present:
    """What is there when a roster is judged.

    Attributes
    ----------
    today : the city's date.
    levels : level (village, level2, grid) of every area in force, by code.
    people : accounts by name, those that the roster names.
    telephones : names of accounts by telephone, those that the roster names.
    posts : all that hold today or later.
    """

    today: date
    levels: Mapping[str, str]
    people: Mapping[str, Person]
    telephones: Mapping[str, str]
    posts: Sequence[Post]


@dataclass(frozen=True)
class Mode:
    """How a roster counts: from which day on, and for which scope it is the whole truth (None: it only adds)."""

    on: date
    whole_of: Scope | None = None


@dataclass(frozen=True)
class NewPost:
    """A post to be made; `id` and account of `post` are 0 where the account is still to be made."""

    name: str
    post: Post


@dataclass(frozen=True)
class Roster:
    """What a roster would change.

    Attributes
    ----------
    new_people : names with telephones of accounts to be made, in the order of the sheet.
    telephones : by name the telephones that known accounts get, which had none.
    known : how many accounts are there already.
    added : posts to be made.
    ended : posts that end the day before `Mode.on`.
    unchanged : how many rows say what is so already.
    vacancies : by level how many areas nobody holds on `Mode.on`, afterwards.
    faults : all that is wrong; with any, nothing is written.
    """

    new_people: Mapping[str, str | None]
    telephones: Mapping[str, str]
    known: int
    added: tuple[NewPost, ...]
    ended: tuple[Post, ...]
    unchanged: int
    vacancies: Mapping[str, int]
    faults: tuple[CellFault, ...]


def judge(sheet: Sheet, present: Present, mode: Mode) -> Roster:
    """Return what a sheet changes in what is present."""
    wanted, faults = read(sheet)
    people = _People(sheet, present)
    judged = _Posts(sheet, present, mode)
    for one in wanted:
        faults += [*people.take(one), *judged.take(one)]
    faults += judged.clashes()
    faults.sort(key=lambda fault: fault.row)
    return Roster(
        people.new,
        people.gained,
        len(people.known),
        tuple(new for new, _ in judged.added),
        judged.ended,
        judged.unchanged,
        judged.vacancies(),
        tuple(faults),
    )


class _People:
    """The accounts of a roster: each name has one telephone, each telephone one name."""

    def __init__(self, sheet: Sheet, present: Present) -> None:
        self._sheet, self._present = sheet, present
        self.new: dict[str, str | None] = {}
        self.gained: dict[str, str] = {}
        self.known: set[str] = set()
        self._owners = dict(present.telephones)

    def take(self, one: Wanted) -> list[CellFault]:
        person = self._present.people.get(one.name)
        if person is not None and not person.is_active:
            return [self._sheet.fault(one.row, "name", "This is no active person's account.")]
        present = self.new.get(one.name) if person is None else self.gained.get(one.name, person.telephone)
        if one.telephone is not None:
            if self._owners.setdefault(one.telephone, one.name) != one.name:
                return [self._sheet.fault(one.row, "telephone", "This is somebody else's telephone.")]
            if present not in (None, one.telephone):
                return [self._sheet.fault(one.row, "telephone", "This person has another telephone.")]
            if person is not None and present is None:
                # A telephone is a name to sign in with: whoever writes rosters would hand out a way to such an account.
                if person.is_guarded:
                    detail = "This person's roles are guarded; the telephone is set by whoever manages accounts."
                    return [self._sheet.fault(one.row, "telephone", detail)]
                self.gained[one.name] = one.telephone
        if person is None:
            self.new[one.name] = one.telephone or present
        else:
            self.known.add(one.name)
        return []


class _Posts:
    """The posts of a roster beside those that are there."""

    def __init__(self, sheet: Sheet, present: Present, mode: Mode) -> None:
        self._sheet, self._present, self._mode = sheet, present, mode
        self._there: dict[str, list[Post]] = {}
        for post in present.posts:
            self._there.setdefault(post.area, []).append(post)
        self._same: set[int] = set()
        self.added: list[tuple[NewPost, Wanted]] = []
        self.unchanged = 0

    def take(self, one: Wanted) -> list[CellFault]:
        """Take one row: as it is so already, or as a new post."""
        level = self._present.levels.get(one.area)
        if level is None:
            return [self._sheet.fault(one.row, "area", "This is no area in force.")]
        if self._mode.whole_of is not None and not is_inside(one.area, self._mode.whole_of):
            return [self._sheet.fault(one.row, "area", "This lies outside of the area that the roster is for.")]
        role = ROLE_OF_LEVEL[level]
        if one.role not in (None, role):
            return [self._sheet.fault(one.row, "role", f"Here it is {role}; the role may be left empty.")]
        same = next((post for post in self._there.get(one.area, ()) if self._is_same(post, one)), None)
        if same is not None:
            self._same.add(same.id)
            self.unchanged += 1
            return []
        return self._add(one, role)

    def _is_same(self, post: Post, one: Wanted) -> bool:
        since = post.from_on <= one.from_on if one.from_on else post.meets(self._mode.on, None)
        alike = (post.person, post.substitute, post.last_on) == (one.name, one.substitute, one.last_on)
        return alike and since and post.id not in self._same

    def _add(self, one: Wanted, role: str) -> list[CellFault]:
        since = one.from_on or self._mode.on
        if since < max(self._mode.on, self._present.today):
            return [self._sheet.fault(one.row, "from", f"Past days stay as they are; {self._mode.on} is the first.")]
        if one.last_on is not None and one.last_on < since:
            return [self._sheet.fault(one.row, "until", f"The last day is before the first, {since}.")]
        person = self._present.people.get(one.name)
        try:
            check_apart(role, person.roles if person else (), pointer="/name")
        except InvalidInputError as error:
            return [self._sheet.fault(one.row, "name", error.detail)]
        account = person.id if person else 0
        post = Post(0, one.area, role, account, since, one.last_on, one.substitute, person=one.name)
        self.added.append((NewPost(one.name, post), one))
        return []

    @property
    def ended(self) -> tuple[Post, ...]:
        """What the roster is the whole truth about and does not name."""
        scope = self._mode.whole_of
        if scope is None:
            return ()
        posts = (post for post in self._present.posts if post.meets(self._mode.on, None))
        return tuple(post for post in posts if is_inside(post.area, scope) and post.id not in self._same)

    def clashes(self) -> list[CellFault]:
        """Return the rows that contradict posts which stay, or rows before them."""
        gone = {post.id for post in self.ended}
        stay = {area: [post for post in own if post.id not in gone] for area, own in self._there.items()}
        faults = []
        for new, one in self.added:
            own = stay.setdefault(new.post.area, [])
            met = next((post for post in own if _clash(post, new.post)), None)
            if met is None:
                own.append(new.post)
            else:
                where = "" if met.id else " in this sheet"
                detail = f"{met.person} holds it from {met.from_on} {met.days}{where}."
                faults.append(self._sheet.fault(one.row, "area", detail))
        return faults

    def vacancies(self) -> dict[str, int]:
        """Return by level how many areas nobody holds on the roster's day, of those that it is about."""
        gone = {post.id for post in self.ended}
        stay = (post for post in self._present.posts if post.id not in gone)
        held = {post.area for post in (*stay, *(new.post for new, _ in self.added)) if self._holds(post)}
        scope = self._mode.whole_of
        counts = dict.fromkeys(LEVELS, 0)
        for area, level in self._present.levels.items():
            if area not in held and (scope is None or is_inside(area, scope)):
                counts[level] += 1
        return counts

    def _holds(self, post: Post) -> bool:
        return not post.substitute and post.holds_on(self._mode.on)


def _clash(there: Post, coming: Post) -> bool:
    """Tell whether two posts of one area cannot both be; people who are still to be made are told apart by name."""
    is_double = there.person == coming.person or not (there.substitute or coming.substitute)
    return is_double and there.meets(coming.from_on, coming.last_on)
