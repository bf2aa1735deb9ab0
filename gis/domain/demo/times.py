"""When reports come in: months by season, days by weekday, hours by what people see at that hour. City time (UTC+8)."""

from datetime import datetime

import numpy as np
import pandas as pd

from gis.domain.demo.plane import Floats, Ints, Objects

CITY_TIME = "Asia/Shanghai"
EVEN = (1.0,) * 12
BY_MONTH = {
    "garbage": (0.7, 0.8, 0.9, 1.0, 1.1, 1.3, 1.5, 1.5, 1.2, 1.0, 0.8, 0.7),
    "drainage": (0.2, 0.2, 0.5, 0.7, 0.8, 1.6, 3.2, 3.4, 1.2, 0.5, 0.3, 0.2),
    "heating": (3.0, 2.6, 1.7, 0.3, 0.05, 0.02, 0.02, 0.02, 0.1, 1.0, 2.8, 3.1),
    "road": (0.7, 0.9, 1.6, 1.5, 1.1, 1.0, 1.1, 1.0, 0.9, 0.9, 0.8, 0.6),
    "noise": (0.6, 0.6, 0.8, 1.0, 1.2, 1.5, 1.6, 1.6, 1.2, 0.9, 0.7, 0.6),
    "building": (0.4, 0.5, 1.0, 1.4, 1.5, 1.3, 1.2, 1.1, 1.1, 1.0, 0.7, 0.4),
}
BY_WEEKDAY = {"noise": (0.8, 0.8, 0.8, 0.9, 1.2, 1.6, 1.4), "parking": (1.1, 1.0, 1.0, 1.0, 1.2, 1.0, 0.8)}
WEEK = (1.15, 1.1, 1.05, 1.05, 1.05, 0.85, 0.75)
PEAKS_H = {
    "noise": ((22.0, 1.6), (14.0, 3.0)),
    "lighting": ((20.0, 1.5), (5.5, 1.0)),
    "parking": ((8.0, 1.2), (18.0, 1.5)),
    "heating": ((7.0, 1.8), (19.5, 2.0)),
}
WORKING_DAY_H = ((9.5, 1.6), (15.0, 2.0))


def captured(categories: Objects, until: datetime, rng: np.random.Generator) -> pd.DatetimeIndex:
    """Return an aware instant (UTC, whole seconds) in the year before `until` for each category name."""
    end = pd.Timestamp(until).tz_convert(CITY_TIME)
    days = pd.date_range(end.normalize() - pd.Timedelta(days=365), periods=365, freq="D")
    day, hour = np.zeros(len(categories), int), np.zeros(len(categories))
    for category in np.unique(categories):
        rows = np.flatnonzero(categories == category)
        weight = np.array(BY_MONTH.get(category, EVEN))[days.month - 1]
        weight = weight * np.array(BY_WEEKDAY.get(category, WEEK))[days.day_of_week]
        day[rows] = rng.choice(len(days), len(rows), p=weight / weight.sum())
        hour[rows] = _hours(len(rows), PEAKS_H.get(category, WORKING_DAY_H), rng)
    return instants(end, day, hour)


def instants(end: pd.Timestamp, day: Ints, hour: Floats) -> pd.DatetimeIndex:
    """Return instants so many days after the start of the year that ends at `end`, at an hour of city time, in UTC."""
    first = (end.normalize() - pd.Timedelta(days=365)).tz_convert("UTC")
    seconds = np.rint(day * 86_400 + hour * 3_600).astype(np.int64)
    return pd.DatetimeIndex(first + pd.to_timedelta(seconds, unit="s"))


def _hours(count: int, peaks: tuple[tuple[float, float], ...], rng: np.random.Generator) -> Floats:
    """Return hours of the day around peaks (hour, spread), one in nine at any hour."""
    middle, spread = np.array(peaks)[rng.integers(0, len(peaks), count)].T
    hours = (middle + spread * rng.standard_normal(count)) % 24
    return np.asarray(np.where(rng.random(count) < 0.11, rng.uniform(0, 24, count), hours))
