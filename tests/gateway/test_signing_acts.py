"""An act that signs needs a sign-in of within the last five minutes, in a browser (RFC 9470); nothing typed is lost."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from common.policy import FRESH, SIGNING, Action
from common.values.law import APL_42
from gateway.identity.domain.sessions import How, SignIn
from gateway.identity.issuer.browsers import Asserted
from gateway.web.shell import form, text_of
from gateway.web.visitor import Anybody
from mz.demo import orders
from tests.architecture.lint import operations
from tests.case.story import OPENED, Story
from tests.gateway.browser import Browser, begun
from tests.gateway.test_signing_in import signed_in
from tests.world import World

_VERBS = re.compile("accept|activate|adopt|amend|approve|decide|file|grant|publish|seal|sign")
_ACT = "/v1/cases/cas_01jd0000000000000000000000/decision"


def test_every_act_whose_name_signs_is_in_the_table() -> None:
    named = {
        action for action in Action if _VERBS.fullmatch(action.value.partition(".")[2].partition("_")[0])
    }

    reviewed = {Action.DEVICE_REVIEW_LEGALLY, Action.DEVICE_REVIEW_TECHNICALLY, Action.CASE_REVIEW_LEGALLY}
    ordered = {Action.CASE_ORDER_CORRECTION, Action.DEVICE_RESUME, Action.DEVICE_RETIRE}

    assert named - set(SIGNING) == {Action.CONSENT_SIGN}
    assert set(SIGNING) - named == reviewed | ordered


async def test_the_contract_says_at_each_signing_act_how_old_a_sign_in_may_be(world: World) -> None:
    document = (await world.http.get("/openapi.json")).json()
    stated = {operation["x-policy"] for _, operation in operations(document) if "x-max-age" in operation}
    ages = {operation.get("x-max-age") for _, operation in operations(document)}

    assert stated == {action.value for action in SIGNING}
    assert ages == {None, int(FRESH.total_seconds()), 3600}


async def _old_session(world: World) -> Browser:
    """A head who signed in a little too long ago."""
    browser = await Browser.of(world, "AGENCY_HEAD")
    world.clock.advance(seconds=FRESH.total_seconds() + 1)
    return browser


async def _decide(browser: Browser) -> httpx.Response:
    headers = {
        "sec-fetch-site": "same-origin", "mingzheng-page": browser.proof, "idempotency-key": "a" * 32
    }  # fmt: skip
    return await browser.request("POST", _ACT, json={}, headers=headers)


async def test_an_old_sign_in_reads_and_does_not_sign(world: World) -> None:
    fresh = await Browser.of(world, "AGENCY_HEAD")
    before = await _decide(fresh)
    world.clock.advance(seconds=FRESH.total_seconds() - 30)
    last = await _decide(fresh)
    world.clock.advance(seconds=31)

    after, reading = await _decide(fresh), await fresh.request("GET", "/v1/me")

    # Nothing of the order is right: who may sign is told so, who may not is not even read.
    assert (before.status_code, last.status_code, reading.status_code) == (422, 422, 200)
    assert (after.status_code, after.json()["code"]) == (401, "SIGN_IN_TOO_OLD")
    challenge = after.headers["www-authenticate"]
    assert 'error="insufficient_user_authentication"' in challenge
    assert challenge.endswith("max_age=300")


async def test_a_sign_in_whose_hour_nobody_knows_signs_nothing(world: World) -> None:
    person = world.person("AGENCY_HEAD")
    who = SignIn(person.sub, How.OPENID, person.agency_id)  # type: ignore[arg-type]
    browser = Browser(world, await begun(world, who, Asserted(None, None)))

    assert (await _decide(browser)).json()["code"] == "SIGN_IN_TOO_OLD"


async def test_a_refused_signature_keeps_the_form_until_the_person_signed_in_beside_it(world: World) -> None:
    router = APIRouter()

    @router.post("/console/acceptance-of-a-test")
    async def accept(request: Request, visitor: Anybody) -> Response:
        fields = await form(request)
        await visitor.post(_ACT, {"words": fields["words"]}, key=text_of(fields, "key"))
        return RedirectResponse("/console", 303)

    vars(world.app.front)["_app"].pages.include_router(router)
    browser = await _old_session(world)
    body = {"page": browser.proof, "key": "k" * 32, "words": "清晰，<采用>"}
    headers = {"sec-fetch-site": "same-origin"}

    refused = await browser.request("POST", "/console/acceptance-of-a-test", data=body, headers=headers)
    beside = re.findall(r'href="(/sign-in\?[^"]+)"', refused.text)[0].replace("&amp;", "&")
    person = world.person("AGENCY_HEAD")
    came = await signed_in(browser, person.sub, beside)
    await browser.prove()
    browser.page = refused.text
    sent = await browser.submit("/console/acceptance-of-a-test")

    assert (refused.status_code, "清晰，&lt;采用&gt;" in refused.text) == (401, True)
    assert beside == "/sign-in?next=%2Fsign-in%2Fdone&fresh=1"
    assert came.headers["location"] == "/sign-in/done"
    # The order reached the service, which does not know its one field.
    assert sent.status_code == 422


@pytest.mark.begins(OPENED)
@pytest.mark.law(APL_42)
async def test_an_act_on_a_page_needs_the_certificate_to_be_valid_now(world: World) -> None:
    story = await Story(world).opened()
    world.clock.to(datetime(2031, 1, 6, 2, 0, tzinfo=UTC))
    browser = await Browser.of(world, "CASE_OFFICER")
    headers = {"sec-fetch-site": "same-origin", "mingzheng-page": browser.proof, "idempotency-key": "c" * 32}
    order = orders.party(world.person("PARTY").id)

    refused = await browser.request("POST", f"{story.path}/party", json=order, headers=headers)

    assert (refused.status_code, refused.json()["code"]) == (409, "CASE_OFFICER_UNQUALIFIED")
