"""Numbers of grids: the article's totals exactly, none left out."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gis.domain.demo import Names
from gis.domain.demo.counts import count_grids, footprints, shared_out


def test_the_city_has_exactly_its_grids(names: Names) -> None:
    table = count_grids(names.villages, 1)
    assert len(table) == 1_193
    assert table["comprehensive"].sum() == 63_684
    assert table["dedicated"].sum() == 2_939
    assert table["urban"].sum() == 362


def test_footprints_carry_all_grids_of_a_village_and_fit_their_codes(names: Names) -> None:
    for _, village in count_grids(names.villages, 1).iloc[::60].iterrows():
        prints = footprints(village, 1)
        assert prints.stack.sum() == village["comprehensive"]
        assert np.unique(prints.level2).tolist() == list(range(prints.level2.max() + 1))
        assert prints.level2.max() < 99


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=30), st.integers(0, 1000))
def test_what_is_shared_out_adds_up_and_leaves_nobody_out(weights: list[float], more: int) -> None:
    total = len(weights) + more
    shares = shared_out(total, pd.Series(weights))
    assert shares.sum() == total
    assert shares.min() >= 1
