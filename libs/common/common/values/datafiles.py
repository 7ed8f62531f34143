"""The loader of the data files in `common/values/data`: working-day calendars and jurisdiction profiles.

`common.values.calendar` and `common.values.profile` are values and rules and read nothing. This file reads and checks
each data file once in a process. If a file has a missing or an unknown key, or a number written as text, the process
does not start, and the message names the place.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from common.values.calendar import Calendar
from common.values.notices import calendar_of, published
from common.values.openpoints import resting_on_open
from common.values.overrides import require_sourced
from common.values.profile import Profile
from common.values.rulesets import RuleSet
from common.values.unbuiltfigures import unbuilt

T = TypeVar("T")

_DATA: Final = files("common.values") / "data"


@cache
def load_calendar() -> Calendar:
    """The years that came with this release, as one calendar whose version names them all."""
    return calendar_of(published())


@cache
def load_profile(name: str) -> Profile:
    """The profile `name`: DEMO, NJ or PJ, or the path of a city's own file, which ends in .json.

    Raises ValueError if the file does not have the form of a Profile, OSError if there is none.
    """
    if name.endswith(".json"):
        return parse_profile(Path(name).read_bytes(), Path(name).stem)
    return parse_profile((_DATA / f"profile-{name}.json").read_bytes(), name)


def parse_profile(raw: bytes, name: str) -> Profile:
    """The profile in the bytes of a file. Raises ValueError that names every place at fault, `name` before it."""
    document = json.loads(raw, parse_float=_refused) | {"digest": ""}
    profile = replace(decoded(Profile, document, name), digest=sha256(raw).digest())
    try:
        require_sourced(profile, profile.overrides)
    except ValueError as error:
        raise ValueError(f"{name}/overrides: {error}") from None
    if promised := [*unbuilt(profile), *resting_on_open(profile)]:
        raise ValueError("; ".join(f"{name}/{each}" for each in promised))
    for ruleset in profile.rulesets:
        _require_human_review(ruleset)
    return profile


def decoded(kind: type[T], document: Any, where: str) -> T:
    """`document`, read from JSON, as a `kind`. Raises ValueError that names every place below `where` at fault."""
    try:
        return TypeAdapter(kind).validate_json(json.dumps(document), strict=True, extra="forbid")
    except ValidationError as error:
        faults = [
            f"{'/'.join([where, *map(str, fault['loc'])])}: {fault['type']}, {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise ValueError("; ".join(faults)) from None


def _require_human_review(ruleset: RuleSet) -> None:
    # A machine may sort the queue; it never accepts or rejects (APL 41(2)).
    if ruleset.ai_auto_accept or ruleset.ai_auto_reject or ruleset.reviewers_to_accept < 2:
        raise ValueError(f"EVD_RULESET_AUTO_ACCEPT: {ruleset.id} would let evidence in without two reviewers")


def _refused(number: str) -> dict[str, str]:
    # No field of a profile is an object of this shape, so `decoded` names the place of a number with a point.
    return {"write a number with a point as text": number}
