"""What is real in the demo city is read as it was published."""

import shapely

from gis.files import anshan


def test_names_and_outlines_are_complete_and_a_coverage() -> None:
    names = anshan.read()
    assert (len(names.counties), len(names.towns), len(names.villages)) == (7, 96, 1_193)
    assert names.counties.crs == "EPSG:4490"
    assert shapely.coverage_is_valid(names.counties.geometry.to_numpy())
    assert names.villages["code"].str.fullmatch(r"2103\d{8}").all()
