"""A browser gets one page that works without scripts, and the API reference from our own files."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from html import escape

from gateway import web
from gateway.web.home import KEPT_S
from tests.given import CAMERA, a_camera_in_service
from tests.world import World


async def test_the_first_page_says_what_runs_here_and_needs_no_script(world: World) -> None:
    answer = await world.http.get("/", headers={"accept": "text/html"})

    policy = answer.headers["content-security-policy"]
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<script" not in answer.text
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert answer.text.count("就绪 · ready") == len(world.app.apps)
    assert '<html lang="zh-CN">' in answer.text


async def test_the_first_page_shows_public_devices_and_the_newest_checkpoint(world: World) -> None:
    empty = (await world.http.get("/")).text
    camera = replace(CAMERA, place="<script>示例路</script>")
    await a_camera_in_service(world, camera)
    await asyncio.sleep(KEPT_S)

    page = (await world.http.get("/")).text

    checkpoint = (await world.http.get("/ledger/checkpoint")).text
    assert "尚无公布的设备" in empty
    assert (camera.code in page, escape(camera.place) in page, camera.place in page) == (True, True, False)
    assert escape(checkpoint) in page


async def test_every_page_loads_from_this_address_alone(world: World) -> None:
    for path in sorted(web.PATHS):
        answer = await world.http.get(path)

        assert answer.status_code == 200, path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "http" not in answer.headers["content-security-policy"]
        assert "'unsafe" not in answer.headers["content-security-policy"]
        if "html" in answer.headers["content-type"]:
            linked = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
            assert all(link.startswith("/") for link in linked), path
            for link in linked:
                assert (await world.http.get(link)).status_code == 200, link


async def test_a_browser_that_has_a_file_is_told_so(world: World) -> None:
    first = await world.http.get("/docs/swagger-ui.js")
    again = await world.http.get("/docs/swagger-ui.js", headers={"if-none-match": first.headers["etag"]})
    head = await world.http.head("/")

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert (head.status_code, head.content) == (200, b"")
