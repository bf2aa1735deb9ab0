"""The demo's posts are numbered, and vacant exactly where the truth says so."""

from gis.domain.demo import City
from gis.domain.posts import ROLE_OF_LEVEL
from gis.domain.staff import account_name, account_telephone


def test_every_area_has_one_post_but_for_those_that_are_vacant_on_purpose(city: City) -> None:
    plan = city.plan
    villages = plan.divisions.loc[plan.divisions["level"] == "village", "code"]
    every = {*villages, *plan.level2["code"], *plan.grids["code"]}
    assert city.posts["area"].is_unique
    assert every - set(city.posts["area"]) == set(city.truth["vacant"])
    assert set(city.posts["area"]) <= every
    assert len(city.truth["vacant"]) >= 3


def test_posts_are_numbered_inside_their_village_and_have_the_role_of_their_level(city: City) -> None:
    for row in city.posts.itertuples(index=False):
        level = "village" if len(row.area) == 12 else "level2" if row.area.endswith("000") else "grid"
        assert row.role == ROLE_OF_LEVEL[level]
        assert row.name.startswith(row.area[:12] + "-")
    assert city.posts["name"].is_unique


def test_names_are_names_and_telephones_cannot_be_dialled(city: City) -> None:
    for row in city.posts.itertuples(index=False):
        assert account_name(row.name) == row.name
        assert account_telephone(row.telephone) == row.telephone
        assert row.telephone.startswith("000")
    assert city.posts["telephone"].is_unique
