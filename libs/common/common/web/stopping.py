"""This process begins to stop: answers that would last for minutes end themselves then.

A server that stops waits for the answers under way. A stream of events would keep it until it is killed, so each stream
asks to be told here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final


class Stopping:
    """`has_begun` once the process was asked to stop. It never goes back."""

    def __init__(self) -> None:
        self.has_begun = False
        self._told: set[Callable[[], None]] = set()

    def tell(self, ending: Callable[[], None]) -> None:
        """Call `ending` when the process begins to stop: at once where it has."""
        if self.has_begun:
            ending()
        else:
            self._told.add(ending)

    def forget(self, ending: Callable[[], None]) -> None:
        """Do not call `ending` any more."""
        self._told.discard(ending)

    def begin(self) -> None:
        """The process stops."""
        self.has_begun = True
        while self._told:
            self._told.pop()()


STOPPING: Final = Stopping()
"""That of this process."""
