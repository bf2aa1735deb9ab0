import pytest

from gis.domain.categories import CATEGORIES, CHANNELS, DEDICATED_KINDS, SUBJECTS


def test_every_category_is_about_a_place_a_thing_or_an_event():
    assert {category.subject for category in CATEGORIES.values()} == {"place", "thing", "event"} < set(SUBJECTS)


@pytest.mark.parametrize("table", [CATEGORIES, CHANNELS, DEDICATED_KINDS])
def test_everything_has_a_name_of_its_own_in_both_languages(table):
    assert len({name.zh for name in table.values()}) == len(table)
    assert len({name.en for name in table.values()}) == len(table)
    for key, name in table.items():
        assert key.isascii()
        assert key.islower()
        assert any("\u4e00" <= letter <= "\u9fff" for letter in name.zh)
        assert name.en.isascii()


def test_the_field_finds_its_own_words():
    assert CATEGORIES["garbage"].zh == "暴露垃圾"
    assert CHANNELS["worker"].zh == "网格员"
    assert DEDICATED_KINDS["works"].zh == "厂区"
