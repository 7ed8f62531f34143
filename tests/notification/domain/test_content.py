"""What a text may say, its variables, and the parts of an SMS."""

from __future__ import annotations

import pytest

from common.values.errors import Refusal
from common.values.law import NJ_15
from notification.domain.content import VARIABLES, filled, require_permitted_content, segments, variables_of
from notification.domain.templates import CLASSES, Language, worded

DOMAIN = "demo.mingzheng.example"
FREE = "您涉嫌违法停放,请改正。本提示不收取任何费用。"
VALUES = dict.fromkeys(CLASSES["N-01"].needs, "示例")


@pytest.mark.parametrize(
    ("text", "parts"), [("字" * 70, 1), ("字" * 71, 2), ("字" * 134, 2), ("字" * 135, 3), ("😀" * 35, 1)]
)
def test_an_sms_is_cut_by_units_and_not_by_characters(text: str, parts: int) -> None:
    assert segments(text) == parts


@pytest.mark.parametrize("text", ["{", "}", "{}", "{Place}", "{place!r}", "{place.real}", "{nobody}"])
def test_only_the_name_of_a_variable_stands_in_braces(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        variables_of(text)

    assert refusal.value.code == "NOTI_TEMPLATE_VARIABLES"


def test_a_value_cannot_name_another_variable() -> None:
    assert filled("N-14", "{place}{phone}", {"place": "{phone}", "phone": "12345"}, ()) == "{phone}12345"


@pytest.mark.law(NJ_15)
@pytest.mark.parametrize("missing", CLASSES["N-01"].needs)
def test_NJ_15_3_a_prompt_without_one_of_its_eight_parts_is_not_worded(missing: str) -> None:
    prompt = CLASSES["N-01"]

    with pytest.raises(Refusal) as refusal:
        worded(prompt, prompt.templates[Language.ZH], VALUES | {missing: " "}, official_domain=DOMAIN)

    assert (refusal.value.code, refusal.value.facts["missing"]) == ("NOTI_VARIABLE_MISSING", [missing])


@pytest.mark.parametrize("language", Language)
def test_the_words_that_ship_may_go_out_with_values_in_them(language: Language) -> None:
    values = dict.fromkeys(VARIABLES, "示例") | {"portal": f"https://portal.{DOMAIN}"}

    for of in CLASSES.values():
        assert worded(of, of.templates[language], values, official_domain=DOMAIN).text


@pytest.mark.parametrize("text", ["地点:一元路12号。", "限30分钟。", "请将车辆移至停车泊位。"])
def test_words_that_only_look_like_money_are_permitted(text: str) -> None:
    require_permitted_content("N-01", FREE + text, official_domain=DOMAIN)


@pytest.mark.parametrize("text", ["您已构成违法。", "违法事实清楚。", "将依法处罚。", "详见附件。"])
def test_a_prompt_says_neither_that_it_is_proved_nor_that_something_is_attached(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        require_permitted_content("N-01", FREE + text, official_domain=DOMAIN)

    assert refusal.value.code == "NOTI_CONTENT_FORBIDDEN"
