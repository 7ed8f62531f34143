"""Where a picture ends: a mark that is missing, a picture that was cut, bytes that follow."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image

from evidence.intake.decoding import answer, end_of
from tests.evidence.intake.given import jpeg

WHOLE = {"is_truncated": False, "has_trailing": False}


def noise(form: str = "JPEG", *, size: tuple[int, int] = (100, 75), **options: object) -> bytes:
    """A picture in which every block differs; 100 × 75 ends within a block."""
    pixels = random.Random(1400).randbytes(3 * size[0] * size[1])
    out = io.BytesIO()
    Image.frombytes("RGB", size, pixels).save(out, form, **options)
    return out.getvalue()


def with_thumbnail() -> bytes:
    """A JPEG with another whole JPEG in its Exif segment, end mark and all."""
    inner = b"Exif\0\0" + jpeg(64, 48)
    return b"\xff\xd8\xff\xe1" + (len(inner) + 2).to_bytes(2) + inner + noise()[2:]


JPEGS = {
    "baseline": noise(),
    "progressive": noise(progressive=True),
    "grey blocks": noise(subsampling=0, quality=95),
    "restarts": noise(restart_marker_blocks=3),
    "one colour": jpeg(64, 48),
    "thumbnail": with_thumbnail(),
}


def ends(data: bytes) -> dict[str, object]:
    """The part of the child's answer that is about ends; its error where there is one."""
    facts = answer(data)
    return {
        key: facts[key]
        for key in ("error", "is_truncated", "has_trailing")
        if key in facts and facts[key] is not False
    }


@pytest.mark.parametrize("data", JPEGS.values(), ids=JPEGS)
def test_a_jpeg_without_its_end_is_kept_and_a_cut_one_is_not(data: bytes) -> None:
    assert (end_of(data), ends(data)) == (len(data), {})
    assert ends(data[:-1]) == ends(data[:-2]) == {"is_truncated": True}
    assert ends(data + b"\0") == ends(data + b"after" * 100) == ends(data + data) == {"has_trailing": True}
    assert answer(data[:-2]).keys() - {"is_truncated"} == answer(data).keys() - {"has_trailing"}


@pytest.mark.parametrize("name", ["baseline", "grey blocks", "restarts", "thumbnail"])
def test_a_jpeg_that_was_cut_anywhere_within_its_picture_cannot_be_decoded(name: str) -> None:
    data = JPEGS[name]

    for missing in (*range(3, 20), 100, 1_000, len(data) // 2):
        assert (missing, "error" in ends(data[:-missing])) == (missing, True)


@pytest.mark.parametrize("cut", [0, 1, 2, 4, 100, 600])
def test_the_first_bytes_of_a_jpeg_alone_are_no_picture(cut: int) -> None:
    assert "error" in answer(JPEGS["baseline"][:cut])


def test_a_png_ends_with_its_last_chunk() -> None:
    data = noise("PNG")

    assert (end_of(data), ends(data)) == (len(data), {})
    assert ends(data + b"after the end") == {"has_trailing": True}
    assert end_of(data[:-1]) is None
    assert "error" in ends(data[: len(data) // 2])


def test_the_errors_of_pictures_begin_in_chinese() -> None:
    for data in (b"", b"GIF89a", JPEGS["baseline"][:600]):
        assert "\u4e00" <= answer(data)["error"][0] <= "\u9fff"
