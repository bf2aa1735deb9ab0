"""Staff: roles, the areas they are given for, and what a caller may see.

An area is named by its code: a division (12 digits), a level-2 grid or a grid (18 digits in ``anshan18``), or a
functional zone. Everything inside a division or level-2 grid begins with the same digits, its prefix. The code of a
zone, or of a grid in a city with codes of its own, tells nothing of what lies in it: `Z10` is not in `Z1`. It stands in
a scope as a whole, with `WHOLE` before it; so a scope is a set of prefixes and whole codes.
Chinese: 岗位 post, 职责范围 scope.
"""

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from types import MappingProxyType

from gis.domain.categories import Name
from gis.domain.codes import division_level
from gis.domain.contacts import dialled
from gis.errors import Fault, InvalidCodeError, InvalidInputError

ROLES = MappingProxyType(
    {
        "citizen": Name("公众", "Citizen"),
        "worker": Name("网格员", "Grid worker"),
        "level2": Name("二级网格员", "Level-2 grid worker"),
        "leader": Name("网格长", "Grid leader"),
        "window": Name("社区窗口", "Community window"),
        "handler": Name("部门处置员", "Department handler"),
        "clerk": Name("热线话务员", "Hotline clerk"),
        "planner": Name("规划员", "Planner"),
        "dispatcher": Name("调度员", "Dispatcher"),
        "auditor": Name("审计员", "Auditor"),
        "administrator": Name("系统管理员", "Administrator"),
    }
)
# Whoever can change accounts or read the record proves with a second thing that it is they.
SECOND_FACTOR_ROLES = frozenset({"administrator", "auditor"})
# Separation of duties (职责分离): whoever gives rights or reads the record does none of the work that these are about.
APART_ROLES = frozenset({"administrator", "auditor"})
POST_ROLES = frozenset({"worker", "level2", "leader"})
EVERYWHERE = ("*",)
NOWHERE: tuple[str, ...] = ()
WHOLE = "="
LEVEL_DIGITS = {"city": 4, "county": 6, "town": 9, "village": 12}
AREA_LENGTH = 64
NAME_LENGTH = 64
ALIKE = frozenset({"LATIN", "CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE"})
# Fillers and joiners that Unicode counts among letters and marks.
UNSEEN = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"

Scope = tuple[str, ...]


@dataclass(frozen=True)
class Grant:
    """One role in one area, in force today."""

    role: str
    area: str


@dataclass(frozen=True)
class Caller:
    """Who asks: an account with its roles, or nobody (`account_id` None).

    Attributes
    ----------
    name : what the account signs in with; empty for nobody.
    grants : roles with their areas, those of posts included.
    is_whole : false until a second factor that is due has been set up; then nothing but that is allowed.
    """

    account_id: int | None = None
    name: str = ""
    grants: tuple[Grant, ...] = ()
    is_whole: bool = True

    @property
    def roles(self) -> frozenset[str]:
        """The roles, wherever they hold."""
        return frozenset(grant.role for grant in self.grants)

    def scope(self, roles: Collection[str]) -> Scope:
        """Return the scope of all areas in which the caller has one of these roles."""
        return scope_of(grant.area for grant in self.grants if grant.role in roles)


NOBODY = Caller()


def prefix(area: str) -> str:
    """Return what the codes of everything inside an area begin with, or its own code as a whole (see the module).

    `*` for the city, which holds all there is. The unrouted reports outside the city belong to no smaller area, and so
    to the city alone.
    """
    try:
        level = division_level(area)
    except InvalidCodeError:
        if not (len(area) == 18 and area.isascii() and area.isdigit()):
            return f"{WHOLE}{area}"
        return area[:15] if area[12] == "1" and area.endswith("000") else area
    return "*" if level == "city" else area[: LEVEL_DIGITS[level]]


def scope_of(areas: Iterable[str]) -> Scope:
    """Return the prefixes and whole codes of areas, ascending, without those that lie in others."""
    found = sorted({prefix(area) for area in areas})
    if "*" in found:
        return EVERYWHERE
    return tuple(one for one in found if not any(one != other and is_inside(one, (other,)) for other in found))


