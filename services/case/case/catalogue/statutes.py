"""The statutes that ship with the product, as orders to the catalogue."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from case.contract.catalogue import LegalSourceOrder


def shipped() -> list[LegalSourceOrder]:
    """One order a statute, in the order of the file."""
    raw = tomllib.loads((files("case.catalogue") / "statutes.toml").read_text("utf-8"))
    return [LegalSourceOrder.model_validate(entry) for entry in raw["statutes"]]
