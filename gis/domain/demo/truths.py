"""The truth about the demo city: everything planted in it, for tests to find again, ready for JSON."""

from typing import Any

import pandas as pd

from gis.domain.demo.plane import random
from gis.domain.grids import Plan

NOTE_ZH = "示例城市：除县级轮廓和区划名称、代码外，全部为程序合成的数据。"
NOTE_EN = "Demo city: all but the counties' outlines and the names and codes of divisions is synthetic."
SOCIAL_ORGANISATIONS, VOLUNTEERS = 3_786, 456_000
VACANT_SHARE = 0.002


def gathered(plan: Plan, seed: int, size: str, planted: dict[str, Any]) -> dict[str, Any]:
    """Return the truth: seed, counts of what there is, and everything planted."""
    whole = plan.of_kind("comprehensive")
    footprints = whole.drop_duplicates(["village_code", "level2_code", "building", "boundary"])
    stacked = whole[whole["building"].notna()]
    rng = random(seed, "vacant")
    vacant = rng.choice(plan.grids["code"], max(3, round(VACANT_SHARE * len(plan.grids))), replace=False)
    share = len(whole) / 63_684
    truth: dict[str, Any] = {
        "note": {"zh": NOTE_ZH, "en": NOTE_EN},
        "seed": seed,
        "size": size,
        "counts": {
            "divisions": {level: int(count) for level, count in plan.divisions["level"].value_counts().items()},
            "level2": len(plan.level2),
            "comprehensive": len(whole),
            "dedicated": int((plan.grids["kind"] == "dedicated").sum()),
            "footprints": int(footprints["boundary"].map(lambda shape: shape.wkb).nunique()),
            "stacked_footprints": int(stacked["boundary"].map(lambda shape: shape.wkb).nunique()),
            "stacked_grids": len(stacked),
            "households": int(whole["households"].sum()),
            "headcount": int(whole["headcount"].sum()),
            "social_organisations": round(SOCIAL_ORGANISATIONS * share),
            "volunteers": round(VOLUNTEERS * share),
        },
        "vacant": sorted(str(code) for code in vacant),
    }
    return truth | {key: _plain(value) for key, value in planted.items()}


def _plain(value: Any) -> Any:
    """Return a value with text and numbers of Python's own types, as JSON wants them."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | pd.Series):
        return [_plain(item) for item in value]
    return value.item() if hasattr(value, "item") else value
