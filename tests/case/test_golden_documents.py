"""Every document of a case says what its golden text says, and nothing mandatory can be left out.

A template that changes on purpose: `./mz test tests/case/test_golden_documents.py --write-golden`, then read the
difference in `tests/case/golden/` as the party will.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from pathlib import Path

import pytest

from case.documents import TEMPLATES, DocumentKind
from common.documents.content import Content
from common.values.errors import Refusal
from tests.case.samples import every_sample, printed_lines

GOLDEN = Path(__file__).parent / "golden"
SAMPLES = every_sample()


def parts(value: object) -> Iterator[Content]:
    """`value` and every content within it."""
    if isinstance(value, tuple):
        for item in value:
            yield from parts(item)
    elif isinstance(value, Content):
        yield value
        for field in fields(value):
            yield from parts(getattr(value, field.name))


def all_below(parent: type[Content]) -> set[type[Content]]:
    return {each for child in parent.__subclasses__() for each in (child, *all_below(child))}


def whole() -> dict[type[Content], Content]:
    """One value of each class of content that a sample has: the same for all of them, whatever the document."""
    return {type(part): part for _, content in SAMPLES.values() for part in parts(content)}


MANDATORY = [
    (content, field.name)
    for _, content in sorted(whole().items(), key=lambda item: item[0].__name__)
    for field in fields(content)
    if field.default is MISSING
]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_document_says_what_its_golden_text_says(name: str, request: pytest.FixtureRequest) -> None:
    kind, content = SAMPLES[name]
    path = GOLDEN / f"{name}.txt"

    printed = printed_lines(kind, content)

    if request.config.getoption("--write-golden"):
        path.write_text(printed)
    assert path.exists(), f"no golden text {path.name}: see this module's first lines"
    assert printed == path.read_text()


def test_every_kind_of_document_has_a_sample_and_no_golden_text_is_left_over() -> None:
    assert set(TEMPLATES) == set(DocumentKind) == {kind for kind, _ in SAMPLES.values()}
    assert all(isinstance(content, TEMPLATES[kind].content) for kind, content in SAMPLES.values())
    assert {path.stem for path in GOLDEN.iterdir()} == set(SAMPLES)


def test_every_class_of_content_is_in_a_sample() -> None:
    ours = {each for each in all_below(Content) if each.__module__.startswith("case.")}

    assert sorted(each.__name__ for each in ours - set(whole())) == []


@pytest.mark.parametrize(
    ("content", "field"), MANDATORY, ids=[f"{type(content).__name__}-{field}" for content, field in MANDATORY]
)
def test_no_mandatory_field_can_be_left_out(content: Content, field: str) -> None:
    value = getattr(content, field)
    empty: object = "  " if isinstance(value, str) else () if isinstance(value, tuple) else None

    with pytest.raises(Refusal) as refusal:
        replace(content, **{field: empty})

    assert refusal.value.code == "DOC_FIELD_MISSING"
    assert f"/{field}" in [error.pointer for error in refusal.value.errors]
