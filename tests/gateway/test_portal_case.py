"""The party's case in the portal: read, answered, signed for, and nothing of anybody else's."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape

import pytest

from common.values.law import APL_39, APL_41_3
from common.values.refusals import Language
from gateway.web.shell import law_of
from gateway.web.words import say
from tests.case.story import Story
from tests.gateway.browser import Browser
from tests.gateway.test_party_sessions import TAIL, code_of
from tests.world import World

NOTIFIED = "serve notice"
PROMPTED = "prompt"
HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(2)>{{ 7321*7 }}&lt;b&gt;'"""
ABOUT = "FACTS"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


async def form_of(me: Browser, story: Story) -> str:
    action = f"/portal/cases/{story.case_id}/statement"
    await me.open(action)
    return action


@pytest.mark.law(APL_41_3)
@pytest.mark.begins(NOTIFIED)
async def test_NAT_2_ten_thousand_characters_and_twenty_files_in_the_last_minute_free_of_charge(
    world: World,
) -> None:
    story = await Story(world).opened()
    notice = (await story.view("PARTY"))["notices"][-1]
    last = datetime.fromisoformat(notice["defence_until"]) - timedelta(minutes=1)
    world.clock.to(last)
    me = await Browser.of(world, "PARTY")
    action = await form_of(me, story)
    for said in (
        "今天是最后一天，直到 24:00。",
        "不收费",
        "打电话、到窗口口头提出，或者邮寄书面意见",
        "021-00000000",
    ):
        assert said in me.page
    words = "理" * 9_999 + "\n" + "由" * 5_000
    files = [(f"证据{n}.pdf", PDF + str(n).encode(), "application/pdf") for n in range(20)]

    added = await me.submit(action, about=ABOUT, words=words, upload=files[:7], do="add")
    assert added.status_code == 200
    checked = await me.submit(action, upload=files[7:], do="check")
    assert (checked.status_code, "核对后提交" in me.page) == (200, True)
    receipt = await me.follow(await me.submit(action, do="send"))

    stated = (await world.person("PARTY").get(f"{story.path}/defences")).json()["items"]
    assert len(stated) == 1
    assert stated[0]["statement"] == f"事实或者数据有误\n{words}"
    assert sorted(each["name"] for each in stated[0]["files"]) == sorted(name for name, _, _ in files)
    assert "已经收到您的意见" in receipt
    assert f"{(await story.view())['number']}-1" in receipt
    assert "2025 年 4 月 11 日 23:59" in receipt
    assert "作出处理决定" in receipt


@pytest.mark.begins(NOTIFIED)
async def test_NJ_5_2_with_code_and_identity_a_party_sees_states_signs_and_downloads_each_with_a_receipt(
    world: World,
) -> None:
    story = await Story(world).opened()
    place, code = f"/portal/cases/{story.case_id}", await code_of(world, story)
    me = Browser(world)
    await me.open("/portal")
    assert "/sign-in/code" in me.page
    await me.open("/sign-in/code?next=%2Fportal%2Fcase")
    wrong = await me.submit("/sign-in/code", code=code, factor="999999")
    assert wrong.status_code == 404
    case = await me.follow(await me.submit("/sign-in/code", code=code, factor=TAIL))
    assert me.path == place
    window = ("021-00000000", "示范市示范大道1号", "工作日 9:00")

    # (a) facts and evidence
    exhibit = (await story.view("PARTY"))["exhibits"][0]
    assert all(part in case for part in (exhibit["place"], exhibit["plate"], *window))
    picture = re.findall(r'src="(/v1/cases/[^"]+/pictures/1)"', case)[0]
    assert (await me.request("GET", picture)).headers["content-type"] == "image/jpeg"
    dossier = await me.open(f"{place}/devices")
    assert all(part in dossier for part in ("检定", *window))

    # (b) statement with a file
    action = await form_of(me, story)
    assert all(part in me.page for part in window)
    file = ("照片.pdf", PDF, "application/pdf")
    await me.submit(action, about=ABOUT, words="当时送病人", upload=file, do="check")
    receipt = await me.follow(await me.submit(action, do="send"))
    assert all(part in receipt for part in ("收到时间", "2025 年 4 月 3 日", "照片.pdf", *window))

    # (c) sign, and refuse; (d) download, each shown with its time
    await me.open(place)
    linked = re.findall(rf'href="({place}/messages/[^"]+)"', me.page)
    for page, act, said in ((linked[0], "sign", "签收。"), (linked[-1], "refuse", "拒绝签收。")):
        await me.open(page)
        document = re.findall(r'href="(/v1/inbox/[^"]+/document)"', me.page)[0]
        assert (await me.request("GET", document)).content.startswith(b"%PDF-")
        answered = await me.follow(await me.submit(f"{page}/{act}"))
        assert re.search("您下载文书 2025 年 4 月 3 日", answered)
        assert re.search(f"您已于 2025 年 4 月 3 日 [0-9:]+ {said}", answered)
        assert all(part in answered for part in window)


