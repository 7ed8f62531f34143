"""The loader of the data files in `common/data`: working-day calendars and jurisdiction profiles.

`common.values.calendar` and `common.values.profile` are values and rules and read nothing; this file reads and checks,
and is called once when a process starts. A key too many or too few, a number written as text: the process
does not start, and the message names the place.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from importlib.resources import files
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from common.values.calendar import Calendar
from common.values.notices import calendar_of, published
from common.values.profile import Profile, RuleSet

_DATA = files("common.values") / "data"


def load_calendar() -> Calendar:
    """The years that came with this release, as one calendar whose version names them all."""
    return calendar_of(published())


def load_profile(name: str) -> Profile:
    """The profile `name`: DEMO, NJ or PJ. Raises ValueError where the file is not what a Profile says."""
    raw = (_DATA / f"profile-{name}.json").read_bytes()
    document = json.loads(raw, parse_float=_no_floats) | {"digest": sha256(raw).digest()}
    profile: Profile = _built(Profile, document, name)
    for ruleset in profile.rulesets:
        _require_human_review(ruleset)
    return profile


def _require_human_review(ruleset: RuleSet) -> None:
    # A machine may sort the queue; it never accepts or rejects (APL 41(2)).
    if ruleset.ai_auto_accept or ruleset.ai_auto_reject or ruleset.reviewers_to_accept < 2:
        raise ValueError(f"EVD_RULESET_AUTO_ACCEPT: {ruleset.id} would let evidence in without two reviewers")


def _built(kind: Any, value: Any, where: str) -> Any:
    """`value` of a JSON document as a `kind`. Raises ValueError with the place where they differ."""
    if get_origin(kind) is UnionType:
        if value is None and NoneType in get_args(kind):
            return None
        return _built(next(k for k in get_args(kind) if k is not NoneType), value, where)
    if get_origin(kind) is tuple and isinstance(value, list):
        return tuple(_built(get_args(kind)[0], item, f"{where}/{i}") for i, item in enumerate(value))
    if is_dataclass(kind) and isinstance(value, dict):
        names = {f.name for f in fields(kind)}
        if names != set(value):
            raise ValueError(
                f"{where}: missing {sorted(names - set(value))}, unknown {sorted(set(value) - names)}"
            )
        hints = get_type_hints(kind)
        make: Any = kind
        return make(**{name: _built(hints[name], value[name], f"{where}/{name}") for name in sorted(names)})
    if kind in (str, bool, int, bytes) and type(value) is kind:
        return value
    reads: dict[Any, Callable[[str], Any]] = {date: date.fromisoformat, Decimal: Decimal}
    if isinstance(value, str) and (kind in reads or (isinstance(kind, type) and issubclass(kind, Enum))):
        return reads.get(kind, kind)(value)
    raise ValueError(f"{where}: expected {kind}, found {type(value).__name__}")


def _no_floats(text: str) -> Any:
    raise ValueError(f"{text}: write a number with a point as text")
