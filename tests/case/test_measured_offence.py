"""A measured offence, from the camera's certificate to the decision that prints what was deducted."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import httpx
import pytest
from pypdf import PdfReader

from common.values.law import APL_59, METROLOGY_9
from mz.demo import orders
from mz.demo.camera import Camera
from tests import given
from tests.case.story import Story
from tests.evidence.camera import Device, captures
from tests.evidence.test_review import ALL, open_all, refused
from tests.snapshots import PEOPLE
from tests.world import World

SPEEDING: Final = "CM-0301"
RADAR: Final = {
    "quantity": "SPEED",
    "unit": "km/h",
    "limit": "60",
    "permissible_error": {"amount": "4", "percent": "4", "percent_from": "100"},
}
FIGURES: Final = {
    "quantity": "SPEED",
    "unit": "km/h",
    "value": "64.5",
    "limit": "60",
    "error": "4",
    "deducted": "60.5",
}


@dataclass(frozen=True)
class SpeedCamera(Camera):
    """A camera that measures speed: its certificate states an error of 4 km/h below 100 km/h, 4 % from there on."""

    def registration(self, *, metrology: str = "MANDATORY", measures: Any = RADAR) -> dict[str, Any]:
        order = super().registration(metrology=metrology)
        function = order["functions"][0] | {"code": SPEEDING, "name": "机动车超速", "measures": measures}
        return order | {"functions": [function]}

    def order(self, step: str, today: date) -> dict[str, Any]:
        order = super().order(step, today)
        return order | {"functions": [SPEEDING]} if step == "verifications" else order


CAMERA: Final = SpeedCamera("31010100001190000060", "世纪大道浦电路路口", "121.492300", "31.227500")


class SpeedStory(Story):
    """The case of a driver who was measured."""

    async def sign(self, nth: int) -> httpx.Response:
        signer = self.world.person("CASE_OFFICER", self.agency, nth=nth).name
        own = {"signed_as": signer, "circumstances": {"PRIOR_VIOLATIONS": "NONE"}}
        return await self.act("CASE_OFFICER", "investigation-conclusion", orders.REPORT | own, nth=nth)

    async def printed(self, kind: str) -> str:
        """The text of the document of this kind, without spaces."""
        officer = self.world.person("CASE_OFFICER")
        listed = (await officer.get(f"{self.path}/documents")).json()["items"]
        (href,) = [document["href"] for document in listed if document["kind"] == kind]
        pages = PdfReader(io.BytesIO((await officer.get(href)).content)).pages
        return "".join("".join(page.extract_text() for page in pages).split())


@pytest.mark.slow
@pytest.mark.law(METROLOGY_9, APL_59)
@pytest.mark.begins(PEOPLE)
async def test_C18_a_speed_above_the_limit_after_the_deduction_is_decided_with_its_four_figures(
    world: World,
) -> None:
    admin = world.person("DEVICE_ADMIN")
    unverified = CAMERA.registration(metrology="NONE")
    vague = CAMERA.registration(measures=RADAR | {"permissible_error": {"amount": "4", "percent": "4"}})
    refusals = [refused(await admin.post("/v1/devices", json=order)) for order in (unverified, vague)]
    watching = await given.a_camera_in_service(world, CAMERA)
    world.clock.advance(minutes=10)
    camera = Device(world, watching.id, watching.code, watching.account, watching.password)
    pushed = await camera.push(
        camera.vehicle(serial=1, shade=20, Speed="64.5", **{"X-ViolationCode": SPEEDING}),
        camera.vehicle(serial=2, shade=60, Speed=64, **{"X-ViolationCode": SPEEDING}),
        camera.vehicle(serial=3, shade=120, **{"X-ViolationCode": SPEEDING}),
    )
    assert pushed.status_code == 200
    await world.settle()
    above, at_limit, silent = sorted(await captures(world), key=lambda row: str(row["object_id"])[-5:])

    assert refusals == [(422, "DEV_MEASUREMENT_INCOMPLETE")] * 2
    assert [(row["state"], row["check_codes"]) for row in (above, at_limit, silent)] == [
        ("TECH_PASSED", []),
        ("TECH_FAILED", ["E-FAC-03"]),
        ("TECH_FAILED", ["E-FAC-01"]),
    ]

    path = f"/v1/captures/{above['id']}"
    first, second = (world.person("EVIDENCE_REVIEWER", nth=n) for n in (0, 1))
    shown = (await first.get(path)).json()
    assert shown["measurements"] == [FIGURES | {"violation_code": SPEEDING, "exceeds": True}]
    assert (await first.post(f"{path}/review")).status_code == 201
    for person, act in ((first, "acceptance-proposal"), (second, "acceptance")):
        await open_all(person, path)
        answer = await person.post(f"{path}/{act}", json={"attributes": ALL})
        assert answer.status_code == 201, answer.text
    await world.settle()
    story = SpeedStory(world)
    story.case_id = (await world.person("CASE_OFFICER").get("/v1/cases")).json()["items"][-1]["id"]
    await story.walk("decide")

    (exhibit,) = (await story.view())["exhibits"]
    assert exhibit["measurement"] == FIGURES
    printed = "测得车速：64.5km/h；限值：60km/h；最大允许误差：4km/h；扣除最大允许误差后：60.5km/h，超过限值"
    for kind in ("D-14", "D-20a"):
        assert printed in await story.printed(kind)
    # The registry's signed answer holds the limit and the error, for the court.
    note = (await world.blobs("evidence").get(above["capability_sha256"])).decode()
    assert '"limit":"60"' in note.replace(" ", "")
    assert '"percent_from":"100"' in note.replace(" ", "")
    assert (await world.fsck()).clean
