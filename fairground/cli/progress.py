"""How far a command has come, as a bar on the terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn


@contextmanager
def progress_bar(
    words: str, total: int, *, quiet: bool = False, is_counted: bool = False
) -> Iterator[Callable[[int], None]]:
    """Show on standard error how much of `total` is done, which the block tells by calling what it gets.

    `is_counted` shows the number of things instead of a percentage; `quiet` shows nothing.
    """
    done = MofNCompleteColumn() if is_counted else TaskProgressColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), done, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as progress:
        task = progress.add_task(words, total=total)
        yield lambda completed: progress.update(task, completed=completed)
