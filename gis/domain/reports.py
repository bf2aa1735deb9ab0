"""Report (上报): what one sender said once; its own id, made by the sender, is the key.

A report is never changed; its words may be erased for its reporter. Sent twice it is the same report; another body
under the same id is refused.
"""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from gis.domain.categories import CATEGORIES, CHANNELS
from gis.domain.certainty import UNWEIGHED, Certainty
from gis.domain.coordinates import convert_rows, parse_datum
from gis.errors import Fault, InvalidInputError, UnknownDatumError

TEXT_LIMIT = 2_000
ACCURACY_LIMIT_M = 100_000.0
PHOTOS_LIMIT = 10
# A clock may be a little ahead; a report from tomorrow is a wrong clock.
AHEAD_LIMIT = timedelta(minutes=5)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# The decision as it is stored beside a report.
DECISION_COLUMNS = (
    "revision",
    "method",
    "grid_id",
    "dedicated_id",
    "level2_code",
    "village_code",
    "zone_code",
    "post_code",
    "distance_m",
)
# How sure it was, by which rule.
CERTAINTY_COLUMNS = ("rule_id", "share", "alternatives", "doubt")
# What an export tells of a report beside what was said: the decision, by permanent ids and by the codes that held then.
ROUTED_COLUMNS = (*DECISION_COLUMNS, "grid", "dedicated")
# What else an export adds: the hashes of a report's photos, with blanks between.
EXPORTED_COLUMNS = (*ROUTED_COLUMNS, "photos")


@dataclass(frozen=True)
class Submission:
    """What a sender said.

    Attributes
    ----------
    id : made by the sender; the key.
    x, y : longitude and latitude, or easting and northing, as declared by `datum`.
    datum : ``wgs84``, ``cgcs2000``, ``gcj02``, ``bd09`` or ``epsg:NNNN``.
    captured_at : aware instant at which the sender saw it.
    accuracy_m : radius of the position's uncertainty in metres; None when not known.
    channel, category : of `categories.CHANNELS` and `categories.CATEGORIES`.
    photos : hashes of photos that are stored already, at most `PHOTOS_LIMIT`, none twice.
    """

    id: UUID
    x: float
    y: float
    datum: str
    category: str
    captured_at: datetime
    text: str = ""
    accuracy_m: float | None = None
    channel: str = "public"
    photos: tuple[str, ...] = ()

    def digest(self) -> str:
        """Return the SHA-256 of what is said, by which a repeat is told from another body under the same id."""
        said = vars(self) | {"id": str(self.id), "captured_at": self.captured_at.astimezone(UTC).isoformat()}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def place_faults(x: float | None, y: float | None, *, datum: str) -> list[Fault]:
    """Return what is wrong with coordinates in a datum, at ``/x`` and ``/y``; one that is None is not judged.

    Degrees out of range are told each by its own name, what a map system cannot express at both.
    Raises `UnknownDatumError`.
    """
    if parse_datum(datum).crs is None:
        return [
            Fault(place, f"The {name} is not a number from -{limit} to {limit} degrees.")
            for place, name, value, limit in (("/x", "longitude", x, 180), ("/y", "latitude", y, 90))
            if value is not None and not abs(value) <= limit
        ]
    if x is None or y is None:
        return []
    reason = str(convert_rows([x], [y], datum=datum)[2][0])
    return [Fault(place, reason) for place in ("/x", "/y")] if reason else []


def check(submission: Submission, *, now: datetime) -> None:
    """Refuse what cannot be a report, naming all faults at once.

    Raises
    ------
    InvalidInputError : with a `Fault` for each wrong value; coordinates are judged when they are converted.
    """
    details = {name: fault_of(name, getattr(submission, name), now=now) for name in JUDGED}
    faults = [Fault(f"/{name}", detail) for name, detail in details.items() if detail]
    if faults:
        raise InvalidInputError(f"The report has {len(faults)} wrong value(s): {faults[0].detail}", faults)


def fault_of(name: str, value: Any, *, now: datetime) -> str | None:
    """Return what is wrong with the value of one field of `JUDGED`, or None; `now` is the receiver's clock."""
    return JUDGED[name](value, now)