@pytest.mark.begins(NOTIFIED)
async def test_no_typed_word_is_lost_by_a_fault_a_refused_file_or_an_ended_session(world: World) -> None:
    story = await Story(world).opened()
    me = await Browser.of(world, "PARTY")
    action = await form_of(me, story)

    unsaid = await me.submit(action, words="我的理由", do="check")
    assert (unsaid.status_code, "请选择您要提出什么。" in me.page, "我的理由" in me.page) == (422, True, True)
    assert 'href="#f-about"' in me.page
    refused = await me.submit(action, about=ABOUT, upload=("空.pdf", b"", "application/pdf"), do="check")
    assert (refused.status_code, "我的理由" in me.page) == (422, True)
    assert 'id="e-upload"' in me.page
    await me.submit(action, do="check")
    await me.submit(action, do="change")
    assert "我的理由" in me.page
    me.cookies = (await Browser.of(world, "PARTY")).cookies
    again = await me.submit(action, about=ABOUT, do="check")

    assert (again.status_code, "我的理由" in me.page) == (401, True)
    await me.submit(action)
    receipt = await me.follow(await me.submit(action, do="send"))
    assert "我的理由" in receipt


@pytest.mark.law(APL_39)
@pytest.mark.begins(PROMPTED)
async def test_NAT_8_each_agency_has_a_public_page_and_without_one_it_files_no_case(world: World) -> None:
    story = await (await Story(world).opened()).walk("apply")
    stranger, agency = Browser(world), world.person("AGENCY_HEAD").agency_id
    page = f"/portal/agencies/{agency}"
    shown = unescape(await stranger.open(page))
    for part in (
        "示范市城市管理行政执法局", "021-00000000", "示范市示范大道1号", "立案依据",
        "《中华人民共和国道路交通安全法》第九十三条第二款", "实施程序", "自立案之日起 90 日内作出处理决定",
        "救济渠道", "示范市人民政府", "自知道决定之日起 60 日内申请行政复议", "示范市示范区人民法院",
    ):  # fmt: skip
        assert part in shown
    assert "90 days of the filing" in await Browser(world).open(f"{page}?lang=en")

    offices = world.runtimes["case"].profile.offices
    world.adopt(offices=tuple(replace(each, page_published_on=None) for each in offices))
    missing = await stranger.request("GET", page)
    refused = await story.file()
    told = [
        each
        for each in (await world.person("AGENCY_HEAD").get(f"{story.path}/next-acts")).json()["items"]
        if each["act"] == "filing"
    ]
    assert missing.status_code == 404
    assert "尚未公示，现在不能立案" in await stranger.open("/portal/agencies")
    assert (refused.status_code, refused.json()["code"]) == (409, "PROFILE_INCOMPLETE")
    assert refused.json()["article"] == APL_39.cite
    assert (told[0]["standing"], told[0]["refusals"][0]["article"]) == ("REFUSED", APL_39.cite)

    world.adopt(offices=offices)
    assert (await story.file()).status_code == 201


@pytest.mark.begins(PROMPTED)
async def test_a_prompt_shows_no_amount_and_no_way_to_pay(world: World) -> None:
    story = await Story(world).opened()
    me = await Browser.of(world, "PARTY")

    page = await me.open(f"/portal/cases/{story.case_id}")

    assert "本提示不收取任何费用，也不是处罚。" in page
    assert "请在 2025 年" in page
    assert not re.search(r"/payment|\d 元|罚款 \d", page)


@pytest.mark.begins(NOTIFIED)
async def test_hostile_text_and_file_names_are_inert(world: World) -> None:
    story = await Story(world).opened()
    me = await Browser.of(world, "PARTY")
    action = await form_of(me, story)
    refused, kept = "<svg onload=alert(3)>.pdf", "'&lt;onload=alert(4)&{{ 7 }}.pdf"
    files = [(name, PDF, "application/pdf") for name in (refused, kept)]

    shown = [(await me.submit(action, words=HOSTILE, upload=files, do="check")).text]
    shown.append((await me.submit(action, about=ABOUT, do="check")).text)
    shown.append(await me.follow(await me.submit(action, do="send")))
    desk = f"/portal/cases/{story.case_id}/data"
    await me.open(desk)
    shown.append((await me.submit(desk, right="", words=HOSTILE)).text)
    for path, asked in (("devices", {"q": HOSTILE}), ("verify", {"sha256": HOSTILE, "code": HOSTILE})):
        shown.append((await me.request("GET", f"/portal/{path}", params=asked)).text)

    for page in shown:
        alive = r"<script(?! type=\"module\" src=\"/assets/)|<svg onload|<img src=x|51247"
        assert not re.search(alive, re.sub(r'value="[^"]*"', "", page))
    assert refused in unescape(shown[0])
    assert (HOSTILE in unescape(shown[2]), kept in unescape(shown[2])) == (True, True)