def is_inside(code: str | None, scope: Scope) -> bool:
    """Tell whether what a code names, or a part of another scope, lies in a scope.

    What has no code lies in the city alone.
    """
    return scope == EVERYWHERE or (code is not None and any(_holds(one, code) for one in scope))


def _holds(one: str, code: str) -> bool:
    return code in (one, one[1:]) if one.startswith(WHOLE) else code.startswith(one)


def check_grant(role: str, area: str) -> None:
    """Refuse a role that is not known, or an area that no code can be.

    Raises `InvalidInputError` with a fault at ``/role`` or ``/area``.
    """
    faults = []
    if role not in ROLES:
        faults.append(Fault("/role", f"The role is one of {', '.join(ROLES)}."))
    if not (0 < len(area) <= AREA_LENGTH and area.isascii() and area.isalnum()):
        faults.append(Fault("/area", "An area is the code of a division, zone, level-2 grid or grid."))
    if faults:
        raise InvalidInputError(faults[0].detail, faults)


def check_apart(role: str, held: Collection[str], *, pointer: str) -> None:
    """Refuse a role beside those that an account has, where duties are separate: one of `APART_ROLES` stands alone.

    It goes with no other of them and with no post. Raises `InvalidInputError` with a fault at `pointer`.
    """
    others = APART_ROLES | POST_ROLES if role in APART_ROLES else APART_ROLES
    met = sorted((others - {role}) & set(held)) if role in APART_ROLES | POST_ROLES else []
    if met:
        detail = f"One account is never {met[0]} and {role}: these duties are separate. Use another account."
        raise InvalidInputError(detail, [Fault(pointer, detail)])


def check_kind(role: str, kind: str) -> None:
    """Refuse a role that asks for a second factor to a system, which has none. Raises `InvalidInputError`."""
    if kind == "system" and role in SECOND_FACTOR_ROLES:
        detail = f"A system is never {role}: this role asks for a second factor, and a key has none."
        raise InvalidInputError(detail, [Fault("/role", detail)])


def normalized_name(name: str) -> str:
    """Return a name as names are compared: NFKC, so that full-width letters are the others, and in lower case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name.strip()).lower())


def account_name(name: str) -> str:
    """Return the name of an account as it is kept; digits alone are left to telephones.

    Names that look like others are refused: with letters that cannot be seen, or of scripts whose letters look alike
    (after Unicode Technical Standard 39). Raises `InvalidInputError` with a fault at ``/name``.
    """
    kept = normalized_name(name)
    detail = None
    if any(_is_unseen(letter) for letter in (*name.strip(), *kept)):
        detail = "The name holds a character that cannot be seen; type it anew."
    elif len({script for letter in kept if (script := _script(letter))}) > 1:
        detail = "The name mixes letters that look alike, Latin with Cyrillic or Greek; type it in one script."
    elif not 0 < len(kept) <= NAME_LENGTH or any(not letter.isprintable() or letter.isspace() for letter in kept):
        detail = f"A name has 1 to {NAME_LENGTH} characters, without spaces."
    elif kept.isdigit():
        detail = "A name of digits alone would be taken for a telephone."
    if detail:
        raise InvalidInputError(detail, [Fault("/name", detail)])
    return kept


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cf") or letter in UNSEEN or "VARIATION SELECTOR" in _named(letter)


def _script(letter: str) -> str | None:
    """Return the script of a letter, of those whose letters look alike."""
    script = _named(letter).partition(" ")[0]
    return script if script in ALIKE and letter.isalpha() else None


def _named(letter: str) -> str:
    return unicodedata.name(letter, "")


def normalized_telephone(telephone: str) -> str:
    """Return a telephone as telephones are compared: NFKC, without what `dialled` drops."""
    return dialled(unicodedata.normalize("NFKC", telephone))


def account_telephone(telephone: str) -> str:
    """Return a telephone to sign in with as it is kept: its digits, however it was written.

    Raises `InvalidInputError` with a fault at ``/telephone``.
    """
    kept = normalized_telephone(telephone)
    if not (kept.isascii() and kept.isdigit() and 5 <= len(kept) <= 20):
        detail = "A telephone is 5 to 20 digits."
        raise InvalidInputError(detail, [Fault("/telephone", detail)])
    return kept
