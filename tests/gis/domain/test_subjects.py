"""Columns about persons are recognised by heading and by content, and nothing else is."""

import pandas as pd
import pytest

from gis.domain.subjects import is_identity_number, personal_columns

MOBILE = ["13800000000", "+86 138 0000 0001", "138-0000-0002"]


def with_check(stem: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(stem, weights, strict=True))
    return stem + "10X98765432"[total % 11]


@pytest.mark.parametrize(
    "heading",
    [
        "姓名",
        "户主",
        "联系电话",
        "身份证号",
        "手机号码",
        "phone",
        "Mobile",
        "id_card",
        "ID Number",
        "tel",
        "resident_name",
        "first_name",
    ],
)
def test_headings_of_persons_are_refused(heading: str) -> None:
    faults = personal_columns(pd.DataFrame({heading: ["x"]}))
    assert [fault.pointer for fault in faults] == [f"column {heading}"]


@pytest.mark.parametrize(
    "heading",
    [
        "name",
        "code",
        "village_code",
        "households",
        "headcount",
        "telephone_booths_none",
        "building",
        "id",
        "intelligence",
    ],
)
def test_headings_of_places_are_taken(heading: str) -> None:
    faults = personal_columns(pd.DataFrame({heading: ["x"]}))
    assert bool(faults) == heading.startswith("telephone")


def test_columns_of_identity_numbers_are_refused_whatever_their_heading() -> None:
    numbers = [with_check(f"999999{day}00{place}") for place, day in enumerate(["19900101", "19850228", "20000615"])]
    assert all(map(is_identity_number, numbers))
    faults = personal_columns(pd.DataFrame({"bz": numbers}))
    assert "identity numbers" in faults[0].detail
    assert numbers[0] not in faults[0].detail


def test_columns_of_mobile_numbers_are_refused_as_text_and_as_numbers() -> None:
    assert personal_columns(pd.DataFrame({"bz": MOBILE}))
    assert personal_columns(pd.DataFrame({"bz": [13800000000, 13800000001]}))


def test_grid_codes_of_eighteen_digits_are_no_identity_numbers() -> None:
    codes = [f"210304015017101{number:03d}" for number in range(1, 200)]
    assert personal_columns(pd.DataFrame({"code": codes})) == []


def test_a_number_in_one_free_text_of_many_does_not_refuse_the_file() -> None:
    assert personal_columns(pd.DataFrame({"text": ["路面破损"] * 20 + ["13800000000"]})) == []
