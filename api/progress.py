"""Long work in the terminal: its progress, one line for each stage, and an end in order when it is told to end."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Show = Callable[[str, int, int | None], None]


def end_in_order() -> None:
    """Make SIGTERM end this process as Ctrl-C does, so that what was begun is undone and no half file stays."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@contextmanager
def shown() -> Iterator[Show]:
    """Give a function that shows how far a stage is: its name, how much is done, of how much (None: not known)."""
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:<22}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns) as bar:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                for earlier in bar.tasks:
                    # Work of unknown length is done when the next begins.
                    bar.update(earlier.id, total=earlier.total or earlier.completed)
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield show
