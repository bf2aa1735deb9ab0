"""Many decisions at once are weighed as each one is."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gis.domain.bulk_certainty import weigh_many
from gis.domain.certainty import certain, is_whole, weigh
from gis.domain.coordinates import snap
from gis.domain.neighbourhoods import Neighbourhood
from gis.domain.routing import PlanIndex, post_codes
from gis.domain.routing_rules import Rule
from tests.plans import town_plan

RULE = Rule()


@pytest.mark.parametrize("accuracy_m", [0.0, 5.0, 30.0, 120.0, 499.0, 600.0, 5_000.0, float("nan")])
def test_many_are_weighed_as_each_is(town: Path, accuracy_m: float) -> None:
    plan = town_plan(town)
    index, neighbourhood = PlanIndex(plan, RULE.snap_limit_m), Neighbourhood(plan)
    random = np.random.default_rng(7)
    lon, lat = (snap(np.round(low + random.random(60) * span, 3)) for low, span in ((123.018, 0.02), (41.143, 0.014)))
    rows = index.route_many(lon, lat).rename(columns={"level2": "level2_code", "zone": "zone_code"})
    rows = rows.assign(dedicated_id=pd.array([pd.NA] * 60, dtype="Int64"), post_code=post_codes(rows))
    found = weigh_many(rows, lon, lat, np.full(60, accuracy_m), index, RULE)
    radius_m = None if np.isnan(accuracy_m) else accuracy_m
    for place in range(60):
        answer = index.route(float(lon[place]), float(lat[place]))
        near = neighbourhood.around(*answer.point, radius_m if radius_m and radius_m <= RULE.imprecise_m else 0.0)
        answer, certainty = (
            (answer, certain(radius_m)) if is_whole(answer, radius_m) else weigh(answer, radius_m, near, rule=RULE)
        )
        row = found.iloc[place]
        assert (row["method"], row["doubt"]) == (answer.method, certainty.doubt)
        assert (None if pd.isna(row["grid_id"]) else row["grid_id"]) == answer.grid_id
        assert (None if pd.isna(row["share"]) else row["share"]) == pytest.approx(certainty.share, abs=2e-6)
        kept = row["alternatives"] and json.loads(row["alternatives"])
        packed = certainty.packed()
        assert (kept is None) == (packed is None)
        if kept and packed:
            assert dict(map(tuple, (one[1:] for one in kept["grids"]))) == pytest.approx(
                dict(map(tuple, (one[1:] for one in packed["grids"]))), abs=2e-6
            )
