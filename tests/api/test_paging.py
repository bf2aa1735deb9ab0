import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import paging
from gis.errors import InvalidInputError

PLACES = st.dictionaries(
    st.text(max_size=8).filter(lambda name: name != "at"),
    st.integers(0, 2**63 - 1) | st.text(st.characters(categories=["L", "N"]), max_size=20),
    max_size=3,
)
FILTERS = st.dictionaries(st.sampled_from(["bbox", "kind", "village"]), st.none() | st.text(max_size=9), max_size=3)


@given(place=PLACES, filters=FILTERS)
def test_a_cursor_gives_back_the_place_it_was_made_of(place, filters):
    assert paging.decode(paging.encode(place, filters=filters), filters=filters, like=place) == place


def test_a_cursor_of_one_listing_is_refused_by_another():
    cursor = paging.encode({"id": 7}, filters={"kind": "dedicated"})
    with pytest.raises(InvalidInputError) as caught:
        paging.decode(cursor, filters={"kind": "comprehensive"}, like={"id": 0})
    assert caught.value.faults[0].pointer == "/query/cursor"


def test_a_filter_that_is_not_set_counts_as_absent():
    cursor = paging.encode({"id": 7}, filters={"kind": "dedicated", "bbox": None})
    assert paging.decode(cursor, filters={"kind": "dedicated"}, like={"id": 0}) == {"id": 7}


@given(st.text(max_size=60))
def test_whatever_else_is_sent_as_a_cursor_is_refused_with_one_sentence(cursor):
    with pytest.raises(InvalidInputError):
        paging.decode(cursor, filters={}, like={"id": 0})


@pytest.mark.parametrize("inside", [[], {}, 3, ["x"], ["x", 3], ["x", {"id": [1]}], ["x", {"id": None}]])
def test_json_of_another_shape_is_refused(inside):
    cursor = base64.urlsafe_b64encode(json.dumps(inside).encode()).decode()
    with pytest.raises(InvalidInputError):
        paging.decode(cursor, filters={}, like={"id": 0})


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"id": "7"},
        {"id": -1},
        {"id": 2**63},
        {"id": True},
        {"id": 7, "at": "yesterday"},
        {"id": 7, "at": 3},
        {"id": 7, "at": "2026-11-01T00:00:00"},
        {"id": 7, "more": "\0"},
    ],
)
def test_a_forged_place_is_refused(place):
    with pytest.raises(InvalidInputError):
        paging.decode(paging.encode(place, filters={}), filters={}, like={"id": 0})
