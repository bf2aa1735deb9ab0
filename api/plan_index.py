"""The plan in force, in memory: built in a thread, swapped in one assignment, replaced when another one holds."""

import logging
import threading

import sqlalchemy as sa

from gis.db import engine as engines
from gis.domain.decisions import LoadedPlan
from gis.errors import WanggeError
from gis.services import plans

log = logging.getLogger("wangge.plan_index")

POLL_S = 5.0
LAST_BUILD_S = 0.5


class PlanIndexHolder:
    """Holds the index of the plan in force; while there is none, lookups ask the database.

    A published plan wakes the builder; a poll stands behind it, for bells that were missed and for plans whose instant
    comes later than their publication. Points up to `limit_m` metres outside of the city are snapped.
    """

    def __init__(self, engine: sa.Engine, limit_m: float) -> None:
        self._engine = engine
        self._limit_m = limit_m
        self._current: LoadedPlan | None = None
        self._wanted = threading.Event()
        self._closed = False
        self._built = threading.Condition()
        self._thread = threading.Thread(target=self._keep_fresh, name="wangge-plan-index", daemon=True)

    @property
    def current(self) -> LoadedPlan | None:
        """The newest plan that was loaded; None before the first."""
        return self._current

    def start(self) -> None:
        """Begin to build in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a build that runs is waited for only a moment."""
        self._closed = True
        self._wanted.set()
        self._thread.join(timeout=LAST_BUILD_S)

    def wake(self) -> None:
        """Look now whether another plan is in force."""
        self._wanted.set()

    def wait_for(self, revision: int, *, timeout_s: float) -> bool:
        """Wait until the index of `revision` or a later plan is in memory; return whether it is."""
        with self._built:
            return self._built.wait_for(lambda: self._revision() >= revision, timeout_s)

    def _revision(self) -> int:
        revision = self._current.revision if self._current else None
        return -1 if revision is None else revision

    def _keep_fresh(self) -> None:
        while not self._closed:
            self._wanted.clear()
            try:
                self._refresh()
            except (WanggeError, sa.exc.SQLAlchemyError) as error:
                if not self._closed:
                    log.warning("The plan was not loaded into memory: %s", error)
            self._wanted.wait(POLL_S)

    def _refresh(self) -> None:
        # A whole city takes some seconds.
        with engines.transaction(self._engine, statement_limit_s=engines.STATEMENT_LIMIT_S) as connection:
            newest = plans.current_revision(connection)
            if newest is None or newest == self._revision():
                return
            plan = plans.in_force(connection)
        loaded = LoadedPlan.of(plan, limit_m=self._limit_m)
        with self._built:
            self._current = loaded
            self._built.notify_all()
        log.info("Plan %s is in memory.", plan.revision)
