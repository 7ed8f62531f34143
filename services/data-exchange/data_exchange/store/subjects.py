"""About how many different subjects somebody asked: keyed digests, counted for the budget of all modes together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa

from common.door.secrets import Secrets
from common.door.uow import Tx
from common.values.calendar import legal_day
from common.values.ids import AgencyId, AgreementId, ComparisonId
from data_exchange.domain.comparing import Claim, Usage
from data_exchange.domain.exchange import Purpose
from data_exchange.domain.subjects import Subject

STREAM: Final = "subject/key"
"""The name of the one secret under which every subject is digested. Without it no digest can be tried out."""
_DAYS: Final = timedelta(days=30)

_OF_PURPOSE: Final = sa.text(
    "SELECT count(DISTINCT about) FROM (SELECT about FROM subjects_asked WHERE agency_id = :agency"
    " AND purpose = :purpose AND asked_on > :since UNION ALL SELECT unnest(CAST(:abouts AS bytea[]))) AS asked"
)
_OF_OFFICER: Final = sa.text(
    "SELECT count(DISTINCT about) FROM (SELECT about FROM subjects_asked WHERE agency_id = :agency"
    " AND by = :by AND asked_on = :today UNION ALL SELECT unnest(CAST(:abouts AS bytea[]))) AS asked"
)
_ADD: Final = sa.text(
    "INSERT INTO subjects_asked (agency_id, purpose, by, asked_on, about)"
    " SELECT :agency, :purpose, :by, :today, unnest(CAST(:abouts AS bytea[])) ON CONFLICT DO NOTHING"
)


_OF_AGREEMENT: Final = sa.text(
    "SELECT count(DISTINCT about) FROM (SELECT about FROM agreement_subjects WHERE agreement_id = :agreement"
    " AND asked_on > :since UNION ALL SELECT unnest(CAST(:abouts AS bytea[]))) AS asked"
)
_ADD_OF_AGREEMENT: Final = sa.text(
    "INSERT INTO agreement_subjects (agreement_id, asked_on, about)"
    " SELECT :agreement, :today, unnest(CAST(:abouts AS bytea[])) ON CONFLICT DO NOTHING"
)
_CLAIMS: Final = sa.text(
    "SELECT count(DISTINCT claim) FROM (SELECT claim FROM claims_tested WHERE agency_id = :agency"
    " AND tested_on = :today AND about = :about UNION ALL SELECT CAST(:claim AS bytea)) AS tested"
)
_TEST: Final = sa.text(
    "INSERT INTO claims_tested (agency_id, tested_on, about, claim) VALUES (:agency, :today, :about, :claim)"
    " ON CONFLICT DO NOTHING"
)


async def digests(secrets: Secrets, subjects: Sequence[Subject]) -> list[bytes]:
    """The keyed digest of each subject: equal for equal subjects, for years."""
    await _made(secrets)
    return [secrets.keyed_digest(STREAM, "subject", subject.canonical) for subject in subjects]


async def marks(secrets: Secrets, comparison_id: ComparisonId, subjects: Sequence[Subject]) -> list[bytes]:
    """The digest of each subject as the records of one comparison bear it: elsewhere the same subject has another.

    The ledger is public. A digest that stayed the same would let a person find a question whose notice is deferred.
    """
    await _made(secrets)
    name = f"subject/{comparison_id}"
    return [secrets.keyed_digest(STREAM, name, subject.canonical) for subject in subjects]


async def hash_key(secrets: Secrets, register: str, agreement_id: AgreementId | None = None) -> bytes:
    """The key of the fields of `register` that leave as hashes: each agreement has its own."""
    await _made(secrets)
    return secrets.keyed_digest(STREAM, f"field/{register}", (agreement_id or "").encode())


async def usage_with(tx: Tx, agency_id: AgencyId, purpose: Purpose, abouts: Sequence[bytes]) -> Usage:
    """The usage that asking about `abouts` now would make. Calls of one agency and purpose take turns until commit."""
    await _take_turns(tx, f"subjects/{agency_id}/{purpose}")
    values = _values(tx, agency_id, purpose, abouts)
    of_purpose = int((await tx.conn.execute(_OF_PURPOSE, values)).scalar_one())
    if tx.mandate.actor.kind == "partner":
        return Usage(of_purpose, None)
    return Usage(of_purpose, int((await tx.conn.execute(_OF_OFFICER, values)).scalar_one()))


async def usage_of_agreement_with(tx: Tx, agreement_id: AgreementId, abouts: Sequence[bytes]) -> int:
    """How many subjects the agreement will have with `abouts`. Calls under it take turns until commit.

    Every caller comes here after `usage_with`, so that two calls never wait for each other.
    """
    await _take_turns(tx, f"subjects/{agreement_id}")
    values = _agreement_values(tx, agreement_id, abouts)
    return int((await tx.conn.execute(_OF_AGREEMENT, values)).scalar_one())


async def count_of_agreement(tx: Tx, agreement_id: AgreementId, abouts: Sequence[bytes]) -> None:
    """Count `abouts` as asked about under the agreement. A call that was refused counts nobody."""
    await tx.conn.execute(_ADD_OF_AGREEMENT, _agreement_values(tx, agreement_id, abouts))


async def count_subjects(tx: Tx, agency_id: AgencyId, purpose: Purpose, abouts: Sequence[bytes]) -> None:
    """Count `abouts` as asked about. A call that was refused counts nobody."""
    await tx.conn.execute(_ADD, _values(tx, agency_id, purpose, abouts))


async def claims_with(tx: Tx, agency_id: AgencyId, about: bytes, claim: Claim) -> int:
    """How many different values the agency will have tried on this subject today with `claim`.

    `usage_with` came before: it makes the calls of one agency and purpose take turns.
    """
    return int((await tx.conn.execute(_CLAIMS, _claim_values(tx, agency_id, about, claim))).scalar_one())


async def count_claim(tx: Tx, agency_id: AgencyId, about: bytes, claim: Claim) -> None:
    """Count `claim` as tried. A call that was refused counts nothing."""
    await tx.conn.execute(_TEST, _claim_values(tx, agency_id, about, claim))


async def _take_turns(tx: Tx, name: str) -> None:
    await tx.conn.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})


def _agreement_values(tx: Tx, agreement_id: AgreementId, abouts: Sequence[bytes]) -> dict[str, Any]:
    today = legal_day(tx.now)
    return {
        "agreement": agreement_id,
        "today": today,
        "since": today - _DAYS,
        "abouts": sorted(set(abouts)),
    }


def _claim_values(tx: Tx, agency_id: AgencyId, about: bytes, claim: Claim) -> dict[str, Any]:
    text = f"{claim.pointer}\n{claim.value}".encode()
    return {
        "agency": agency_id,
        "today": legal_day(tx.now),
        "about": about,
        "claim": tx.secrets.keyed_digest(STREAM, "claim", text),
    }


def _values(tx: Tx, agency_id: AgencyId, purpose: Purpose, abouts: Sequence[bytes]) -> dict[str, Any]:
    today: date = legal_day(tx.now)
    return {
        "agency": agency_id,
        "purpose": purpose,
        "by": tx.mandate.actor.id,
        "today": today,
        "since": today - _DAYS,
        "abouts": sorted(set(abouts)),
    }


async def _made(secrets: Secrets) -> None:
    if not secrets.has(STREAM):
        await asyncio.to_thread(secrets.make, STREAM)
