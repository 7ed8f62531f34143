"""`./mz env <service>`: every setting of a process, with its words, and its value on this data folder.

    ./mz env                       which processes there are
    ./mz env case                  python -m case serve
    ./mz env case relay            python -m case relay;  likewise migrate
    ./mz env witness               python -m outsiders.witness;  likewise monitor
    ./mz env case --values         the variables alone, for a shell:  set -a; eval "$(./mz env case --values)"

Without an installation in the data folder the values are left open. They may hold passwords of databases: the output
is for the operator's own terminal.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from pydantic_core import PydanticUndefined

from common.web.settings import FILE, is_address, prefix_of
from mz.operate.assembly import Installation
from mz.operate.datadir import DataDir
from mz.operate.environment import kind_of, settings_of, variables
from mz.operate.servers import standing_server
from mz.postgres import PostgresUnavailable
from mz.services import SERVICES
from outsiders import monitor, witness

OUTSIDERS: Final = {"witness": witness.options, "monitor": monitor.options}
COMMANDS: Final = ("serve", "relay", "migrate")


def main(options: argparse.Namespace) -> int:
    service = options.service
    if service is None:
        print("\n".join(_processes()))
        return 0
    if service in OUTSIDERS:
        print("\n".join(_outsider(service)))
        return 0
    if service not in SERVICES:
        print(f"mz: 没有 {service};有 (there are): {', '.join([*SERVICES, *OUTSIDERS])}", file=sys.stderr)
        return 2
    settings = _values(DataDir(options.data_dir.absolute()), service, options.process)
    if options.values:
        for name, value in variables(service, settings).items():
            print(f"{name}={shlex.quote(value)}")
        return 0
    print("\n".join(_described(service, options.process, settings)))
    return 0


def _processes() -> Iterator[str]:
    for service in SERVICES:
        module = service.replace("-", "_")
        yield f"{service:16} python -m {module} serve | relay | migrate | check"
    for name in OUTSIDERS:
        yield f"{name:16} python -m outsiders.{name}"


def _values(d: DataDir, service: str, command: str) -> dict[str, Any]:
    """The settings on this data folder; none where there is no installation, or no database is known."""
    if d.ring.exists():
        with suppress(PostgresUnavailable):
            return settings_of(Installation(d, standing_server(d)), service, command)
    return {}


def _described(service: str, command: str, settings: dict[str, Any]) -> Iterator[str]:
    yield f"# python -m {service.replace('-', '_')} {command}"
    for name, field in kind_of(service, command).model_fields.items():
        variable = prefix_of(service) + name.upper()
        yield ""
        yield f"# {field.description}"
        if is_address(field):
            yield f"# 或 (or) {variable}{FILE.upper()}=<文件路径 path of a file that holds it>"
        given = variables(service, {name: settings[name]}) if name in settings else {}
        if given:
            yield f"{variable}={shlex.quote(given[variable])}"
        elif field.is_required():
            yield f"{variable}=        # 必填 (required)"
        else:
            default = "" if field.default in (None, PydanticUndefined) else field.default
            value = next(iter(variables(service, {name: default}).values()))
            yield f"# {variable}={value}        # 默认 (default)"


def _outsider(name: str) -> Iterator[str]:
    yield f"# python -m outsiders.{name}"
    for option, words, default in OUTSIDERS[name]().described:
        yield ""
        yield f"# {words}"
        variable = f"MINGZHENG_{name.upper()}_{option.upper().replace('-', '_')}"
        yield f"# {variable}={default}        # 默认 (default)" if default else f"{variable}="
