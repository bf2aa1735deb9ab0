from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.domain import codes
from gis.domain.codes import CameraCode, GridCode
from gis.errors import InvalidCodeError

VILLAGE = "210304015017"  # 新工社区
LEVEL2 = VILLAGE + "102000"
villages = st.from_regex(r"2103(0[2-4]|11|2[13]|81)[0-5][0-9][1-9][0-5][0-9][1-9]", fullmatch=True)
profiles = st.sampled_from(codes.PROFILES)


def test_a_level_2_grid_says_its_village_and_number():
    assert codes.parse(LEVEL2, profile="anshan18") == GridCode(
        LEVEL2, "anshan18", 2, "comprehensive", VILLAGE, LEVEL2, 2
    )


def test_a_leaf_says_its_level_2_grid():
    code = VILLAGE + "102013"
    assert codes.parse(code, profile="anshan18") == GridCode(code, "anshan18", 3, "comprehensive", VILLAGE, LEVEL2, 13)
    assert codes.level2_of(code) == LEVEL2


def test_a_leaf_may_stand_directly_under_its_village():
    found = codes.parse(VILLAGE + "100007", profile="anshan18")
    assert (found.level, found.level2, found.number) == (3, None, 7)


def test_a_dedicated_grid_stands_directly_under_its_home_village():
    found = codes.parse(VILLAGE + "200001", profile="anshan18")
    assert (found.kind, found.level, found.level2, found.number) == ("dedicated", 3, None, 1)


def test_a_unit_grid_is_15_digits_and_says_no_kind():
    found = codes.parse(VILLAGE + "042", profile="unit15")
    assert found == GridCode(VILLAGE + "042", "unit15", 3, None, VILLAGE, None, 42)


@pytest.mark.parametrize("code", ["Central Business District", "Arbutus-Ridge", "7", "沙河-12", "x" * 64])
def test_a_plain_code_is_any_short_text(code):
    assert codes.parse(code, profile="plain").code == code


@pytest.mark.parametrize(
    ("code", "profile"),
    [
        ("", "anshan18"),
        (VILLAGE, "anshan18"),
        (VILLAGE + "302013", "anshan18"),
        (VILLAGE + "100000", "anshan18"),
        (VILLAGE + "202001", "anshan18"),
        (VILLAGE + "200000", "anshan18"),
        ("210304015000102013", "anshan18"),
        ("210304000000102013", "anshan18"),
        ("000000000001102013", "anshan18"),
        (VILLAGE + "10201３", "anshan18"),
        (VILLAGE + "102013\n", "anshan18"),
        (" " + VILLAGE + "10201", "anshan18"),
        (VILLAGE + "000", "unit15"),
        (VILLAGE + "0420", "unit15"),
        ("210304015000042", "unit15"),
        ("", "plain"),
        (" a", "plain"),
        ("a\n", "plain"),
        ("a\0b", "plain"),
        ("\u202ea", "plain"),
        ("x" * 65, "plain"),
        (VILLAGE + "102013", "cjt349"),
    ],
)
def test_a_code_that_breaks_its_profile_is_refused(code, profile):
    with pytest.raises(InvalidCodeError) as refused:
        codes.check(code, profile=profile)
    assert refused.value.faults


@given(st.text(max_size=20), profiles)
def test_any_text_is_a_code_or_refused(text, profile):
    with suppress(InvalidCodeError):
        assert codes.parse(text, profile=profile).code == text


def test_a_code_of_a_village_elsewhere_is_refused_where_the_villages_are_known():
    codes.check(VILLAGE + "102013", profile="anshan18", villages={VILLAGE})
    codes.check("anything", profile="plain", villages={VILLAGE})
    with pytest.raises(InvalidCodeError, match="no village"):
        codes.check("210304015018102013", profile="anshan18", villages={VILLAGE})


def test_a_division_is_known_by_its_code():
    chain = ("210300000000", "210304000000", "210304015000", VILLAGE)
    assert [codes.division_level(code) for code in chain] == list(codes.LEVELS)
    assert codes.division_level("210310000000") == "county"
    assert codes.division_level("210304010000") == "town"
    assert codes.division_level("210304015010") == "village"


@pytest.mark.parametrize("code", ["", "210304", "210000000000", "000000000000", "21030401501７", "2103040150171"])
def test_what_is_no_division_of_a_city_is_refused(code):
    with pytest.raises(InvalidCodeError):
        codes.division_level(code)


def test_a_cameras_id_says_where_it_is_and_whose_network_it_is_in():
    assert codes.parse_camera("21030400081326000001") == CameraCode(
        "21030400081326000001", "210304", "00", "08", "132", 6, 1
    )
    codes.check_camera("21038100001310999999")


@pytest.mark.parametrize("code", ["", "2103040008132600001", "2103040008132600000１", "21030400081326 00001"])
def test_a_cameras_id_has_20_digits(code):
    with pytest.raises(InvalidCodeError, match="20 digits"):
        codes.check_camera(code)


def test_everything_wrong_with_a_cameras_id_is_told_at_once():
    with pytest.raises(InvalidCodeError) as refused:
        codes.check_camera("00030400081186000001")
    assert [word in fault.detail for word, fault in zip(("county", "118"), refused.value.faults, strict=True)] == [
        True,
        True,
    ]
