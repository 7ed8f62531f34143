"""What a case may rest on: reviewed evidence alone, and a copy of each in the case-file store."""

from __future__ import annotations

import httpx
import pytest

from common.values.law import NJ_14, NJ_17
from tests import given
from tests.case.story import Story
from tests.evidence.camera import captures
from tests.world import World

_UNREVIEWED = "state = 'IN_REVIEW', accepted_at = NULL, confirmed_by = NULL"
_REJECTED = (
    "state = 'REJECTED', accepted_at = NULL, confirmed_by = NULL, rejected_at = now(),"
    " rejection_codes = '{E-QLT-01}'"
)


def codes(answer: httpx.Response) -> list[str]:
    """The guards that refused a decision."""
    assert (answer.status_code, answer.json()["code"]) == (409, "CASE_GUARD_FAILED")
    return [violation["code"] for violation in answer.json()["violations"]]


async def _as(world: World, evidence_id: str, change: str) -> None:
    """Make the capture what nobody can make it through the door, behind the door."""
    async with world.database("evidence") as db:
        await db.execute("ALTER TABLE captures DISABLE TRIGGER guarded")
        await db.execute(f"UPDATE captures SET {change} WHERE id = $1", evidence_id)


@pytest.mark.law(NJ_14, NJ_17)
@pytest.mark.begins(given.CHECKED)
async def test_NJ_14_2_NJ_14_3_NJ_17_3_a_case_rests_on_reviewed_evidence_with_a_copy_that_was_read_back(
    world: World,
) -> None:
    # The case-file store is away: a file lies where its folder should be.
    store = world.installation.d.root / "backup"
    away = store.with_name("backup-away")
    store.rename(away)
    store.write_bytes(b"")
    officer = world.person("CASE_OFFICER")
    await world.settle()
    unreviewed = (await officer.get("/v1/cases")).json()["items"]
    story = await (await Story(world).opened()).walk("sign second")
    id = story.evidence_id
    (row,) = await captures(world)
    accepted = (
        f"state = 'ACCEPTED', accepted_at = '{row['accepted_at'].isoformat()}',"
        f" confirmed_by = '{row['confirmed_by']}', rejected_at = NULL, rejection_codes = '{{}}'"
    )
    bundle = {"case_id": story.case_id}, {"x-purpose-of-use": "CASE_HANDLING"}

    refusals = []
    for state in (_UNREVIEWED, _REJECTED):
        await _as(world, id, state)
        refusals.append(await story.notify())
        refusals.append(await officer.post("/v1/evidence-bundles", json=bundle[0], headers=bundle[1]))
        await _as(world, id, accepted)
    await story.walk("review")
    without_copy = codes(await story.decide())
    guards = []
    for state in (_UNREVIEWED, _REJECTED):
        await _as(world, id, state)
        guards.append(codes(await story.decide()))
        await _as(world, id, accepted)
    store.unlink()
    away.rename(store)
    await world.settle()
    decided = await story.decide()

    # What nobody reviewed opens no case, and no notice, decision or bundle of a case rests on it.
    assert unreviewed == []
    assert [(answer.status_code, answer.json()["code"]) for answer in refusals] == [
        (409, "CASE_EVIDENCE_NOT_ACCEPTED"),
        (409, "EVD_NOT_ACCEPTED"),
    ] * 2
    assert guards == [["CASE_EVIDENCE_NOT_ACCEPTED", "CASE_BACKUP_INCOMPLETE"]] * 2
    # No decision before the copy: each original was read back from the second store, and its digest compared.
    assert without_copy == ["CASE_BACKUP_INCOMPLETE"]
    assert decided.status_code == 201, decided.text
    (row,) = await captures(world)
    clear, sealed = world.runtimes["evidence"].backup, world.runtimes["evidence"].sealed_backup
    assert sorted(row["copies"]) == sorted(
        {row["body_sha256"], row["capability_sha256"], *(await _pictures(world, id))}
    )
    for digest in row["copies"]:
        if digest == row["capability_sha256"]:
            assert await clear.get(digest) == await world.blobs("evidence").get(digest)
        else:
            assert await sealed.get(digest, of=f"evidence/{id}") == await world.sealed.get(
                digest, of=f"evidence/{id}"
            )


async def _pictures(world: World, evidence_id: str) -> list[str]:
    async with world.database("evidence") as db:
        rows = await db.fetch("SELECT sha256 FROM media WHERE evidence_id = $1", evidence_id)
    return [row["sha256"] for row in rows]
