"""`./mz new-service NAME`: an empty service with every part of the anatomy, and its entry in services.toml.

It starts and answers /readyz. docs/adding-a-service.md says in which order it grows from there.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from mz import ROOT
from mz.build.manifest import HOMES, pyproject
from mz.services import FILE, Service, read_services

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PORT_STEP: Final = 10


def main(options: argparse.Namespace) -> int:
    """Write the service into this repository, then every file that is generated from the list."""
    try:
        service = new_service(ROOT, options.name)
    except ValueError as error:
        print(f"没有新建服务:{error}", file=sys.stderr)
        return 1
    print(
        f"{service.folder} 已建立,端口 {service.port} (made). 接着读 docs/adding-a-service.md (read on there)"
    )
    # A new process, because this one has read the list without the new service.
    return subprocess.run([sys.executable, "-P", "-m", "mz", "golden"], cwd=ROOT, check=False).returncode


def new_service(root: Path, name: str) -> Service:
    """The service `name`, written under `root`. Raises ValueError for a name that is taken or is no name."""
    services = read_services(root)
    package = name.replace("-", "_")
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not lower-case words joined by hyphens")
    if name in services or package in HOMES or (root / "services" / name).exists():
        raise ValueError(f"there is a {name} already")
    port = max(service.port for service in services.values()) + _PORT_STEP
    service = Service(name, package, f"services/{name}", package, (f"{name}/",), port)
    for place, text in _files(service).items():
        path = root / service.folder / package / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with (root / FILE).open("a") as file:
        file.write(_entry(service))
    (root / "pyproject.toml").write_text(pyproject(root))
    return service


def _entry(service: Service) -> str:
    return f"""
[[service]]
name = "{service.name}"
package = "{service.package}"
folder = "{service.folder}"
database = "{service.database}"
streams = ["{service.streams[0]}"]
port = {service.port}
"""


def _files(service: Service) -> dict[str, str]:
    """The text of each file by its place in the package."""
    package, name = service.package, service.name
    kind = package.title().replace("_", "")
    future = "from __future__ import annotations\n"
    return {
        "__init__.py": f'"""{kind}: its responsibility, its calls to other services, and its numbered invariants."""\n',
        "__main__.py": f'''"""`python -m {package} serve | relay | migrate`."""

{future}
from common.web.serve import main
from {package}.app import create
from {package}.runtime import {kind}Settings, runtime_of

main("{name}", {kind}Settings, lambda settings: create(runtime_of(settings)))
''',
        "py.typed": "",
        "app.py": f'''"""The {name} service as an ASGI app."""

{future}
from fastapi import FastAPI

from common.web.app import create_app
from {package} import jobs
from {package}.api import ROUTERS
from {package}.runtime import {kind}Runtime


def create(runtime: {kind}Runtime) -> FastAPI:
    """The app of this service over `runtime`."""
    return create_app(runtime, routers=ROUTERS, jobs=jobs.JOBS)
''',
        "runtime.py": f'''"""The settings and the runtime of this service."""

{future}
from dataclasses import dataclass
from typing import Annotated

from common.web.auth import the_runtime
from common.web.runtime import Runtime, build_runtime
from common.web.settings import Settings


class {kind}Settings(Settings):
    """The settings of this service alone."""

    port: int = {service.port}


@dataclass(frozen=True, kw_only=True)
class {kind}Runtime(Runtime):
    """The surroundings of this service."""

    settings: {kind}Settings


def runtime_of(settings: {kind}Settings, *, background: bool = True) -> {kind}Runtime:
    """Opens no connection. Raises ValueError or OSError for a key file that cannot be used."""
    return {kind}Runtime(**vars(build_runtime("{name}", settings, background=background)))


Run = Annotated[{kind}Runtime, the_runtime]
''',
        "contract.py": '"""The models of the routes, and the client: all that another service may import."""\n',
        "jobs.py": f'''"""The jobs of this service: consumers of the ledger and sweeps."""

{future}
from typing import Final

from common.web.app import Job
from {package}.runtime import {kind}Runtime

JOBS: Final[tuple[Job[{kind}Runtime], ...]] = ()
''',
        "domain/__init__.py": '"""The law of this service: its rules, and the state after each fact."""\n',
        "store/__init__.py": '"""The rows of this service. No other package of it speaks SQL."""\n',
        "store/tables.py": f'''"""The columns of this service's tables."""

{future}
import sqlalchemy as sa

metadata = sa.MetaData()
''',
        "api/__init__.py": f'''"""The routes: each locks, asks for the permit, applies one rule and saves its fact."""

{future}
from typing import Final

from fastapi import APIRouter

ROUTERS: Final[tuple[APIRouter, ...]] = ()
''',
        "migrations/__init__.py": "",
        f"migrations/versions/0001_{package}.py": f'''"""The whole schema of {name}: the door."""

{future}
from importlib.resources import files

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(files("common.door").joinpath("door.sql").read_text())
''',
    }
