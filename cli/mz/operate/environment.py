"""What each process of an installation is told: its environment, made from the data folder.

`./mz up --processes` starts processes with it, `./mz env` prints it: a process of an operator's own is told exactly
what ours are.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final, get_type_hints

from common.web.settings import MigrateSettings, ProcessSettings, RelaySettings, Settings, prefix_of
from mz.operate.assembly import Installation
from mz.services import SERVICES

_RUNS_WITH: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR")


def surroundings() -> dict[str, str]:
    """Of this process's environment, what a process needs to run at all."""
    return {name: os.environ[name] for name in _RUNS_WITH if name in os.environ}


def kind_of(service: str, command: str = "serve") -> type[ProcessSettings]:
    """The settings that `python -m <service> <command>` reads."""
    if command == "migrate":
        return MigrateSettings
    if command == "relay":
        return RelaySettings
    if service == "evidence":
        from evidence.runtime import LogSettings

        return LogSettings
    runtime = import_module(f"{SERVICES[service].package}.runtime")
    kind: type[Settings] = get_type_hints(runtime.runtime_of)["settings"]
    return kind


def settings_of(
    installation: Installation, service: str, command: str = "serve", **own: Any
) -> dict[str, Any]:
    """The settings of a process on this installation, by name. `own` are added or replaced: ports, peers."""
    database = SERVICES[service].database
    if command == "migrate":
        url = installation.server.url(f"own_{database}", installation.database(service))
        return {"owner_url": url, **own}
    given: dict[str, Any] = {**installation.settings(service).model_dump(), **_more(installation, service)}
    names = kind_of(service, command).model_fields.keys()
    return {
        name: value for name, value in {**given, **own}.items() if name in names and value not in (None, "")
    }


def environment_of(
    installation: Installation, service: str, command: str = "serve", **own: Any
) -> dict[str, str]:
    """As `settings_of`, as variables of an environment."""
    return variables(service, settings_of(installation, service, command, **own))


def variables(service: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings by name as variables of an environment."""
    return {f"{prefix_of(service)}{name.upper()}": _text(value) for name, value in settings.items()}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _more(installation: Installation, service: str) -> dict[str, Any]:
    """What the all-in-one process does not read from settings."""
    if service == "evidence":
        return _log(installation)
    city = installation.d.city
    names = ("issuer", "issuer_ring", "origin", "openid_client", "openid_secret")
    return {name: city[name] for name in names if name in city}


def _log(installation: Installation) -> dict[str, Any]:
    """The settings with which the evidence service keeps the log."""
    d = installation.d
    _, roots = installation.vkeys
    file = d.root / "roots.txt"
    file.write_text("".join(f"{root.vkey}\n" for root in roots))
    there = {
        "policy": d.policy,
        "monitor": d.monitor,
        "authority_certs": d.authority_certs,
        "ml_dsa_key": d.ml_dsa_key,
    }
    return {
        "origin": installation.origin,
        "ledger_url": installation.server.url("ledger_seq", installation.database("evidence")),
        "roots": file,
        "guard": d.root / "checkpoint",
        "authorities": d.authorities.read_text().strip() if d.authorities.exists() else "",
        **{name: path for name, path in there.items() if path.exists()},
    }
