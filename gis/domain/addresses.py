"""Addresses as people type them: folded to one spelling, parted, and compared with the gazetteer.

鞍千路３２栋, 鞍千路三十二栋 and 鞍千路32号楼 are one building. Words for the same part have one spelling here: 栋 for
幢, 座, 号楼 and #; 单元 for 门; 层 for 楼 and F; 室 for 户. Numerals are read only before such a word, since streets
have them in their names (千山路, 二一九路). Nothing here knows any street: what is real stands in the gazetteer.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

KINDS = ("street", "building", "place")
TEXT_LIMIT = 100
DIGITS = {sign: value for value, signs in enumerate(("零〇", *"一二三四五六七八九")) for sign in signs} | {"两": 2}
FORMAL = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")
PLACES = {"千": 1000, "百": 100, "十": 10}

_D = "零〇一二三四五六七八九两壹贰叁肆伍陆柒捌玖"
_WORDS = r"号楼|单元|栋|幢|座|门(?!诊|口|店|市|面|牌|卫|球)|层|楼|号|室|户"
# A numeral with its places, or one digit after the other; 千 and 百 stand for nothing without a digit before them.
_NUMERAL = re.compile(
    rf"(?:(?:[{_D}][千仟])?[零〇]?(?:[{_D}][百佰])?[零〇]?(?:[{_D}]?[十拾])?[{_D}]?|[{_D}]{{1,6}})(?={_WORDS}|#)"
)
_NUMBER = r"(?:负?\d{1,6}[a-z甲乙丙丁]?|[a-z])"
_TOKEN = re.compile(rf"(?P<number>{_NUMBER})(?P<word>{_WORDS}|#楼?|f(?![a-z]))")
_BARE = re.compile(r"(?<![\da-z])\d{1,6}(?![^-])")
_SPELLED = dict.fromkeys(("栋", "幢", "座", "号楼", "#", "#楼"), "栋") | {
    **{"单元": "单元", "门": "单元"},
    **{"层": "层", "楼": "层", "f": "层"},
    **{"室": "室", "户": "室"},
    "号": "号",
}
_WAY = r"[东西南北中]?[路街巷](?:\d|$)"
_AREA = re.compile(
    r"[一-鿿]{1,8}?(?:省|自治区|市(?!场|政|府|民|中|区)|(?<![小社园校厂景宅库片])区(?!域)|县(?!城|政|医)|街道(?!办)"
    rf"|镇(?!政|{_WAY})|乡(?!政|{_WAY})|社区(?!服|医|居|卫)|[村居]委会|村(?!委|{_WAY}))"
)
# Without any number a short tail is part of a name (站前街幼儿园), a long one what somebody tells of the street.
_STREET_AND_MORE = re.compile(r"(.{1,8}?(?:大街|大道|[路街巷]))(.{7,})")
_HOME = ("村", "社区", "委会")
# What a candidate is worth, of 1: its street alone; what is left of it where a word for the house is another, where it
# says more than was asked, lies in another division, or has no such unit or floor.
STREET_SHARE = 0.45
OTHER_WORD, BESIDE, OTHER_AREA, CONTRADICTED = 0.97, 0.8, 0.85, 0.75


@dataclass(frozen=True)
class Address:
    """The parts of an address, folded; an empty text or None where it does not say.

    Attributes
    ----------
    areas : divisions before the street, as they were written, from the large to the small (区划).
    street : street, lane, estate or place (道路、小区); the village where there is no street.
    number, building : house number (门牌号) and building (楼栋), digits or a letter.
    unit, floor, room : 单元, 楼层 (below ground negative), 室; a room such as 1502 tells its floor.
    rest : whatever else was said.
    """

    areas: tuple[str, ...] = ()
    street: str = ""
    number: str = ""
    building: str = ""
    unit: str = ""
    floor: int | None = None
    room: str = ""
    rest: str = ""

    @property
    def key(self) -> str:
        """What is looked for in the gazetteer: street and numbers as words, without what lies inside a building."""
        return " ".join(part for part in (self.street, self.number, self.building) if part)

    @property
    def entry_key(self) -> str:
        """What an entry of the gazetteer is found by: all of its name, an estate behind the street's number too."""
        return f"{self.key} {self.rest}".rstrip()


