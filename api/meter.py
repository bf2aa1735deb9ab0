"""A meter: how often somebody asked within the last minute, in this process."""

import time
from math import ceil

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


class Meter:
    """Counts requests within a moving minute."""

    def __init__(self) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def spend(self, per_minute: int, *who: str) -> int:
        """Count one request of somebody and return 0, or the seconds until the next one is in the budget."""
        budget = RateLimitItemPerMinute(per_minute)
        if self._window.hit(budget, *who):
            return 0
        return max(1, ceil(self._window.get_window_stats(budget, *who).reset_time - time.time()))
