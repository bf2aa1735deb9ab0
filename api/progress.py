"""Progress of long work in the terminal: one line for each stage."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Show = Callable[[str, int, int | None], None]


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
