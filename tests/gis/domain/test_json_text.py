import json
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.domain.json_text import nesting, pointer_to, read_json, value_faults
from gis.domain.limits import JSON_PARTS
from gis.errors import InvalidInputError, TooLargeError, WanggeError

texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(-(2**80), 2**80) | st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | numbers | texts
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=30)

# Documents that RFC 8259 lets a reader take or leave, and that are taken here: numbers beyond what a float tells apart,
# numbers that vanish into zero, and a byte order mark.
TAKEN = {
    "i_number_double_huge_neg_exp.json",
    "i_number_real_underflow.json",
    "i_number_too_big_neg_int.json",
    "i_number_too_big_pos_int.json",
    "i_number_very_big_negative_int.json",
    "i_structure_UTF-8_BOM_empty_object.json",
}
# Documents of the grammar that no table can keep, or that two readers read differently.
NOT_STORABLE = {
    "y_object_duplicated_key.json",
    "y_object_duplicated_key_and_value.json",
    "y_object_escaped_null_in_key.json",
    "y_string_null_escape.json",
}


def is_read(content, **options):
    try:
        read_json(content, **options)
    except WanggeError:
        return False
    return True


@pytest.mark.parametrize("storable", [False, True])
def test_every_document_of_the_suite_is_read_or_refused_as_labelled(corpora, storable):
    documents = sorted((corpora / "json_bad" / "test_parsing").glob("*.json"))
    assert len(documents) == 318
    wrong = []
    for document in documents:
        expected = document.name.startswith("y_") or document.name in TAKEN
        if storable and document.name in NOT_STORABLE:
            expected = False
        started = time.perf_counter()
        found = is_read(document.read_bytes(), storable=storable)
        assert time.perf_counter() - started < 1
        if found != expected:
            wrong.append(document.name)
    assert wrong == []


@pytest.mark.parametrize("name", ["n_structure_100000_opening_arrays.json", "n_structure_open_array_object.json"])
def test_deep_bombs_are_refused_before_they_are_parsed(corpora, name):
    content = (corpora / "json_bad" / "test_parsing" / name).read_bytes()
    times = []
    for _ in range(3):
        started = time.perf_counter()
        with pytest.raises(TooLargeError, match="levels deep"):
            read_json(content)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.05


def test_naughty_strings_come_through_byte_for_byte(corpora):
    content = (corpora / "strings" / "blns.json").read_bytes()
    found = read_json(content, storable=True)
    assert found == json.loads(content)
    assert read_json(json.dumps(found, ensure_ascii=False).encode(), storable=True) == found


@given(values)
def test_what_is_written_is_read(value):
    storable = not value_faults(value)
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        assert read_json(text) == value
        assert read_json(text.encode()) == value
        assert is_read(text, storable=True) == storable


@given(values)
def test_depth_is_counted_without_parsing(value):
    def depth(found):
        if isinstance(found, dict):
            return 1 + max(map(depth, found.values()), default=0)
        return 1 + max(map(depth, found), default=0) if isinstance(found, list) else 0

    assert nesting(json.dumps(value).encode())[0] == depth(value)


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused_with_a_sentence(content):
    is_read(content, storable=True)


@given(
    st.lists(st.sampled_from(['"', "\\", "[", "]", "{", "}", ":", ",", "1e999", "NaN", "a", "\\u0000", "\\ud800", "é"]))
)
def test_any_shuffle_of_signs_is_read_or_refused_with_a_sentence(signs):
    text = "".join(signs)
    if is_read(text, storable=True):
        assert json.loads(text) == read_json(text)


def test_depth_is_allowed_to_the_limit_and_not_beyond():
    assert is_read("[" * 20 + "]" * 20)
    assert not is_read("[" * 21 + "]" * 21)
    assert is_read("[" * 3 + "]" * 3, max_depth=3)
    assert is_read(json.dumps("[" * 100))
    assert is_read(json.dumps('\\"' + "[" * 100))


