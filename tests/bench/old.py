"""Run a bench of today in the checkout of an older commit: `python -m tests.bench.old NAME …`, started there.

`./mz bench NAME --against COMMIT` copies today's benches into the checkout, so that both sides measure the same
thing. A bench imports modules by today's names; where the checkout has no such module, the names are looked up in
the modules that held them at 37dbcc6. A change of what these names do needs a small driver here, not a second bench.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType
from typing import Any

_EVIDENCE = (
    "audit",
    "chain",
    "checkpoint",
    "entry",
    "keys",
    "merkle",
    "signatures",
    "sm2",
    "tiles",
    "trust",
    "twin",
)
_VALUES = ("calendar", "clock", "datafiles", "errors", "facts", "ids", "law", "profile")
_WEB = ("app", "auth", "problem", "runtime", "serve", "settings", "telemetry", "wire")

MOVED: dict[str, tuple[str, ...]] = {
    **{f"ledger.{name}": (f"evidence.ledger.{name}",) for name in _EVIDENCE},
    **{f"common.values.{name}": (f"common.{name}",) for name in _VALUES},
    **{f"common.web.{name}": (f"common.{name}",) for name in _WEB},
    **{f"common.door.{name}": (f"common.{name}",) for name in ("blobs", "migrate", "relay", "rows", "uow")},
    **{f"mz.operate.{name}": (f"mz.{name}",) for name in ("assembly", "datadir", "running")},
    **{f"mz.demo.{name}": (f"mz.{name}",) for name in ("camera", "client")},
    "common.web.democlock": ("common.clock",),
    "common.calls.http": ("common.http",),
    "common.calls.tokens": ("common.tokens",),
    "common.door.erasure": ("common.erasing",),
    "common.door.secrets": ("common.shred",),
    "evidence.ledger.admission": ("evidence.ledger.checks",),
    "evidence.ledger.log": ("evidence.ledger.reader",),
    "evidence.ledger.workers": ("evidence.ledger.checker",),
    "ledger.batches": ("evidence.ledger.reading",),
    "ledger.canonical": ("common.facts",),
    "ledger.clock": ("common.clock",),
    "ledger.keyfiles": ("common.crypto", "common.durable"),
    "ledger.notes": ("common.crypto",),
    "mz.postgres": ("common.postgres",),
    "tests.ledger.given": ("tests.evidence.ledger.given",),
    "tests.outsiders.given": ("tests.evidence.ledger.bundles",),
}
"""Today's name of a module, and the modules of 37dbcc6 that held what is in it."""


class Moved(MetaPathFinder, Loader):
    """Finds what no other finder found: modules that were elsewhere, and the folders that they are in today."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        is_package = any(name.startswith(f"{fullname}.") for name in MOVED)
        if fullname not in MOVED and not is_package:
            return None
        return spec_from_loader(fullname, self, is_package=is_package)

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        places = MOVED.get(module.__name__, ())

        def look_up(name: str) -> Any:
            for place in places:
                if hasattr(old := import_module(place), name):
                    return getattr(old, name)
            raise AttributeError(f"{module.__name__} has no {name}, nor had {places}")

        module.__dict__["__getattr__"] = look_up


def enrol_without_devices() -> None:
    """A ledger of 37dbcc6 has no enrolment of the registry to leave out or take in."""
    ledger: Any = import_module("tests.evidence.ledger.given").Ledger
    begin = ledger.begin

    async def begun(self: Any, *, devices: bool = False, **rest: Any) -> None:
        await begin(self, **rest)

    ledger.begin = begun


def demo_as_a_package() -> None:
    """Today's package `mz.demo` was one module: let it be looked into."""
    import_module("mz.demo").__path__ = []


if __name__ == "__main__":
    sys.meta_path.append(Moved())
    demo_as_a_package()
    enrol_without_devices()
    name, *arguments = sys.argv[1:]
    sys.argv = [name, *arguments]
    runpy.run_module(f"tests.bench.{name}", run_name="__main__", alter_sys=True)