@dataclass(frozen=True)
class Entry:
    """What an entry of the gazetteer says, as far as it is compared; `areas` are the names of its divisions."""

    address: Address
    units: int | None
    floors: int | None
    areas: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """How well an entry fits, from 0 to 1, and which parts of what was typed it has."""

    score: float
    matched: tuple[str, ...]


def fold(text: str) -> str:
    """Return the one spelling of an address; folding again changes nothing.

    Full-width characters become plain, letters small, numerals before 栋, 单元, 层, 号 and 室 digits, their synonyms
    one word; signs go, but for a dash between two numbers.
    """
    return _spelled(_NUMERAL.sub(_digits, _plain(text)))


def parse(text: str) -> Address:
    """Return the parts of an address as it was typed, of its first `TEXT_LIMIT` characters; never raises."""
    folded = fold(text[:TEXT_LIMIT])
    areas, tail = _areas(folded)
    tokens = [(match.start(), match.end(), match["number"], match["word"]) for match in _TOKEN.finditer(tail)]
    spans = [(start, end) for start, end, *_ in tokens]
    bare = [match.span() for match in _BARE.finditer(tail) if not any(a <= match.start() < b for a, b in spans)]
    taken = sorted(spans + bare)
    street = tail[: taken[0][0]] if taken else tail
    starts = [start for start, _ in taken[1:]] + [len(tail)]
    rest = "".join(tail[end:until] for (_, end), until in zip(taken, starts, strict=False)).replace("-", "")
    parts = _parts(tokens, [tail[start:end] for start, end in bare])
    if areas and areas[-1].endswith(_HOME) and not (street and taken):
        # 新堡村12号 has no street, and 家园社区中学 is the name of a school.
        *above, home = areas
        areas, street = tuple(above), home + street
    if not taken and (told := _STREET_AND_MORE.fullmatch(street)):
        street, rest = told.groups()
    if not street:
        street, rest = rest, ""
    return replace(parts, areas=areas, street=street.strip("-"), rest=rest)


