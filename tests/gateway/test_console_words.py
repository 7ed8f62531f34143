"""Every code and field that an officer's page shows has a word in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from case.documents import DocumentKind
from case.domain.procedure import State
from case.domain.worklist import WORK
from data_exchange.domain import exchange
from device_registry.domain.compliance import Guard
from device_registry.domain.words import DeviceKind
from device_registry.domain.words import State as DeviceState
from gateway.web.console.orders import Field, Kind, body_of, fields_of, typed_of
from gateway.web.words import entries
from tests.world import World


def flat(fields: Sequence[Field]) -> Iterator[Field]:
    for field in fields:
        yield field
        yield from flat(field.fields)


async def test_each_act_of_a_case_has_a_form_in_words(world: World) -> None:
    document: dict[str, Any] = (await world.anonymous.get("/openapi.json")).json()
    below = "/v1/cases/{case_id}/"
    acts = [path for path, each in document["paths"].items() if path.startswith(below) and "post" in each]
    forms = {path.removeprefix(below): fields_of(document, path) for path in acts}
    fields = [field for form in forms.values() if form for field in flat(form)]
    unnamed = {field.key for field in fields if f"codes.field.{field.key}" not in entries()}
    codes = {code for field in fields for code in field.options}

    assert [act for act, form in forms.items() if form is None] == ["proofs"]
    assert unnamed == set()
    assert {code for code in codes if f"codes.order.{code}" not in entries()} == set()


def test_each_state_has_a_word() -> None:
    wanted = {
        "case": State,
        "document": DocumentKind,
        "deadline": WORK,
        "device": DeviceState,
        "device_kind": DeviceKind,
        "guard": ("STATE", *Guard),
        "exchange": exchange.State,
        "exchange_kind": exchange.Kind,
    }
    missing = {
        f"{kind}.{code}" for kind, codes in wanted.items() for code in codes
        if f"codes.{kind}.{code}" not in entries()
    }  # fmt: skip

    assert missing == set()


def test_what_was_typed_becomes_the_order_and_goes_back() -> None:
    row = (
        Field("answers.*.number", "number", Kind.NUMBER, True),
        Field("answers.*.adopted", "adopted", Kind.YES_NO, True),
    )
    fields = (
        Field("fine_fen", "fine_fen", Kind.MONEY, True),
        Field("facts", "facts", Kind.LINES, True),
        Field("at", "at", Kind.INSTANT, True),
        Field("circumstances", "circumstances", Kind.MAP, True),
        Field("note", "note", Kind.AREA, False),
        Field(
            "part", "part", Kind.GROUP, False, fields=(Field("part.content", "content", Kind.TEXT, False),)
        ),
        Field("answers", "answers", Kind.ROWS, True, fields=row),
    )
    typed = {
        "fine_fen": ["1,234.50"],
        "facts": ["一\r\n\r\n 二 "],
        "at": ["2026-11-30T09:00"],
        "circumstances.PRIOR": ["NONE"],
        "note": [" "],
        "part.content": [""],
        "answers.0.number": ["1"],
        "answers.0.adopted": ["no"],
    }
    order = body_of(fields, typed)

    assert order == {
        "fine_fen": 123_450,
        "facts": ["一", "二"],
        "at": "2026-11-30T09:00:00+08:00",
        "circumstances": {"PRIOR": "NONE"},
        "answers": [{"number": 1, "adopted": False}],
    }
    assert body_of(fields, typed_of(fields, order)) == order
    assert body_of(fields, {"fine_fen": ["zwölf"]})["fine_fen"] == "zwölf"
