"""Reads services.toml, the one list of services: what each is called, where it lies and what belongs to it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter

from mz import ROOT

FILE: Final = "services.toml"


@dataclass(frozen=True)
class Service:
    """One entry of the list. The comment at the head of services.toml says what each field is."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    package: str
    folder: str
    database: str
    streams: tuple[str, ...]
    port: int
    rooms: tuple[str, ...] = ()
    sql: tuple[str, ...] = ()
    http: tuple[str, ...] = ()
    built: bool = True

    @property
    def distribution(self) -> str:
        """The package that is installed: the first part of `package`."""
        return self.package.partition(".")[0]

    @property
    def source(self) -> str:
        """The folder of `package`, from the root of the repository."""
        return f"{self.folder}/{self.package.replace('.', '/')}"


_ENTRIES: Final = TypeAdapter(list[Service])


def read_services(root: Path) -> dict[str, Service]:
    """Every service that `root`/services.toml names, by name, in the order of the file.

    Raises ValidationError for a field that is missing or that no service has.
    """
    services = _ENTRIES.validate_python(tomllib.loads((root / FILE).read_text())["service"])
    return {service.name: service for service in services}


NAMED: Final[Mapping[str, Service]] = read_services(ROOT)
"""Every service that has a name, those that are not built too."""

SERVICES: Final[Mapping[str, Service]] = {name: one for name, one in NAMED.items() if one.built}
"""The services that run."""