def test_size_is_allowed_to_the_limit_and_not_beyond():
    assert is_read(b'"' + b"a" * 98 + b'"', max_bytes=100)
    with pytest.raises(TooLargeError, match="101 bytes"):
        read_json(b'"' + b"a" * 99 + b'"', max_bytes=100)


@pytest.mark.parametrize("part", [b"[]", b"1", b'{"a":1}', b'"],["'])
def test_parts_are_allowed_to_the_limit_and_not_beyond(part):
    most = 1 + 9 + 10 * part.startswith((b"[", b"{"))
    document = b"[" + part + (b"," + part) * 9 + b"]"
    assert is_read(document, max_parts=most)
    with pytest.raises(TooLargeError, match=f"{most} arrays, objects and values; {most - 1} are allowed"):
        read_json(document, max_parts=most - 1)


def test_half_a_million_numbers_are_too_many():
    assert not is_read(b"[" + b"1," * JSON_PARTS + b"1]")


def test_an_object_has_a_thousand_names_and_not_one_more():
    names = {str(number): number for number in range(1_000)}
    assert is_read(json.dumps([names]), storable=True)
    with pytest.raises(TooLargeError, match="1,001 names"):
        read_json(json.dumps([{**names, "more": 1}]), storable=True)


def test_of_names_that_stand_twice_the_first_hundred_are_told():
    with pytest.raises(InvalidInputError) as refused:
        read_json(b"[" + b'{"a":{"b":1,"b":2}},' * 1_000 + b"0]", storable=True)
    assert [fault.pointer for fault in refused.value.faults] == [f"/{place}/a/b" for place in range(100)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("鞍山".encode("gbk"), "GBK"),
        ('{"a": 1}'.encode("utf-16"), "UTF-16"),
        (b"\xff", "UTF-8"),
        ('"\ud800"', "surrogate"),
        (b"NaN", "NaN"),
        (b"[1, -Infinity]", "-Infinity"),
        (b"1" * 5000, "digits"),
        (b'{"a": 1,\n "b": }', "line 2, column 7"),
        (b"", "line 1"),
    ],
)
def test_a_refusal_says_what_is_wrong(content, said):
    with pytest.raises(InvalidInputError, match=said) as refused:
        read_json(content)
    assert refused.value.faults[0].pointer == ""


def test_every_fault_inside_has_its_pointer():
    content = rb'{"a/b": [1, 1e999, {"c~d": "\ud800x"}], "e": "\u0000", "\udc00": 1, "f": {"g": 1, "g": 2}}'
    with pytest.raises(InvalidInputError) as refused:
        read_json(content, storable=True)
    assert {fault.pointer for fault in refused.value.faults} == {"/a~1b/1", "/a~1b/2/c~0d", "/e", "/\\udc00", "/f/g"}
    with pytest.raises(InvalidInputError) as refused:
        read_json(content)
    assert {fault.pointer for fault in refused.value.faults} == {"/a~1b/1", "/a~1b/2/c~0d", "/\\udc00"}
    json.dumps([fault.pointer for fault in refused.value.faults], ensure_ascii=False).encode()


def test_only_the_first_hundred_faults_are_told():
    assert len(value_faults(["\0"] * 500)) == 100


def test_large_numbers_that_fit_a_float_are_read():
    assert read_json(b"[1e308, -1e308, 1e-400, 1E+00300]") == [1e308, -1e308, 0.0, 1e300]
    assert not is_read(b"9" * 320 + b".5")
    assert math.isclose(read_json(b"9" * 250 + b".5"), 1e250)


def test_a_byte_order_mark_in_front_is_passed_over():
    assert read_json(b"\xef\xbb\xbf[1]") == [1]
    assert not is_read(b"\xef\xbb\xbf")


def test_pointers_are_written_by_rfc_6901():
    assert pointer_to() == ""
    assert pointer_to("features", 3, "a/b~c", "") == "/features/3/a~1b~0c/"
