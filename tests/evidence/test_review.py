"""From a push to evidence: two officers, every picture opened, and a stranger who sees nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

import httpx
import pytest

from common.values.law import PIPL_51
from tests.evidence.camera import Device, camera_in_service, captures
from tests.given import IN_SERVICE
from tests.snapshots import Place
from tests.world import Client, World


async def registered(world: World) -> Device:
    camera = await camera_in_service(world)
    await camera.register()
    return camera


async def _to_a_passed_capture(world: World) -> None:
    camera = await registered(world)
    await camera.push()
    await world.settle()
    world.ready[DEVICE] = camera.id


DEVICE: Final = "device of the passed capture"
PASSED: Final = Place(IN_SERVICE, _to_a_passed_capture)
pytestmark = pytest.mark.begins("capture passed", PASSED)

ALL = {"true": True, "clear": True, "complete": True, "accurate": True}
REVIEW = {"x-purpose-of-use": "REVIEW"}


async def a_passed_capture(world: World) -> str:
    """The path of the capture with which this world began."""
    row = (await captures(world))[-1]
    assert (row["state"], row["check_codes"], row["lawful"]) == ("TECH_PASSED", [], True)
    return f"/v1/captures/{row['id']}"


async def open_all(person: Client, path: str) -> None:
    for n in (1, 2):
        answer = await person.get(f"{path}/images/{n}", headers=REVIEW)
        assert answer.status_code == 200


async def proposed(world: World, path: str) -> tuple[Client, Client]:
    first, second = (world.person("EVIDENCE_REVIEWER", nth=n) for n in (0, 1))
    assert (await first.post(f"{path}/review")).status_code == 201
    await open_all(first, path)
    answer = await first.post(f"{path}/acceptance-proposal", json={"attributes": ALL})
    assert answer.status_code == 201
    return first, second


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def types_of(world: World, path: str) -> list[str]:
    stream = f"evidence/{path.rpartition('/')[2]}"
    return [kind.removeprefix("evidence.") for kind in await world.record_types("evidence", stream)]


async def test_two_officers_make_evidence_and_a_copy_follows(world: World) -> None:
    path = await a_passed_capture(world)
    first, second = await proposed(world, path)
    await open_all(second, path)

    accepted = await second.post(f"{path}/acceptance", json={"attributes": ALL})
    await world.settle()

    assert accepted.status_code == 201
    shown = (await first.get(path)).json()
    assert (shown["state"], shown["reviewers"], shown["backed_up"]) == (
        "ACCEPTED",
        [first.id, second.id],
        True,
    )
    assert [review["act"] for review in shown["reviews"]] == ["TAKEN", "PROPOSED", "CONFIRMED"]
    looks = ["disclosed", "disclosed"]
    types = await types_of(world, path)
    assert types[:9] == [
        "ingested", "checked", "review_started", *looks, "acceptance_proposed", *looks, "accepted",
    ]  # fmt: skip
    # The case service read it for the case that it opened; that reading is on record like any other.
    assert sorted(types[9:]) == ["backed_up", "disclosed"]
    assert (await world.fsck()).findings == []


async def test_the_copy_is_the_same_bytes_in_another_folder(world: World) -> None:
    path = await a_passed_capture(world)
    _, second = await proposed(world, path)
    await open_all(second, path)
    await second.post(f"{path}/acceptance", json={"attributes": ALL})
    await world.settle()

    row = (await captures(world))[-1]
    clear, sealed = world.runtimes["evidence"].backup, world.runtimes["evidence"].sealed_backup
    stated, stream = row["capability_sha256"], f"evidence/{row['id']}"

    assert len(row["copies"]) == 4  # two pictures, the push, the registry's statement
    assert await clear.get(stated) == await world.blobs("evidence").get(stated)
    for sha in {*row["copies"]} - {stated}:
        assert await sealed.get(sha, of=stream) == await world.sealed.get(sha, of=stream)


async def test_the_same_person_cannot_be_the_second_officer(world: World) -> None:
    path = await a_passed_capture(world)
    first, second = await proposed(world, path)

    alone = await first.post(f"{path}/acceptance", json={"attributes": ALL})

    assert refused(alone) == (403, "EVD_SECOND_REVIEWER_REQUIRED")
    assert alone.json()["article"] == "APL 42"
    assert (await second.get(path)).json()["state"] == "IN_REVIEW"


async def test_the_second_officer_opens_every_picture_too(world: World) -> None:
    path = await a_passed_capture(world)
    _, second = await proposed(world, path)
    await second.get(f"{path}/images/1", headers=REVIEW)

    answer = await second.post(f"{path}/acceptance", json={"attributes": ALL})

    assert refused(answer) == (409, "EVD_MEDIA_NOT_OPENED")


async def test_each_of_the_four_attributes_must_be_confirmed(world: World) -> None:
    path = await a_passed_capture(world)
    _, second = await proposed(world, path)
    await open_all(second, path)

    answer = await second.post(f"{path}/acceptance", json={"attributes": ALL | {"clear": False}})

    assert refused(answer) == (422, "EVD_ATTRIBUTES_INCOMPLETE")
    assert [v["code"] for v in answer.json()["violations"]] == ["EVD_NOT_CLEAR"]


async def test_one_officer_rejects_with_a_code_of_the_catalogue(world: World) -> None:
    path = await a_passed_capture(world)
    first = world.person("EVIDENCE_REVIEWER")
    await first.post(f"{path}/review")

    unknown = await first.post(f"{path}/rejection", json={"codes": ["E-XXX-99"], "attributes": ALL})
    rejected = await first.post(
        f"{path}/rejection", json={"codes": ["E-QLT-02", "E-SUB-01"], "attributes": ALL}
    )

    assert unknown.status_code == 422
    assert (rejected.status_code, rejected.json()["state"]) == (201, "REJECTED")
    assert rejected.json()["rejection_codes"] == ["E-QLT-02", "E-SUB-01"]


async def test_eight_officers_racing_accept_once(world: World) -> None:
    path = await a_passed_capture(world)
    _, second = await proposed(world, path)
    await open_all(second, path)

    answers = await asyncio.gather(
        *(second.post(f"{path}/acceptance", json={"attributes": ALL}) for _ in range(8))
    )

    assert sorted(a.status_code for a in answers) == [201] + [409] * 7
    assert (await types_of(world, path)).count("accepted") == 1


async def test_a_late_review_ends_with_a_supervisors_leave(world: World) -> None:
    path = await a_passed_capture(world)
    _, second = await proposed(world, path)
    await open_all(second, path)
    world.clock.working_days(6)

    late = await second.post(f"{path}/acceptance", json={"attributes": ALL})
    leave = await world.person("TEAM_LEAD").post(
        f"{path}/late-review-leave", json={"reason": "系统检修停机三天"}
    )
    accepted = await second.post(f"{path}/acceptance", json={"attributes": ALL})

    assert refused(late) == (409, "EVD_LATE_REVIEW")
    assert (leave.status_code, accepted.status_code) == (201, 201)
    assert "late_review_allowed" in await types_of(world, path)


@pytest.mark.begins(IN_SERVICE)
async def test_a_capture_of_a_suspended_device_never_reaches_review(world: World) -> None:
    camera = await registered(world)
    head = world.person("AGENCY_HEAD")
    order = {"reason": "FAULT", "note": "镜头偏移"}
    assert (await head.post(f"/v1/devices/{camera.id}/suspension", json=order)).is_success
    world.clock.advance(minutes=5)
    await camera.register()
    await camera.push()
    await world.settle()

    row = (await captures(world))[-1]
    answer = await world.person("EVIDENCE_REVIEWER").post(f"/v1/captures/{row['id']}/review")

    assert (row["state"], row["lawful"]) == ("TECH_FAILED", False)
    assert {"E-DEV-01", "E-DEV-05"} <= set(row["check_codes"])
    assert refused(answer) == (409, "EVD_TRANSITION_NOT_ALLOWED")


async def test_the_registrys_signed_answer_is_kept(world: World) -> None:
    await a_passed_capture(world)

    row = (await captures(world))[-1]
    note = await world.blobs("evidence").get(row["capability_sha256"])

    assert note.startswith(b"mingzheng-statement/v1 ")
    assert world.ready[DEVICE].encode() in note


async def test_the_plate_is_masked_until_a_purpose_is_stated(world: World) -> None:
    path = await a_passed_capture(world)
    person = world.person("EVIDENCE_REVIEWER")

    masked = (await person.get(path)).json()
    full = (await person.get(path, headers={"x-purpose-of-use": "CASE_HANDLING"})).json()
    curious = await person.get(path, headers={"x-purpose-of-use": "CURIOSITY"})

    assert (masked["plate"], masked["unmasked"]) == ("苏A·1**45", False)
    assert (full["plate"], full["unmasked"]) == ("苏A12345", True)
    assert refused(curious) == (403, "PURPOSE_NOT_ALLOWED")
    assert (await types_of(world, path)).count("disclosed") == 1


@pytest.mark.law(PIPL_51)
async def test_S11_an_officer_unmasks_so_many_captures_a_day_and_the_supervisor_hears_of_an_outlier(
    world: World,
) -> None:
    path = await a_passed_capture(world)
    reading = replace(world.runtimes["evidence"].profile.reading, unmaskings_per_day=3, outlier_at=2)
    world.adopt(reading=reading)
    person = world.person("EVIDENCE_REVIEWER")

    first = await person.get(path, headers=REVIEW)
    rush = await asyncio.gather(*(person.get(path, headers=REVIEW) for _ in range(3)))
    masked = await person.get(path)
    assert (await person.post(f"{path}/review", json={})).status_code == 201
    taken = await person.get(path, headers=REVIEW)
    types = await types_of(world, path)

    assert first.json()["unmasked"] is True
    assert sorted(each.status_code for each in rush) == [200, 200, 403]
    assert [refused(each) for each in rush if each.status_code == 403] == [(403, "UNMASKING_BUDGET_SPENT")]
    assert masked.json()["unmasked"] is False
    assert taken.json()["unmasked"] is True, "its own review costs nothing"
    assert types.count("unmasking.outlier") == 1


async def test_a_picture_is_shown_for_a_purpose_alone(world: World) -> None:
    path = await a_passed_capture(world)
    person = world.person("EVIDENCE_REVIEWER")

    without = await person.get(f"{path}/images/1")
    beyond = await person.get(f"{path}/images/3", headers=REVIEW)
    shown = await person.get(f"{path}/images/1", headers=REVIEW)

    assert (refused(without), refused(beyond)) == ((403, "PURPOSE_NOT_ALLOWED"), (404, "NOT_FOUND"))
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.headers["mingzheng-record"]
    assert (await types_of(world, path)).count("disclosed") == 1


async def test_another_agency_gets_the_answer_for_a_capture_that_does_not_exist(
    world: World,
) -> None:
    path = await a_passed_capture(world)
    stranger = world.person("EVIDENCE_REVIEWER", agency=1)
    nothing = path[:-4] + "0000"

    for suffix, order in (
        ("", None),
        ("/images/1", None),
        ("/review", {}),
        ("/acceptance", {"attributes": ALL}),
    ):
        answers = []
        for asked in (path, nothing):
            if order is None:
                answer = await stranger.get(asked + suffix, headers=REVIEW)
            else:
                answer = await stranger.post(asked + suffix, json=order)
            body = answer.json() | {"trace_id": ""}
            answers.append((answer.status_code, str(body).replace(asked.rpartition("/")[2], "ID")))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    assert (await stranger.get("/v1/captures")).json()["items"] == []


async def test_a_person_who_may_not_review_is_refused(world: World) -> None:
    path = await a_passed_capture(world)

    for role in ("CASE_OFFICER", "DEVICE_ADMIN", "AGENCY_HEAD"):
        answer = await world.person(role).post(f"{path}/review")
        assert refused(answer) == (403, "FORBIDDEN")
    assert (await world.anonymous.get(path)).status_code == 401


@pytest.mark.begins(IN_SERVICE)
async def test_the_queue_is_filtered_by_state_and_read_in_pages(world: World) -> None:
    camera = await registered(world)
    await camera.push(*(camera.vehicle(serial=n, shade=n * 7) for n in range(1, 6)))
    await world.settle()
    person = world.person("EVIDENCE_REVIEWER")

    first = (await person.get("/v1/captures?state=TECH_PASSED&limit=3")).json()
    rest = (await person.get(f"/v1/captures?state=TECH_PASSED&limit=3&cursor={first['next_cursor']}")).json()
    none = (await person.get("/v1/captures?state=REJECTED")).json()

    ids = [item["id"] for item in [*first["items"], *rest["items"]]]
    assert (len(ids), ids) == (5, sorted(ids, reverse=True))
    assert (rest["next_cursor"], none["items"]) == (None, [])
    assert "plate" not in first["items"][0]
