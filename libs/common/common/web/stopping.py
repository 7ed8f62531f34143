"""This process begins to stop: answers that would last for minutes end themselves then.

    SIGTERM ──▶ /readyz 503, streams end ──DRAIN_S──▶ no new connection, the answers under way ──▶ closed

A proxy notices late that a process is not ready, so the process goes on answering meanwhile; each answer asks for the
connection to be closed, so that none is idle when the process closes them all. A stream of events would keep the
process until it is killed, so each stream asks to be told here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Stopping:
    """`has_begun` once the process was asked to stop. It never goes back.

    `failure` is why the process ends without being asked to: it could not begin.
    """

    def __init__(self) -> None:
        self.has_begun = False
        self.failure = ""
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

    def fail(self, why: str) -> None:
        """The process stops, because it could not begin."""
        self.failure = why
        self.begin()

    def closing(self, app: ASGIApp) -> ASGIApp:
        """`app`, whose answers close their connections once the process stops."""

        async def answering(scope: Scope, receive: Receive, send: Send) -> None:
            async def sending(message: Message) -> None:
                if self.has_begun and message["type"] == "http.response.start":
                    message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
                await send(message)

            await app(scope, receive, sending if scope["type"] == "http" else send)

        return answering


STOPPING: Final = Stopping()
"""That of this process."""
