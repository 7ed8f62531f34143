"""What the claims of an inventory say of its owner and of its functions: UNKNOWN where they are silent (D-T0)."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Final

from common.values.profile import BasisLevel
from device_registry.domain.cells import Claims
from device_registry.domain.columns import Column
from device_registry.domain.device import (
    Basis,
    Function,
    Funding,
    InstallerType,
    Metrology,
    OwnerType,
    Provision,
    RevenueLink,
)

_MOST_FUNCTIONS: Final = 20
_SEPARATORS: Final = re.compile(r"[、,，;；\n]|(?<=[^第])[一二三四五六七八九]、")
_CITED: Final = re.compile(r"《(?P<title>[^《》]{1,100})》\s*(?P<article>[^《》]{0,100})")


def provision_of(claims: Claims) -> Provision:
    """Who owns, installs and pays, as a file says it."""
    return _provision(*map(claims.get, _OF_PROVISION))


_OF_PROVISION: Final = (
    Column.OWNER_TYPE,
    Column.INSTALLER_TYPE,
    Column.FUNDING,
    Column.REVENUE_LINK,
    Column.OBLIGATION_BASIS,
)


@lru_cache(maxsize=1_024)
def _provision(
    owner: str | None, installer: str | None, funding: str | None, link: str | None, obligation: str | None
) -> Provision:
    # Thousands of rows of a file say the same.
    return Provision(
        owner=OwnerType(owner or OwnerType.UNKNOWN),
        installer=InstallerType(installer or InstallerType.UNKNOWN),
        funding=Funding(funding or Funding.UNKNOWN),
        revenue_link=RevenueLink(link or RevenueLink.UNKNOWN),
        obligation_basis=obligation or "",
    )


def functions_of(claims: Claims, day: date) -> tuple[Function, ...]:
    """The functions that a file names, each resting on the basis that it cites, in force from `day` on at the latest.

    A basis or a metrology class without a function belongs to one function without a name. No function at all is the
    device of which nothing is said; the guards then ask for a basis.
    """
    names = [name.strip() for name in _SEPARATORS.split(claims.get(Column.FUNCTIONS, "")) if name.strip()]
    if not names and not claims.keys() & {Column.BASIS, Column.BASIS_LEVEL, Column.METROLOGY}:
        return ()
    metrology = Metrology(claims.get(Column.METROLOGY, Metrology.UNKNOWN))
    bases = _bases(claims, day)
    return tuple(
        Function(code=f"LEGACY-{n}", name=name, metrology=metrology, bases=bases)
        for n, name in enumerate(names[:_MOST_FUNCTIONS] or [""], start=1)
    )


def _bases(claims: Claims, day: date) -> tuple[Basis, ...]:
    """The articles as the file wrote them. Their level is the file's, or UNKNOWN: a title does not tell it."""
    text = claims.get(Column.BASIS, "")
    level = BasisLevel(claims.get(Column.BASIS_LEVEL, BasisLevel.UNKNOWN))
    if not text or level is BasisLevel.NONE or text in ("无", "无依据"):
        return ()
    cited = [(found["title"], found["article"].strip(" ;；,，、")) for found in _CITED.finditer(text)]
    return tuple(Basis(level, title, article, day) for title, article in cited or [(text, "")])
