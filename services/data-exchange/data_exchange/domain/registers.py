"""The registers that can be compared with, each with what its agreement lets through."""

from __future__ import annotations

from dataclasses import dataclass

from data_exchange.domain.comparison import ComparisonKind
from data_exchange.domain.filtering import FieldRules


@dataclass(frozen=True)
class Register:
    """One register of another agency: `url` answers look-ups over HTTP, `folder` receives its files instead.

    `key` is the column that names the subject in such a file. `provider` is the agency's name as people write it.
    `region` is the JSON pointer of the field that holds the division of a row (GB/T 2260); None where the register has
    none. `at_once` is how many subjects one question may hold.
    """

    name: str
    provider: str
    kinds: tuple[ComparisonKind, ...]
    rules: FieldRules
    url: str | None = None
    folder: str | None = None
    key: str = "subject"
    region: str | None = None
    timeout_s: int = 5
    at_once: int = 200

    def __post_init__(self) -> None:
        if (self.url is None) == (self.folder is None):
            raise ValueError(f"the register {self.name} is reached by an address or by a folder")


def register_for(registers: tuple[Register, ...], kind: ComparisonKind, name: str | None) -> Register | None:
    """The register that answers comparisons of `kind`: the one called `name`, or the first; None if there is none."""
    fit = (register for register in registers if kind in register.kinds and name in (None, register.name))
    return next(fit, None)
