"""Codes of divisions, grids and cameras: their structure, by profile, and the next free number.

Codes are texts of ASCII digits (but for ``plain``). Sources: GB/T 2260 and the 12-digit codes of the National Bureau
of Statistics for divisions; GB/T 30428.1 and DB11 (Beijing) for ``unit15``; GB/T 28181 annex D for cameras.
``anshan18`` is a profile of this system, not a standard: village 12, kind 1, level-2 number 2, level-3 number 3.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from gis.errors import Fault, InvalidCodeError

PROFILES = ("anshan18", "unit15", "plain")
KINDS = {"1": "comprehensive", "2": "dedicated"}
LEVELS = ("city", "county", "town", "village")
CAMERA_TYPES = ("131", "132")
_DIVISION = re.compile(r"[0-9]{12}", re.ASCII)
_LENGTHS = {"city": 4, "county": 6, "town": 9, "village": 12}
_PLAIN_LENGTH = 64


@dataclass(frozen=True)
class GridCode:
    """What a grid's code says of it.

    Attributes
    ----------
    level : 2 for a level-2 grid, 3 for a leaf.
    kind : ``comprehensive`` or ``dedicated``; None where the profile does not say.
    village : 12-digit code of its village or community; None for ``plain``.
    level2 : code of its level-2 grid, its own for a level-2 grid; None for a leaf directly under the village.
    number : the sequence number inside its parent; None for ``plain``.
    """

    code: str
    profile: str
    level: int
    kind: str | None
    village: str | None
    level2: str | None
    number: int | None


@dataclass(frozen=True)
class CameraCode:
    """A camera's id by GB/T 28181 annex D, rule A."""

    code: str
    county: str
    access_unit: str
    industry: str
    device: str
    network: int
    number: int


# --- divisions --------------------------------------------------------------------------------------------------------


def division_level(code: str) -> str:
    """Return the level of a 12-digit division code: ``city``, ``county``, ``town`` or ``village``.

    Raises `InvalidCodeError` for anything else, a province (``210000000000``) included.
    """
    if not _DIVISION.fullmatch(code) or code[:2] == "00" or code[2:4] == "00":
        raise _invalid(f"{code[:40]!r} is not a division code: 12 digits, of a city or below.")
    digits = len(code.rstrip("0"))
    return next(level for level in LEVELS if digits <= _LENGTHS[level])


def written_out(code: str) -> str | None:
    """Return the 12-digit code that 4, 6 or 9 digits of a city, county or town stand for; None for anything else."""
    short = re.fullmatch(r"[0-9]{4}|[0-9]{6}|[0-9]{9}", code, re.ASCII)
    return code.ljust(_LENGTHS["village"], "0") if short else None


# --- grids ------------------------------------------------------------------------------------------------------------


def parse(code: str, *, profile: str) -> GridCode:
    """Return what a grid's code says. Raises `InvalidCodeError` when it breaks its profile."""
    if profile == "anshan18":
        return _parse_anshan18(code)
    if profile == "unit15":
        return _parse_unit15(code)
    if profile == "plain":
        return _parse_plain(code)
    raise _invalid(f"{profile[:40]!r} is not a code profile: one of {', '.join(PROFILES)}.")


def check(code: str, *, profile: str, villages: Collection[str] | None = None) -> None:
    """Refuse a grid's code that breaks its profile or, with `villages`, lies in none of them.

    Raises `InvalidCodeError`.
    """
    village = parse(code, profile=profile).village
    if villages is not None and village is not None and village not in villages:
        raise _invalid(f"{code} begins with {village}, which is no village or community here.")


def level2_of(code: str, *, profile: str = "anshan18") -> str | None:
    """Return the code of a grid's level-2 grid, None where it has none by its code. Raises `InvalidCodeError`."""
    return parse(code, profile=profile).level2


def _parse_anshan18(code: str) -> GridCode:
    found = re.fullmatch(r"([0-9]{12})([12])([0-9]{2})([0-9]{3})", code, re.ASCII)
    if not found:
        raise _invalid(f"{code[:40]!r} is not 18 digits: village 12, kind 1 or 2, level-2 number 2, level-3 number 3.")
    village, kind, second, third = found.groups()
    _check_village(code, village)
    if kind == "2" and (second != "00" or third == "000"):
        raise _invalid(f"{code} is not a dedicated grid: after the kind 2 comes 00 and a number from 001.")
    if (second, third) == ("00", "000"):
        raise _invalid(f"{code} has neither a level-2 nor a level-3 number.")
    own = code[:15] + "000" if second != "00" else None
    level = 2 if third == "000" else 3
    return GridCode(code, "anshan18", level, KINDS[kind], village, own, int(second if level == 2 else third))


def _parse_unit15(code: str) -> GridCode:
    if not re.fullmatch(r"[0-9]{15}", code, re.ASCII) or code.endswith("000"):
        raise _invalid(f"{code[:40]!r} is not 15 digits: county 6, town 3, village 3, number from 001.")
    _check_village(code, code[:12])
    return GridCode(code, "unit15", 3, None, code[:12], None, int(code[12:]))


def _parse_plain(code: str) -> GridCode:
    if not (0 < len(code) <= _PLAIN_LENGTH and code.isprintable() and code == code.strip()):
        raise _invalid(f"A plain code has 1 to {_PLAIN_LENGTH} printable characters and no blanks around them.")
    return GridCode(code, "plain", 3, None, None, None, None)


def _check_village(code: str, village: str) -> None:
    if village[:2] == "00" or village[2:4] == "00" or division_level(village) != "village":
        raise _invalid(f"{code} does not begin with the code of a village or community.")


# --- cameras ----------------------------------------------------------------------------------------------------------


def parse_camera(code: str) -> CameraCode:
    """Return the parts of a camera's GB/T 28181 id (20 digits, type 131 or 132).

    Raises `InvalidCodeError` with a fault for each thing that is wrong.
    """
    if not re.fullmatch(r"[0-9]{20}", code, re.ASCII):
        raise _invalid(f"{code[:40]!r} is not a camera's id: 20 digits by GB/T 28181.")
    wrong = []
    if "00" in (code[:2], code[2:4]):
        wrong.append(f"{code[:6]} is not a county or city.")
    if code[10:13] not in CAMERA_TYPES:
        wrong.append(f"The type {code[10:13]} is not that of a camera: {' or '.join(CAMERA_TYPES)}.")
    if wrong:
        raise InvalidCodeError(f"{code} is not a camera's id: {wrong[0]}", [Fault("", detail) for detail in wrong])
    return CameraCode(code, code[:6], code[6:8], code[8:10], code[10:13], int(code[13]), int(code[14:]))


def check_camera(code: str) -> None:
    """Refuse a camera's id that breaks GB/T 28181. Raises `InvalidCodeError`."""
    parse_camera(code)


def _invalid(detail: str) -> InvalidCodeError:
    return InvalidCodeError(detail, [Fault("", detail)])
