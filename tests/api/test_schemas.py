"""Shapes: boxes, instants and decisions as they go in and out."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from api.schemas import Box, Datum, DecisionShape, Instant, box, decision_shape, iso
from gis.domain.decisions import LoadedPlan
from tests.plans import town_plan


def test_an_instant_leaves_in_utc() -> None:
    there = datetime(2026, 11, 23, 16, 30, tzinfo=timezone(timedelta(hours=8)))
    assert iso(there) == "2026-11-23T08:30:00Z"
    assert iso(datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=UTC)) == "2026-01-01T00:00:00.000005Z"


@pytest.mark.parametrize(
    "value",
    [1_700_000_000, "1700000000", "-5", "2026-11-23T08:30:00", None, "yesterday", "0001-01-01T00:00:00+14:00"],
)
def test_an_instant_is_a_text_with_its_offset(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_python(value)


def test_a_box_is_west_south_east_north() -> None:
    text = TypeAdapter(Box).validate_python("122.9,41.0,123.1,41.2")
    assert box(text) == (122.9, 41.0, 123.1, 41.2)


@pytest.mark.parametrize(
    "text",
    ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "2,0,1,1", "0,2,1,1", "0,0,181,1", "nan,0,1,1", "1_0,2,30,4", "０,0,1,1"],
)
def test_what_is_no_box_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Box).validate_python(text)


@pytest.mark.parametrize(("text", "kept"), [("GCJ-02", "gcj02"), ("wgs84", "wgs84"), ("EPSG:4550", "epsg:4550")])
def test_a_datum_has_one_spelling_inside(text: str, kept: str) -> None:
    assert TypeAdapter(Datum).validate_python(text) == kept


@pytest.mark.parametrize("text", ["", "mars", "epsg:1", 4550, None])
def test_an_unknown_datum_is_refused(text: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Datum).validate_python(text)


@pytest.mark.parametrize("place", [(123.0290, 41.1490), (123.0298718, 41.1503114), (123.0609879, 41.1661956)])
def test_every_decision_has_the_documented_shape(town: Path, place: tuple[float, float]) -> None:
    shape = decision_shape(LoadedPlan.of(town_plan(town)).decide(*place))
    assert DecisionShape.model_validate(shape).model_dump() == shape
    assert set(DecisionShape.model_config["json_schema_extra"]["example"]) == set(shape)  # type: ignore[index]