@pytest.mark.begins(NOTIFIED)
async def test_nobody_else_learns_anything_of_the_case_from_its_pages(world: World) -> None:
    story = await Story(world).opened()
    case = await story.view("PARTY")
    planted = [case["number"], case["violation_name"], case["exhibits"][0]["place"], "张示民", "示执罚"]
    me = await Browser.of(world, "PARTY")
    pages = sorted(
        set(re.findall(r'href="(/portal/cases/[^"#?]+)"', await me.open(f"/portal/cases/{story.case_id}")))
    )
    pages += [f"/portal/cases/{story.case_id}", f"/portal/cases/{story.case_id}/statements/1"]
    assert len(pages) > 8
    strangers = [
        Browser(world),
        await Browser.of(world, "CASE_OFFICER", 1),
        await Browser.of(world, "SUPERVISOR"),
    ]

    for browser in strangers:
        for page in pages:
            answer = await browser.request("GET", page)
            assert answer.status_code in (303, 403, 404), page
            assert not [each for each in planted if each in answer.text], page


@pytest.mark.begins(NOTIFIED)
async def test_the_party_signs_for_a_document_or_declines_once_and_gets_a_receipt(world: World) -> None:
    story = await Story(world).opened()
    me = await Browser.of(world, "PARTY")
    await me.open(f"/portal/cases/{story.case_id}")
    linked = re.findall(rf'href="(/portal/cases/{story.case_id}/messages/[^"]+)"', me.page)
    first, second = linked[0], linked[-1]  # the prior notice, and the prompt

    await me.open(first)
    await me.follow(await me.submit(f"{first}/refuse"))
    assert "您已于 2025 年" in me.page
    assert "拒绝签收。" in me.page
    assert f"{first}/sign" not in me.page
    again = await world.person("PARTY").post(
        f"/v1/inbox/{first.rpartition('/')[2]}/acknowledgements", json={}
    )
    assert (again.status_code, again.json()["code"]) == (409, "NOTI_ENGAGED_ALREADY")

    await me.open(second)
    await me.follow(await me.submit(f"{second}/sign"))
    assert "签收。" in me.page
    kinds = await world.record_types("notification", "message/%")
    assert kinds[-2:] == ["message.read", "message.acknowledged"]


@pytest.mark.begins(NOTIFIED)
async def test_consent_is_apart_signed_by_kind_and_taken_back(world: World) -> None:
    me = await Browser.of(world, "PARTY")
    await me.open("/portal/consent")
    (withdrawal,) = re.findall(r'action="(/portal/consent/[^"]+/withdraw)"', me.page)

    await me.follow(await me.submit(withdrawal))
    assert "您没有同意电子送达" in me.page
    unticked = await me.submit("/portal/consent", channel="INBOX")
    assert (unticked.status_code, "请至少选择一种文书。" in me.page) == (422, True)
    await me.follow(await me.submit("/portal/consent", channel="INBOX", document=["D-14", "D-20a"]))

    standing = (
        await world.person("PARTY").get(f"/v1/parties/{world.person('PARTY').id}/e-service-consent")
    ).json()
    assert [each["documents"] for each in standing["consents"]] == [["D-14", "D-20a"]]


@pytest.mark.begins("serve decision")
async def test_after_the_decision_the_reference_the_remedies_and_paying_later(world: World) -> None:
    story = await Story(world).opened()
    case = await story.view("PARTY")
    me = await Browser.of(world, "PARTY")
    place = f"/portal/cases/{story.case_id}"

    shown = await me.open(place)
    for option in case["remedy_options"]:
        assert law_of(option["law"], Language.ZH) in shown
    payment = await me.open(f"{place}/payment")
    assert case["payment"]["reference"] in payment
    assert "data:image/svg+xml" in payment

    await me.open(f"{place}/later")
    wrong = await me.submit(f"{place}/later", grounds="生活困难", day1="2025-05-20", sum1="一百")
    assert (wrong.status_code, "第 1 行" in me.page, "生活困难" in me.page) == (422, True, True)
    fine = case["payment"]["fine_fen"] // 100
    await me.follow(await me.submit(f"{place}/later", sum1=str(fine)))
    assert "申请" in me.page
    await me.open(f"{place}/reconsideration")
    applied = await me.submit(f"{place}/reconsideration", request="撤销处罚决定", reasons="事实不清")
    assert (applied.status_code, "已经收到复议申请" in me.page) == (200, True)


@pytest.mark.begins(NOTIFIED)
async def test_no_link_of_another_says_that_something_was_done(world: World) -> None:
    story = await Story(world).opened()
    me = await Browser.of(world, "PARTY")
    case = f"/portal/cases/{story.case_id}"
    await me.open(f"{case}/recusal")
    officer = (await story.view("PARTY"))["officers"][0]
    words = {"officer_name": "王示法", "ground": "RELATION", "reason": "承办人是举报人的亲属"}
    told = await me.follow(await me.submit(f"{case}/recusal", officer_id=officer, **words))
    own_link = me.path

    other = await (await Browser.of(world, "PARTY")).open(own_link)
    forged = [await me.open(f"{case}?done={name}") for name in ("recusal", "hearing", "%3Cb%3E")]
    moved = await me.open(own_link.replace("done=recusal", "done=hearing"))

    done = say("portal.case.done", Language.ZH)
    assert done in told
    assert not [page for page in (other, *forged, moved) if done in page]
