"""PostgreSQL and the world. Nothing else, and nothing by itself: a domain test starts neither."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import FrameType
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

from mz.postgres import EmbeddedPostgres, Server
from tests import given
from tests.case import story
from tests.device_registry import cleanup_story, stories
from tests.scratch import remove_leftovers, roomy, scratch
from tests.snapshots import PEOPLE, Snapshots
from tests.world import World

SLOW_FIRST = (
    "tests/faults/",
    "tests/mz/",
    "tests/evidence/",
    "tests/outsiders/",
    "tests/journeys/",
    "tests/case/",
    "tests/data_exchange/",
)

_END_S = 60


# The same examples on every machine: a commit does not fail for what another one broke. To look for new ones:
# ./mz test PATH --hypothesis-profile=search
# A busy machine is no fault of an example, so nobody is told that examples are slow to make.
_BUSY: Final = [HealthCheck.too_slow]
settings.register_profile("same", derandomize=True, suppress_health_check=_BUSY)
settings.register_profile("search", derandomize=False, print_blob=True, suppress_health_check=_BUSY)
settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    words = "write the golden texts of documents instead of comparing them"
    parser.addoption("--write-golden", action="store_true", help=words)


def pytest_configure(config: pytest.Config) -> None:
    """Let SIGTERM end a session as Ctrl-C does: fixtures are torn down, so that no server stays behind."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    # `timeout` signals us and the command that started us, which signals us too: the first one counts.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # If the fixtures take longer than this, the process dies, and the next run removes what it leaves.
    signal.alarm(_END_S)
    # A shell that runs the tests in the background has them ignore SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.raise_signal(signal.SIGINT)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what this session's workers left, if they had no time to do it themselves."""
    if not hasattr(config, "workerinput"):
        remove_leftovers()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes begin first, or one worker would be left with them while the others are done."""

    def turn(item: pytest.Item) -> int:
        return next(
            (n for n, place in enumerate(SLOW_FIRST) if item.nodeid.startswith(place)), len(SLOW_FIRST)
        )

    items.sort(key=turn)


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """This session's folder, in memory if there is enough of it. Each worker has its own."""
    with scratch(roomy()) as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres(place: Path) -> Iterator[Server]:
    """An empty server for this session (one for each worker), without durability."""
    # Shared memory is often mounted so that no program runs from it.
    with scratch() as programs:
        embedded = EmbeddedPostgres(place / "pg", fast=True, install=programs / "install")
        try:
            yield embedded.start()
        finally:
            embedded.stop()
            # obstore's threads can abort an interpreter that ends while they do.
            time.sleep(0.1)


@pytest.fixture(scope="session")
def snapshots(postgres: Server, place: Path) -> Snapshots:
    """The places of the story at which a world can begin."""
    return Snapshots(postgres, place, given.PLACES | story.PLACES | stories.PLACES | cleanup_story.PLACES)


@pytest.fixture
async def world(request: pytest.FixtureRequest, snapshots: Snapshots) -> AsyncIterator[World]:
    """A whole system for one test: `world.person("DEVICE_ADMIN")`, `world.clock`, `await world.settle()`.

    It begins with the demo's people, or at the place that `@pytest.mark.begins` names. A place that is no part of the
    common story is told as a second argument.
    """
    marker = request.node.get_closest_marker("begins")
    place, *own = marker.args if marker else (PEOPLE,)
    if own:
        snapshots.add(place, own[0])
    async with snapshots.world(place) as made:
        yield made