def numeral(text: str) -> int:
    """Return the number that a Chinese numeral names, up to 9,999: 三十二, 三二, 一百零五, 一百五, 两千; '' is 0."""
    signs = text.translate(FORMAL)
    if not any(sign in PLACES for sign in signs):
        return int("".join(str(DIGITS[sign]) for sign in signs) or "0")
    total, digit, place = 0, None, 1
    for sign in signs:
        if sign in PLACES:
            place = PLACES[sign]
            total += (1 if digit is None else digit) * place
            digit = None
        else:
            digit = DIGITS[sign]
            # 零 says that a place is empty: 一百零五 is 105, and 一百五 is 150.
            place = 10 if digit == 0 else place
    return total + (digit or 0) * max(1, place // 10)


def match(asked: Address, entry: Entry) -> Match:
    """Return how well an entry fits what was asked, and what of it: area, street, number, unit, floor."""
    there = entry.address
    likeness = max(alike(asked.street, there.street), alike(asked.street, there.rest))
    matched = ["street"] if likeness == 1 else []
    houses, theirs = _houses(asked), _houses(there)
    if not houses:
        score = likeness * (BESIDE if theirs else 1.0)
    elif theirs and theirs <= houses | set(_bare_houses(houses)):
        same_word = (asked.building in ("", there.building)) and (asked.number in ("", there.number))
        score, matched = likeness * (1.0 if same_word else OTHER_WORD), [*matched, "number"]
    else:
        score = likeness * STREET_SHARE * (BESIDE if theirs else 1.0)
    score, inside = _inside(asked, entry, score)
    score, around = _around(asked, entry, score)
    return Match(round(min(score, 1.0), 3), (*around, *matched, *inside))


def alike(one: str, other: str) -> float:
    """Return how much of two names is the same characters in the same order, from 0 to 1."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio() if one and other else 0.0


def _plain(text: str) -> str:
    """Return letters and digits in their plain forms, and what parts two numbers as a dash."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = re.sub(r"地下(?=\S{1,4}[层楼])|(?<!\d)[-−](?=\d{1,3}[层楼])", "负", plain)
    plain = re.sub(r"(?<=[\d号])[^\w#]+(?=\d)", "-", plain)
    kept = (
        sign
        for before, sign in zip(" " + plain, plain, strict=False)
        if sign.isalnum() or sign == "-" or (sign == "#" and (before.isalnum()))
    )
    return re.sub(r"(?<!\d)(?<!号)-+|-+(?!\d)", "", "".join(kept))


def _digits(found: re.Match[str]) -> str:
    return str(numeral(found[0])) if found[0] else ""


def _spelled(text: str) -> str:
    """Return a text with one word for each part; 楼 is a building until a house, building or unit was named."""
    named = False

    def spell(found: re.Match[str]) -> str:
        nonlocal named
        word = "栋" if found["word"] == "楼" and not named else _SPELLED[found["word"]]
        named = named or word in ("栋", "号", "单元")
        return found["number"] + word

    return _TOKEN.sub(spell, text)


def _areas(text: str) -> tuple[tuple[str, ...], str]:
    areas = []
    while found := _AREA.match(text):
        areas.append(found[0])
        text = text[found.end() :]
    return tuple(areas), text


def _parts(tokens: list[tuple[int, int, str, str]], bare: list[str]) -> Address:
    said: dict[str, str] = {}
    for _, _, number, word in tokens:
        part = {"栋": "building", "单元": "unit", "层": "floor", "室": "room", "号": "number"}[_SPELLED[word]]
        if part == "number" and said.keys() & {"number", "building", "unit", "floor"}:
            part = "room"
        said.setdefault(part, number.lstrip("0") or "0")
    numbers = [number.lstrip("0") or "0" for number in bare]
    if numbers and not said.keys() & {"number", "building"}:
        said["number"] = numbers.pop(0)
    if len(numbers) > 1:
        said.setdefault("unit", numbers.pop(0))
    if numbers:
        said.setdefault("room", numbers.pop(0))
    floor = _floor(said.pop("floor", ""), said.get("room", ""))
    number, building, unit, room = (said.get(part, "") for part in ("number", "building", "unit", "room"))
    return Address(number=number, building=building, unit=unit, floor=floor, room=room)


def _floor(floor: str, room: str) -> int | None:
    digits = re.sub(r"\D", "", floor)
    if digits:
        return -int(digits) if floor.startswith("负") else int(digits)
    return int(room[:-2]) if room.isdigit() and len(room) in (3, 4) else None


def _houses(address: Address) -> set[str]:
    return {part for part in (address.number, address.building) if part}


def _bare_houses(houses: set[str]) -> set[str]:
    """Return numbers without the letter behind them: 32甲 stands at 32."""
    return {re.sub(r"(?<=\d)\D$", "", house) for house in houses}


def _inside(asked: Address, entry: Entry, score: float) -> tuple[float, list[str]]:
    matched = []
    number = int(asked.unit) if asked.unit.isdigit() else None
    for part, wanted, there in (("unit", number, entry.units), ("floor", asked.floor, entry.floors)):
        if wanted is None or there is None:
            continue
        if wanted <= there:
            matched.append(part)
        else:
            score *= CONTRADICTED
    return score, matched


def _around(asked: Address, entry: Entry, score: float) -> tuple[float, list[str]]:
    if not asked.areas or not entry.areas:
        return score, []
    # The smallest division that was typed decides: all lie in the same city.
    if any(name.startswith(asked.areas[-1]) for name in entry.areas):
        return score, ["area"]
    return score * OTHER_AREA, []
