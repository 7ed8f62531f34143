"""What the registry said, remembered for at most a minute: what it ends there has ended here within that minute."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final, Generic, TypeVar

T = TypeVar("T")

REMEMBERED_S: Final = 60.0
_MOST: Final = 20_000


class Remembered(Generic[T]):
    """The answers to `ask`, by the text that was asked for. An error is not remembered; the oldest answers go first."""

    def __init__(self, ask: Callable[[str], Awaitable[T]]) -> None:
        self._ask = ask
        self._known: OrderedDict[str, tuple[float, T]] = OrderedDict()

    async def get(self, key: str) -> T:
        """The answer for `key`, asked for again after a minute. Raises what `ask` raises."""
        if (known := self._known.get(key)) is not None and monotonic() - known[0] < REMEMBERED_S:
            return known[1]
        answer = await self._ask(key)
        self._known[key] = (monotonic(), answer)
        self._known.move_to_end(key)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return answer

    def forget(self) -> None:
        """Ask again about everything."""
        self._known.clear()
