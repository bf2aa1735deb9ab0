"""Addresses fold to one spelling, part the same however they are typed, and are compared with what is there."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gis.domain.addresses import TEXT_LIMIT, Entry, fold, match, numeral, parse
from tests.benchmarks.gazetteer import SIGNS
from tests.benchmarks.gazetteer import numeral as spelled

# What addresses are made of, so that most drawn texts come near to one.
LIKE_ADDRESSES = st.text(
    st.sampled_from("鞍千路街小区村市号楼栋幢座单元门层室户零一二两三十百千廿负地下壹拾0123456789３２ABfF#-－,， .第")
)


@given(st.one_of(st.text(), LIKE_ADDRESSES))
@example("-0层")
@example("ﬀ栋")
@example("İ座")
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.one_of(st.text(), LIKE_ADDRESSES))
def test_any_text_has_parts_and_fits_itself(text: str) -> None:
    asked = parse(text)
    assert all(part == part.strip() for part in (asked.street, asked.number, asked.building, asked.unit, asked.room))
    assert 0 <= match(asked, Entry(asked, None, None)).score <= 1
    if asked.street:
        assert match(asked, Entry(asked, None, None)).score == 1


@given(st.integers(0, 9999))
def test_a_numeral_is_its_number(number: int) -> None:
    assert numeral(spelled(number)) == number
    assert numeral("".join(SIGNS[int(digit)] for digit in str(number))) == number
    assert fold(f"鞍千路{spelled(number)}栋") == f"鞍千路{number}栋"


@given(st.integers(1, 9999), st.sampled_from(["栋", "幢", "座", "号楼", "#", "#楼", "＃"]))
def test_every_spelling_of_a_building_is_one(number: int, word: str) -> None:
    full_width = str(number).translate({ord("0") + n: ord("０") + n for n in range(10)})
    spellings = [str(number), full_width, spelled(number), spelled(number).translate(str.maketrans("一二三", "壹贰叁"))]
    folded = {fold(f"鞍千路{each}{word}") for each in spellings}
    assert folded == {f"鞍千路{number}栋"}


@pytest.mark.parametrize(
    ("text", "number"), [("十", 10), ("十五", 15), ("一百五", 150), ("两千", 2000), ("〇", 0), ("三千零二", 3002)]
)
def test_numerals_are_read_as_they_are_spoken(text: str, number: int) -> None:
    assert numeral(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "鞍千路32栋2单元15楼",
        "鞍千路三十二栋２单元１５楼",
        "鞍千路32号楼二门十五层",
        "鞍千路 32# 2单元 15F",
        "鞍千路32楼2单元1502室",
        "鞍千路三十二幢贰单元15层1502号",
        "鞍千路32-2-1502",
        "鞍千路32 2 1502",
    ],
)
def test_spellings_of_one_flat_have_the_same_parts(text: str) -> None:
    parts = parse(text)
    assert (parts.street, parts.building or parts.number) == ("鞍千路", "32")
    assert (parts.unit, parts.floor) == ("2", 15)


def test_numerals_in_the_names_of_streets_stay() -> None:
    assert parse("千山路一百零五号").key == "千山路 105"
    assert parse("二一九路五号").key == "二一九路 5"
    assert parse("二一九公园").key == "二一九公园"


def test_divisions_before_the_street_are_told_apart_from_it() -> None:
    parts = parse("辽宁省鞍山市立山区沙河街道新工社区鞍千路32栋")
    assert parts.areas == ("辽宁省", "鞍山市", "立山区", "沙河街道", "新工社区")
    assert parts.key == "鞍千路 32"
    assert parse("和平小区3号楼").key == "和平小区 3"
    assert parse("海城市西柳镇市场街3号").key == "市场街 3"
    assert parse("新甸镇中合村3号").areas == ("新甸镇",)
    assert parse("立山区古镇中路3号").key == "古镇中路 3"


def test_what_somebody_tells_behind_an_address_is_no_part_of_it() -> None:
    told = parse("鞍千路32栋2单元电梯和走廊漏水很严重，请派人来看看")
    assert (told.key, told.unit) == ("鞍千路 32", "2")
    assert parse("鞍千路路灯坏了好几天没有人来修").key == "鞍千路"
    assert parse("站前街幼儿园").key == "站前街幼儿园"
    assert parse("二单元15楼，鞍千路").key == "鞍千路"


def test_an_estate_behind_a_house_number_is_found_by_either_name() -> None:
    both = entry("鞍千路32号和平小区3栋")
    assert both.address.entry_key == "鞍千路 32 3 和平小区"
    assert match(parse("鞍千路32号和平小区3栋"), both).score == 1
    assert match(parse("和平小区3栋"), both).matched[0] == "street"


def test_a_village_stands_for_the_street_that_is_not_there() -> None:
    parts = parse("西柳镇新堡村12号")
    assert (parts.areas, parts.street, parts.number) == (("西柳镇",), "新堡村", "12")


@pytest.mark.parametrize("text", ["鞍千路32栋-1层", "鞍千路32栋负一层", "鞍千路32栋地下一层"])
def test_floors_below_ground_are_negative(text: str) -> None:
    assert parse(text).floor == -1


def entry(name: str, **more: object) -> Entry:
    facts = {"units": None, "floors": None} | more
    return Entry(parse(name), **facts)  # type: ignore[arg-type]


def test_the_same_house_is_worth_more_than_another_of_the_street_and_that_more_than_another_street() -> None:
    asked = parse("鞍千路32栋")
    worth = [match(asked, entry(name)).score for name in ("鞍千路32栋", "鞍千路32号", "鞍千路33栋", "胜利路33栋")]
    assert worth[0] == 1
    assert worth == sorted(worth, reverse=True)
    assert len(set(worth)) == 4
    # A person must look for a house that the gazetteer does not have.
    assert worth[2] < 0.5 < worth[1]


def test_a_unit_or_floor_that_the_building_does_not_have_counts_against_it() -> None:
    tower = entry("鞍千路32栋", units=2, floors=20)
    fits, high = match(parse("鞍千路32栋2单元15层"), tower), match(parse("鞍千路32栋2单元25层"), tower)
    assert (fits.score, fits.matched) == (1, ("street", "number", "unit", "floor"))
    assert high.score < 1
    assert "floor" not in high.matched


def test_the_division_that_was_typed_decides_between_streets_of_one_name() -> None:
    here, there = entry("胜利路3号", areas=("鞍山市", "立山区")), entry("胜利路3号", areas=("鞍山市", "海城市"))
    asked = parse("海城市胜利路3号")
    assert match(asked, there).score > match(asked, here).score
    assert match(asked, there).matched == ("area", "street", "number")


def test_hostile_texts_are_parted_in_bounded_time(corpora: Path) -> None:
    strings = json.loads((corpora / "strings" / "blns.json").read_text())
    strings += [sign * 1_000_000 for sign in ("十", "号", "-", "3#", "市", "社区", "一百", "﷽", "é")]
    strings += [f"{sign * 40}栋" for sign in ("一", "千", "十百", "9", "地下", "村")]
    began = time.perf_counter()
    for text in strings:
        assert len(parse(text).key) <= 40 * TEXT_LIMIT
    assert time.perf_counter() - began < 2
