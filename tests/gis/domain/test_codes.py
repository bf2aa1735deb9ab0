from contextlib import suppress

import numpy as np
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
    assert codes.village_of(code) == VILLAGE


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
    assert codes.village_of(code, profile="plain") is None


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


@given(villages, st.sampled_from(["level2", "comprehensive", "dedicated"]), st.sets(st.integers(1, 98), max_size=20))
def test_the_next_code_is_valid_new_and_follows_the_highest_ever_given(village, kind, numbers):
    first = codes.next_code(village, [], kind=kind, profile="anshan18")
    at = slice(13, 15) if kind == "level2" else slice(15, 18)
    taken = [first[: at.start] + f"{number:0{at.stop - at.start}}" + first[at.stop :] for number in numbers]
    code = codes.next_code(village, taken, kind=kind, profile="anshan18")
    found = codes.parse(code, profile="anshan18")
    assert code not in taken
    assert found.number == max(numbers, default=0) + 1
    assert found.village == village
    assert (found.level == 2) == (kind == "level2")
    assert (found.kind == "dedicated") == (kind == "dedicated")


def test_numbers_of_other_parents_do_not_count():
    taken = [LEVEL2, VILLAGE + "102007", VILLAGE + "103990", "210304015018102999", VILLAGE + "200500"]
    assert codes.next_code(LEVEL2, taken, kind="comprehensive", profile="anshan18") == VILLAGE + "102008"


def test_unit_and_plain_codes_are_numbered_too():
    assert codes.next_code(VILLAGE, [VILLAGE + "041"], kind="comprehensive", profile="unit15") == VILLAGE + "042"
    taken = ["Downtown-9", "Downtown-10", "Downtown-1a"]
    assert codes.next_code("Downtown", taken, kind="comprehensive", profile="plain") == "Downtown-11"


@pytest.mark.parametrize(
    ("parent", "taken", "kind", "profile"),
    [
        (VILLAGE, VILLAGE + "200999", "dedicated", "anshan18"),
        (VILLAGE, VILLAGE + "199000", "level2", "anshan18"),
        (LEVEL2, VILLAGE + "102999", "comprehensive", "anshan18"),
        (VILLAGE, VILLAGE + "999", "comprehensive", "unit15"),
    ],
)
def test_numbers_that_are_used_up_are_an_error(parent, taken, kind, profile):
    with pytest.raises(InvalidCodeError, match="used up"):
        codes.next_code(parent, [taken], kind=kind, profile=profile)


@pytest.mark.parametrize(
    ("parent", "kind", "profile"),
    [
        (VILLAGE + "102013", "comprehensive", "anshan18"),
        (LEVEL2, "dedicated", "anshan18"),
        (LEVEL2, "level2", "anshan18"),
        ("210304015000", "level2", "anshan18"),
        (VILLAGE, "special", "anshan18"),
        (VILLAGE, "dedicated", "unit15"),
        (VILLAGE, "comprehensive", "cjt349"),
    ],
)
def test_a_parent_that_cannot_have_such_a_grid_is_refused(parent, kind, profile):
    with pytest.raises(InvalidCodeError):
        codes.next_code(parent, [], kind=kind, profile=profile)


def test_a_division_is_known_by_its_code():
    chain = ("210300000000", "210304000000", "210304015000", VILLAGE)
    assert [codes.division_level(code) for code in chain] == list(codes.LEVELS)
    assert codes.ancestors(VILLAGE) == chain[:3]
    assert codes.ancestors(chain[0]) == ()
    assert codes.division_level("210310000000") == "county"
    assert codes.division_level("210304010000") == "town"
    assert codes.division_level("210304015010") == "village"
    assert codes.ancestors("441900003000") == ("441900000000",)  # 东莞: towns directly under the city


@pytest.mark.parametrize("code", ["", "210304", "210000000000", "000000000000", "21030401501７", "2103040150171"])
def test_what_is_no_division_of_a_city_is_refused(code):
    with pytest.raises(InvalidCodeError):
        codes.division_level(code)


def test_statistical_codes_are_filled_up_to_12_digits():
    assert [codes.full_division(code) for code in ("2103", "210304", "210304015", VILLAGE)] == [
        "210300000000",
        "210304000000",
        "210304015000",
        VILLAGE,
    ]
    for code in ("21", "21030", "", "2103x4"):
        with pytest.raises(InvalidCodeError):
            codes.full_division(code)


@given(villages)
def test_every_ancestor_is_one_level_up(village):
    above = codes.ancestors(village)
    assert [codes.division_level(code) for code in above] == ["city", "county", "town"]
    for number, code in enumerate(above):
        assert codes.ancestors(code) == above[:number]


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


def test_grids_are_numbered_in_rows_from_north_to_south_and_each_from_west_to_east():
    lon, lat = np.meshgrid(122.98 + 0.002 * np.arange(5), 41.12 - 0.0015 * np.arange(4))
    wobble = np.random.default_rng(8)
    lon = lon + wobble.uniform(-3e-4, 3e-4, lon.shape)
    lat = lat + wobble.uniform(-2e-4, 2e-4, lat.shape)
    mixed = wobble.permutation(20)
    order = codes.numbering_order(lon.ravel()[mixed], lat.ravel()[mixed])
    assert mixed[order].tolist() == list(range(20))


@given(st.lists(st.tuples(st.floats(122, 124), st.floats(40, 41.6)), max_size=30))
def test_every_grid_gets_one_place_in_the_order(centres):
    lon, lat = [place[0] for place in centres], [place[1] for place in centres]
    assert sorted(codes.numbering_order(lon, lat).tolist()) == list(range(len(centres)))


def test_grids_in_one_row_or_one_column_are_numbered_along_it():
    assert codes.numbering_order([3, 1, 2], [41, 41, 41]).tolist() == [1, 2, 0]
    assert codes.numbering_order([123, 123, 123], [40, 41, 40.5]).tolist() == [1, 2, 0]
    assert codes.numbering_order([123, 123], [41, 41]).tolist() == [0, 1]
