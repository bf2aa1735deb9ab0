import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import paging
from gis.errors import InvalidInputError

PLACES = st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=20), max_size=3)
FILTERS = st.dictionaries(st.sampled_from(["bbox", "kind", "village"]), st.none() | st.text(max_size=9), max_size=3)


@given(place=PLACES, filters=FILTERS)
def test_a_cursor_gives_back_the_place_it_was_made_of(place, filters):
    assert paging.decode(paging.encode(place, filters=filters), filters=filters) == place


def test_a_cursor_of_one_listing_is_refused_by_another():
    cursor = paging.encode({"id": 7}, filters={"kind": "dedicated"})
    with pytest.raises(InvalidInputError) as caught:
        paging.decode(cursor, filters={"kind": "comprehensive"})
    assert caught.value.faults[0].pointer == "/query/cursor"


def test_a_filter_that_is_not_set_counts_as_absent():
    cursor = paging.encode({"id": 7}, filters={"kind": "dedicated", "bbox": None})
    assert paging.decode(cursor, filters={"kind": "dedicated"}) == {"id": 7}


@given(st.text(max_size=60))
def test_whatever_else_is_sent_as_a_cursor_is_refused_with_one_sentence(cursor):
    with pytest.raises(InvalidInputError):
        paging.decode(cursor, filters={})


@pytest.mark.parametrize("inside", [[], {}, 3, ["x"], ["x", 3], ["x", {"id": [1]}], ["x", {"id": None}]])
def test_json_of_another_shape_is_refused(inside):
    cursor = base64.urlsafe_b64encode(json.dumps(inside).encode()).decode()
    with pytest.raises(InvalidInputError):
        paging.decode(cursor, filters={})