def _one_of(known: Mapping[str, object]) -> Callable[[str, datetime], str | None]:
    return lambda value, now: None if value in known else f"{value[:40]!r} is not one of {', '.join(known)}."


def _datum(declared: str, now: datetime) -> str | None:
    try:
        parse_datum(declared)
    except UnknownDatumError as error:
        return error.detail
    return None


def _text(text: str, now: datetime) -> str | None:
    if len(text) > TEXT_LIMIT:
        return f"The text has {len(text)} characters; {TEXT_LIMIT} are allowed."
    if "\0" in text:
        return "A NUL character cannot be stored."
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return "Half of a surrogate pair is not a character."
    return None


def _instant(captured_at: datetime, now: datetime) -> str | None:
    if captured_at.tzinfo is None:
        return "An instant needs its offset from UTC, such as +08:00."
    if captured_at > now + AHEAD_LIMIT:
        return "The instant lies in the future; check the sender's clock."
    if captured_at < EARLIEST:
        return f"The instant lies before {EARLIEST:%Y}; check the sender's clock."
    return None


def _accuracy(accuracy_m: float | None, now: datetime) -> str | None:
    if accuracy_m is None or (math.isfinite(accuracy_m) and 0 <= accuracy_m <= ACCURACY_LIMIT_M):
        return None
    return f"The accuracy is a number of metres from 0 to {ACCURACY_LIMIT_M:,.0f}."


def _photos(photos: Sequence[str], now: datetime) -> str | None:
    if len(photos) > PHOTOS_LIMIT:
        return f"There are {len(photos)} photos; {PHOTOS_LIMIT} are allowed."
    return None if len(set(photos)) == len(photos) else "A photo stands twice."


JUDGED: dict[str, Callable[[Any, datetime], str | None]] = {
    "category": _one_of(CATEGORIES),
    "channel": _one_of(CHANNELS),
    "datum": _datum,
    "text": _text,
    "captured_at": _instant,
    "accuracy_m": _accuracy,
    "photos": _photos,
}


@dataclass(frozen=True)
class Assignment:
    """The decision as it was stored with a report: permanent ids, and the codes that held in that plan.

    Attributes
    ----------
    revision, in_force_at : the plan that decided.
    method, distance_m : as in `routing.Answer`; or ``own_grid``, ``imprecise``, ``corrected``.
    rule_id : the rule that decided; None of decisions from before it was kept, and of corrections.
    certainty : what the accuracy of the position left open.
    """

    revision: int
    in_force_at: datetime
    method: str
    grid_id: int | None
    grid: str | None
    dedicated_id: int | None
    dedicated: str | None
    level2: str | None
    village_code: str | None
    zone: str | None
    post_code: str | None
    distance_m: float | None
    rule_id: int | None = None
    certainty: Certainty = UNWEIGHED

    @property
    def areas(self) -> list[str]:
        """Codes of the areas whose people may see the report; none outside the city."""
        codes = (self.post_code, self.level2, self.village_code, self.zone)
        return [code for code in codes if code is not None]


@dataclass(frozen=True)
class Report:
    """A report as it is kept: what was said, when it arrived, and where it was routed.

    Attributes
    ----------
    number : ascending in the order of arrival.
    lon, lat : CGCS2000 degrees on the lattice.
    digest : `Submission.digest` of the body that was stored.
    synthetic : made by the demo, not sent by anyone.
    erased_at : when words and photos were erased for its reporter, or None; `digest` is then a keyed hash of the first.
    """

    submission: Submission
    number: int
    received_at: datetime
    lon: float
    lat: float
    digest: str
    synthetic: bool
    assignment: Assignment
    erased_at: datetime | None = None


@dataclass(frozen=True)
class Wanted:
    """Which reports a listing wants; None does not narrow.

    Attributes
    ----------
    bbox : west, south, east, north in CGCS2000 degrees.
    since, until : captured at or after, and before.
    grid : code of a comprehensive or dedicated grid.
    """

    bbox: tuple[float, float, float, float] | None = None
    category: str | None = None
    channel: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    grid: str | None = None
