"""How quick the review desk is: pictures of 4 MB, 150 ms more for each answer. It prints; a slow machine is no fault.

`./mz e2e tests/e2e/test_pace.py -s` plays 200 decisions, or as many as PACE_DECISIONS says.
"""

from __future__ import annotations

import base64
import os
from collections.abc import AsyncIterator
from datetime import datetime
from io import BytesIO
from typing import Any, Final

import pytest
from PIL import Image, ImageDraw

from mz.demo.picture import vehicle
from tests.e2e.conftest import Place, look_for, place_at
from tests.given import IN_SERVICE
from tests.snapshots import Snapshots

DECISIONS: Final = int(os.environ.get("PACE_DECISIONS", "200"))
_NOISE: Final = Image.frombytes("RGB", (2400, 1600), os.urandom(2400 * 1600 * 3))
_WATCH: Final = """
window.paces = []; window.gaps = [];
let last = 0;
const frame = (now) => {
  if (last) gaps.push(now - last);
  last = now;
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
addEventListener("keydown", (event) => {
  if (event.code !== "Enter") return;
  const [began, before] = [performance.now(), document.querySelector("#stage img")];
  const look = () => {
    const now = document.querySelector("#stage img");
    if (now && now !== before) requestAnimationFrame(() => setTimeout(() => paces.push(performance.now() - began)));
    else requestAnimationFrame(look);
  };
  look();
}, true);
"""


def large(code: str, at: datetime) -> dict[str, Any]:
    """The demo's push, its two pictures of about 4 MB each."""
    message = vehicle(code, at)
    for n, picture in enumerate(
        message["MotorVehicleListObject"]["MotorVehicleObject"][0]["SubImageList"]["SubImageInfoObject"]
    ):
        image = _NOISE.copy()
        ImageDraw.Draw(image).text((40, 40), f"{at.isoformat()} {n}", fill=(255, 255, 255))
        data = BytesIO()
        image.save(data, "JPEG", quality=86)
        picture |= {"Data": base64.b64encode(data.getvalue()).decode(), "Width": 2400, "Height": 1600}
    return message


@pytest.fixture
async def site(snapshots: Snapshots, chromium: Any) -> AsyncIterator[Place]:
    async with place_at(snapshots, chromium, IN_SERVICE) as site:
        look_for(site, 200)
        yield site


async def test_how_long_from_a_decision_to_the_next_picture(site: Place) -> None:
    for _ in range(0, DECISIONS + 1, 10):
        await site.push(10, message=large)
    site.line.delay_s = 0.15
    async with site.tab("EVIDENCE_REVIEWER", viewport={"width": 1440, "height": 900}) as seen:
        await seen.tab.add_init_script(_WATCH)
        await seen.tab.goto(f"{site.url}/console/review")
        await seen.tab.wait_for_selector("#items li:nth-child(4) img")
        await seen.tab.evaluate("gaps.length = 0")
        for n in range(DECISIONS):
            for _ in range(5):
                await seen.tab.keyboard.press("Space")
                await seen.tab.wait_for_timeout(120)
            await seen.tab.wait_for_function(
                "[...document.querySelectorAll('#strip .run')]"
                ".every(ring => ring.getAttribute('stroke-dasharray') === '100 100')"
            )
            await seen.tab.keyboard.press("Enter")
            await seen.tab.wait_for_function("n => paces.length > n", arg=n)
        paces = sorted(await seen.tab.evaluate("paces"))
        gaps = sorted(await seen.tab.evaluate("gaps"))

    print(
        f"\n{len(paces)} decisions: to the next picture p50 {paces[len(paces) // 2]:.0f} ms,"
        f" p95 {paces[int(len(paces) * 0.95)]:.0f} ms, longest {paces[-1]:.0f} ms;"
        f" frames later than 250 ms: {sum(gap > 250 for gap in gaps)}, longest {gaps[-1]:.0f} ms"
    )
    assert len(paces) == DECISIONS
