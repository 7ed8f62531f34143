"""The profile of the city as anybody reads it: which one is in force, and what its legal office has not answered."""

from __future__ import annotations

from datetime import date

from common.web.wire import Digest, Out


class SourcedFigureView(Out):
    """A figure that the city sets otherwise than the general rule, with the rule of its own that says so (NJ 2)."""

    figure: str
    level: str
    name: str
    article: str


class PointView(Out):
    """A question that no national rule answers for every city. `closed_on` is null while it is open."""

    n: int
    question: str
    question_en: str
    may_be_closed_by: str
    closed_by: str | None
    closed_on: date | None
    in_document: str | None


class ProfileView(Out):
    """The version of the profile. `sha256` is that of its file; every decision names it."""

    profile: str
    version: str
    city: str
    valid_from: date
    sha256: Digest
    overrides: list[SourcedFigureView]
    points: list[PointView]
