"""Posts of the demo: numbered, never a name, with telephones that nobody can dial; some areas are vacant on purpose."""

from collections.abc import Collection

import pandas as pd

from gis.domain.grids import Plan

# Village, then the letter of the role and a number: 210304015017-w-017.
LETTERS = {"leader": "l", "level2": "s", "worker": "w"}


def posts_of(plan: Plan, vacant: Collection[str]) -> pd.DataFrame:
    """Return area, role, name and telephone of one post for each area that is not vacant, by area.

    Names number the posts of a role inside their village, vacant ones too. Telephones begin with 000: after the 00 of
    foreign calls no country begins with 0.
    """
    villages = plan.divisions.loc[plan.divisions["level"] == "village", "code"]
    parts = (
        pd.DataFrame({"area": villages, "village": villages, "role": "leader"}),
        pd.DataFrame({"area": plan.level2["code"], "village": plan.level2["village_code"], "role": "level2"}),
        pd.DataFrame({"area": plan.grids["code"], "village": plan.grids["village_code"], "role": "worker"}),
    )
    every = pd.concat(parts).sort_values("area", ignore_index=True)
    numbers = (every.groupby(["village", "role"]).cumcount() + 1).astype(str).str.zfill(3)
    every["name"] = every["village"] + "-" + every["role"].map(LETTERS) + "-" + numbers
    every["telephone"] = "000" + pd.Series(range(1, len(every) + 1)).astype(str).str.zfill(8)
    return every.loc[~every["area"].isin(set(vacant)), ["area", "role", "name", "telephone"]].reset_index(drop=True)
