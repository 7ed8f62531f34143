"""The papers of a device as they stood at one second, for the party of a case (APL 41(1), (3)).

What the public list shows, and with it the reviews and certificates that the law demands: their days, numbers and
issuers. Who reviewed, the address of the device in a network, its keys, its exact mounting and its field of view are no
part of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from common.values.calendar import legal_day
from device_registry.domain.changes import as_it_was
from device_registry.domain.compliance import passed_certificates, signage
from device_registry.domain.device import Certificate, Dossier, Function, Publication, Review
from device_registry.domain.rounds import round_began


@dataclass(frozen=True)
class Papers:
    """What was on record by the second, None where nothing was. `certificates` by the code of their function."""

    functions: tuple[Function, ...]
    certificates: dict[str, tuple[Certificate, ...]]
    legal_review: Review | None
    technical_review: Review | None
    standards: tuple[str, ...]
    sign_from: date | None
    publication: Publication | None


def papers_at(dossier: Dossier, at: datetime) -> Papers:
    """The papers that count at `at`. A certificate that ran out, or that failed since, is not among them."""
    dossier = as_it_was(dossier, at)
    day, began = legal_day(at), round_began(dossier, at)
    functions = dossier.device.functions
    approved = [approval.at for approval in dossier.approvals if began <= approval.at <= at]
    until = approved[-1] if approved else at
    published = [entry for entry in dossier.publications if entry.recorded_at <= at]
    return Papers(
        functions,
        {function.code: _valid(function, dossier, at, day) for function in functions},
        _last(dossier.legal_reviews, began, until),
        _last(dossier.technical_reviews, began, until),
        tuple(sorted({each.standard for each in dossier.conformities if each.recorded_at <= at})),
        _sign_from(dossier, at),
        published[-1] if published else None,
    )


def _valid(function: Function, dossier: Dossier, at: datetime, day: date) -> tuple[Certificate, ...]:
    sound, _ = passed_certificates(function, dossier.certificates, at)
    return tuple(each for each in sound if day <= each.valid_until)


def _last(reviews: tuple[Review, ...], began: datetime, until: datetime) -> Review | None:
    done = [review for review in reviews if began <= review.at <= until]
    return done[-1] if done else None


def _sign_from(dossier: Dossier, at: datetime) -> date | None:
    """Since when the sign stands that stands at `at`; it may be recorded again, with a last day, by its photograph."""
    standing = []
    for sign in dossier.signs:
        same = tuple(each for each in dossier.signs if each.photo_sha256 == sign.photo_sha256)
        if signage(replace(dossier, signs=same), at) is None:
            standing.append(sign.from_day)
    return min(standing, default=None)
