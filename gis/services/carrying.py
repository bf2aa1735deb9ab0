"""Carrying: what a redraw does to posts, when a plan comes into force."""

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import shapely
import sqlalchemy as sa

from gis.db import post_questions, sessions, vacancies
from gis.db import posts as stored
from gis.domain.audit import Actor
from gis.domain.footprints import footprint_keys
from gis.domain.posts import ROLE_OF_LEVEL, Carried, Moves, carry
from gis.services import audit


def subject_of(revision: int) -> str:
    """Return how the audit log and the rows name a plan."""
    return f"plan:{revision}"


def follow(
    connection: sa.Connection,
    closed: gpd.GeoDataFrame,
    opened: gpd.GeoDataFrame,
    lineage: pd.DataFrame,
    *,
    revision: int,
) -> Carried:
    """Carry the posts of areas that a plan ends or redraws, from today on, by the rules of `domain.posts.carry`.

    `closed` and `opened` are the versions that end and begin, `lineage` is that of `domain.changes`. The plan is in
    force already. `record` tells of it at the end of the transaction.
    """
    stored.hold(connection)
    if not stored.are_there(connection):
        return Carried((), (), (), ())
    today = stored.today(connection)
    now = vacancies.areas(connection, today)
    moves = moves_of(closed, opened, lineage, now)
    touched = (
        moves.ended | {part for shares in moves.shares.values() for part in shares} | set(moves.renumbered.values())
    )
    posts = stored.from_day(connection, today, areas=touched)
    carried = carry(posts, moves)
    note = f"redrawn by plan {revision}"
    leaving = [post.id for post in posts if post.area in moves.ended]
    subject = subject_of(revision)
    stored.end(connection, leaving, day=today, note=note, ended_by=subject)
    for post in carried.moved:
        role = ROLE_OF_LEVEL[now[post.area].level]
        moved = replace(post, from_on=max(post.from_on, today), role=role, note=note)
        stored.append(connection, moved, made_by=subject)
    post_questions.append(connection, carried.questions, revision=revision, on=today)
    sessions.end_many(connection, {post.account_id for post in posts if post.area in moves.ended})
    return carried


def record(connection: sa.Connection, revision: int, *, by: Actor) -> None:
    """Record what a plan did to posts, where it did anything; the last statement of its transaction."""
    subject = subject_of(revision)
    made, ended = stored.count(connection, subject)
    asked = post_questions.count(connection, revision)
    if made or ended or asked:
        audit.record(connection, by.did("posts.carried", subject, moved=made, ended=ended, asked=asked))


def moves_of(
    closed: gpd.GeoDataFrame, opened: gpd.GeoDataFrame, lineage: pd.DataFrame, now: dict[str, vacancies.Area]
) -> Moves:
    """Return what became of grids, and of the level-2 grids and villages above them, by the areas of their grids."""
    before = closed.drop_duplicates("id").set_index("id")
    after = opened.drop_duplicates("id").set_index("id")
    # Stacked grids share one footprint: each has its part of it.
    weight = pd.Series(shapely.area(before["boundary"].to_numpy()), index=before.index) / _stacked(before)
    share = lineage["area_share"] / lineage["child_id"].map(_stacked(after))
    rows = lineage.assign(weight=share * lineage["parent_id"].map(weight))
    shares: dict[str, dict[str, float]] = {}
    for name in ("code", "level2_code", "village_code"):
        named = rows.assign(old=rows["parent_id"].map(before[name]), new=rows["child_id"].map(after[name]))
        parts = named.dropna(subset=["old", "new"]).groupby(["old", "new"])["weight"].sum()
        whole = before.dropna(subset=[name]).assign(weight=weight).groupby(name)["weight"].sum()
        for (old, new), part in parts.items():
            shares.setdefault(str(old), {})[str(new)] = float(part / whole[old])
    codes = {str(code) for name in ("code", "level2_code", "village_code") for code in before[name].dropna()}
    same = before.join(after["code"].rename("now"), how="inner")
    renumbered = {str(old): str(new) for old, new in zip(same["code"], same["now"], strict=True) if old != new}
    return Moves(frozenset(codes - now.keys()), frozenset(codes & now.keys()), shares, renumbered)


def _stacked(grids: gpd.GeoDataFrame) -> pd.Series:
    """Return how many grids there are on the footprint of each."""
    keys = pd.Series(footprint_keys(grids.geometry), index=grids.index)
    return keys.map(keys.value_counts())
