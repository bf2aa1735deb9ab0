import numpy as np
import pytest
import shapely

from gis.domain.coordinates import from_cgcs2000, to_cgcs2000
from gis.domain.suspicions import datum_suspicion

NAMES = ("cgcs2000", "gcj02", "bd09")


@pytest.fixture(scope="module")
def outline():
    """A city of some 60 km with bays and headlands around Anshan."""
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    reach = 0.3 + 0.05 * np.sin(5 * angle) + 0.02 * np.cos(11 * angle)
    return shapely.Polygon(np.column_stack([122.99 + reach * np.cos(angle), 41.11 + 0.8 * reach * np.sin(angle)]))


@pytest.fixture(scope="module")
def points(outline):
    xy = np.random.default_rng(5).uniform(outline.bounds[:2], outline.bounds[2:], (6000, 2))
    return shapely.points(xy[shapely.contains_xy(outline, *xy.T)])


@pytest.fixture(scope="module")
def villages(outline, points):
    cells = shapely.voronoi_polygons(shapely.multipoints(points[:400]), extend_to=outline)
    return shapely.intersection(shapely.get_parts(cells), outline)


def brought_in(shapes, true, declared):
    """The shapes as they lie after they were written in one datum and read in another."""

    def misread(xy):
        written = from_cgcs2000(*xy.T, datum=true)
        return np.column_stack(to_cgcs2000(*written, datum=declared))

    return shapely.transform(shapes, misread)


@pytest.mark.parametrize("true", NAMES)
@pytest.mark.parametrize("declared", NAMES)
@pytest.mark.parametrize("kind", ["points", "villages", "city"])
def test_a_wrong_datum_is_suspected_by_name_and_a_right_one_never(kind, declared, true, request, outline):
    shapes = np.array([outline]) if kind == "city" else request.getfixturevalue(kind)
    found = datum_suspicion(brought_in(shapes, true, declared), outline, declared=declared)
    if true == declared:
        assert found is None
    else:
        assert (found.declared, found.likely) == (declared, true)
        assert found.likely_misfit < found.misfit


def test_the_suspicion_is_one_sentence_with_its_figures(points, outline):
    found = datum_suspicion(brought_in(points, "gcj02", "wgs84"), outline, declared="wgs84")
    assert 480 < found.shift_m < 560
    assert str(found).startswith("The data seem to be in gcj02, not in wgs84: read so, 5")


def test_borders_drawn_by_another_hand_are_not_suspected(villages, outline):
    drawn = shapely.transform(villages, lambda xy: xy + 0.002 * np.sin(1e5 * xy))
    drawn = drawn[shapely.is_valid(drawn)]
    assert len(drawn) > 350
    assert datum_suspicion(drawn, outline) is None


def test_scattered_points_outside_are_not_suspected(points, outline):
    far = shapely.points(np.random.default_rng(7).uniform((122.4, 40.6), (123.6, 41.6), (300, 2)))
    assert datum_suspicion(np.concatenate([points, far]), outline) is None


def test_nothing_is_said_of_data_that_cannot_tell(outline):
    assert datum_suspicion([], outline) is None
    assert datum_suspicion([None, shapely.Point()], outline) is None
    assert datum_suspicion([shapely.Point(122.99, 41.11).buffer(0.05)], outline) is None
    assert datum_suspicion(shapely.points([[-123.1, 49.25]] * 50), shapely.box(-123.3, 49.2, -123.0, 49.3)) is None
    assert datum_suspicion(shapely.points([[0.0, 0.0]] * 50), outline) is None


def test_lines_are_taken_by_their_nodes(points, outline):
    tracks = shapely.linestrings(shapely.get_coordinates(points)[:3700].reshape(370, 10, 2))
    assert datum_suspicion(tracks, outline) is None
    assert datum_suspicion(brought_in(tracks, "bd09", "wgs84"), outline, declared="wgs84").likely == "bd09"
