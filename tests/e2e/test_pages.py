"""Every page in a real Chromium, in both languages: quiet, readable, reached by keyboard, and not wider when zoomed."""

from __future__ import annotations

from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image

from tests.e2e.conftest import Place
from tests.e2e.pages import PAGES, Page

PICTURES: Final = Path(__file__).parents[2] / "docs" / "pictures"
_RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_CONTROLS: Final = (
    "a[href], button:not([disabled]), input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
)


async def opened(site: Place, tab: Any, page: Page) -> int:
    """Open `page` and wait until its scripts have shown what they show at once; the status of the answer."""
    answer = await tab.goto(site.url + site.path(page))
    await tab.wait_for_selector(page.shows, state="attached")
    return int(answer.status)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
async def test_a_page_is_quiet_and_readable_in_both_languages_light_and_dark(site: Place, page: Page) -> None:
    from axe_playwright_python.async_playwright import Axe  # type: ignore[import-not-found]  # only ./mz e2e installs it

    found: dict[str, Any] = {}
    for lang, scheme in product(("zh", "en"), ("light", "dark")):
        async with site.tab(page.role, nth=page.nth, lang=lang, color_scheme=scheme) as seen:
            status = await opened(site, seen.tab, page)
            options = {"runOnly": {"type": "tag", "values": _RULES}}
            results = await Axe().run(seen.tab, options=options)
            faults = [
                (
                    each["id"],
                    [node["target"] for node in each["nodes"]][:3],
                    each["nodes"][0]["failureSummary"][:200],
                )
                for each in results.response["violations"]
            ]
            html = await seen.tab.get_attribute("html", "lang")
            if status != 200 or faults or seen.complaints or html != {"zh": "zh-CN", "en": "en"}[lang]:
                found[f"{lang} {scheme}"] = (status, faults, seen.complaints, html)

    assert found == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
async def test_the_keyboard_reaches_every_control_and_a_picture_is_kept(site: Place, page: Page) -> None:
    async with site.tab(page.role, nth=page.nth, viewport={"width": 1280, "height": 800}) as seen:
        await opened(site, seen.tab, page)
        keep(await seen.tab.screenshot(scale="css"), page.name)
        wanted = await seen.tab.evaluate(_MARK, _CONTROLS)
        reached: set[str] = set()
        for _ in range(2 * len(wanted) + 5):
            await seen.tab.keyboard.press("Tab")
            reached.add(await seen.tab.evaluate("document.activeElement.dataset.control || ''"))

    missing = [words for number, words in wanted if number not in reached]
    assert missing == []


def keep(picture: bytes, name: str) -> None:
    """The picture in docs/pictures/, in 128 colours: pages have few, and a clone should stay small."""
    PICTURES.mkdir(exist_ok=True)
    Image.open(BytesIO(picture)).convert("RGB").quantize(128).save(PICTURES / f"{name}.png", optimize=True)


_MARK: Final = """selector => [...document.querySelectorAll(selector)]
  .filter(control => control.offsetParent && getComputedStyle(control).visibility === "visible")
  .filter(control => control.tabIndex >= 0 && !control.closest("[inert]"))
  .filter(control => control.type !== "radio" || control.checked
      || !document.querySelector(`input[type=radio][name="${control.name}"]:checked`))
  .map((control, n) => { control.dataset.control = String(n); return [String(n), control.outerHTML.slice(0, 120)]; })"""


@pytest.mark.parametrize("page", [page for page in PAGES if page.narrow], ids=lambda page: page.name)
async def test_at_400_percent_nothing_is_read_by_scrolling_sideways(site: Place, page: Page) -> None:
    async with site.tab(page.role, nth=page.nth, viewport={"width": 320, "height": 256}) as seen:
        await opened(site, seen.tab, page)
        wide = await seen.tab.evaluate("document.scrollingElement.scrollWidth")

    assert wide <= 320
