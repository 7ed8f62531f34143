"""Foreign pictures are decoded elsewhere, with little memory, and what breaks the decoder breaks nothing else."""

from __future__ import annotations

import io
import os
import re
import signal
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from evidence.intake.images import PROGRAM, Allowance, Decoded, DecoderAway, Decoders, Undecodable
from tests.evidence.intake.given import jpeg


@pytest.fixture
def decoder() -> Iterator[Decoders]:
    decoder = Decoders()
    yield decoder
    decoder.close()


def pid_of(decoder: Decoders) -> int:
    """The child that has decoded: the other one starts when two pictures come at once."""
    [pid] = [child.pid for child in decoder.children if child.pid is not None]
    return pid


def png(width: int, height: int, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height)).save(out, "PNG")
    return out.getvalue()


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 30,000 × 30,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    header = (30_000).to_bytes(4) * 2 + b"\x08\x02\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


async def test_a_picture_is_what_its_bytes_are(decoder: Decoders) -> None:
    assert await decoder.decode(jpeg(64, 48), account="cam1") == Decoded("image/jpeg", 64, 48, True)
    assert await decoder.decode(png(5, 7, "L"), account="cam1") == Decoded("image/png", 5, 7, False)


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", b"\xff\xd8\xff", b"x" * 1000, jpeg()[:1000], bomb(), b"%PDF-1.4"],
    ids=["empty", "gif", "magic", "noise", "cut", "bomb", "pdf"],
)
async def test_what_is_no_picture_is_refused_and_the_next_is_decoded(decoder: Decoders, data: bytes) -> None:
    with pytest.raises(Undecodable):
        await decoder.decode(data, account="cam1")

    assert (await decoder.decode(jpeg(), account="cam1")).width == 1280


async def test_a_child_that_died_is_started_again(decoder: Decoders) -> None:
    await decoder.decode(jpeg(), account="cam1")
    os.kill(pid_of(decoder), signal.SIGKILL)

    assert (await decoder.decode(jpeg(), account="cam1")).height == 720


def many_scans() -> bytes:
    """A progressive JPEG that goes over itself 1,000 times."""
    out = io.BytesIO()
    Image.new("L", (2000, 2000), 90).save(out, "JPEG", progressive=True)
    whole = out.getvalue()
    last = whole[whole.rfind(b"\xff\xda") : -2]
    return whole[:-2] + last * 1_000 + b"\xff\xd9"


async def test_a_picture_of_very_many_scans_is_refused_before_it_is_decoded(decoder: Decoders) -> None:
    with pytest.raises(Undecodable, match="at most 100 scans"):
        await decoder.decode(many_scans(), account="cam1")


async def test_the_child_can_open_nothing(decoder: Decoders) -> None:
    await decoder.decode(jpeg(), account="cam1")

    limits = Path(f"/proc/{pid_of(decoder)}/limits").read_text()

    assert re.search(r"Max open files\s+3\s+3\s", limits)


FRAIL = """
import runpy, sys
whole = runpy.run_path({program!r})["answer"]
def answer(data):
    if data == b"kill":
        sys.exit(1)
    return whole(data)
"""
"""A decoder that a certain picture breaks."""


@pytest.fixture
def frail(tmp_path: Path) -> Iterator[Decoders]:
    program = tmp_path / "frail.py"
    program.write_text(FRAIL.format(program=str(PROGRAM)))
    decoders = Decoders(program=program)
    yield decoders
    decoders.close()


async def test_a_picture_that_breaks_a_decoder_twice_is_to_blame_and_the_next_is_decoded(
    frail: Decoders,
) -> None:
    with pytest.raises(Undecodable, match="broke the decoder"):
        await frail.decode(b"kill", account="cam1")

    assert (await frail.decode(jpeg(), account="cam1")).width == 1280


async def test_a_decoder_that_fails_on_our_own_picture_is_the_servers_fault(
    tmp_path: Path,
) -> None:
    program = tmp_path / "later.py"
    decoder = Decoders(program=program)

    with pytest.raises(DecoderAway):
        await decoder.start()
    with pytest.raises(DecoderAway):
        await decoder.decode(jpeg(), account="cam1")
    program.write_text(PROGRAM.read_text())

    assert (await decoder.decode(jpeg(), account="cam1")).width == 1280
    decoder.close()


async def test_a_push_has_at_most_so_many_pixels(decoder: Decoders) -> None:
    allowance = Allowance(2 * 64 * 48)
    for _ in range(2):
        await decoder.decode(jpeg(64, 48), account="cam1", allowance=allowance)

    for _ in range(2):
        with pytest.raises(Undecodable, match="a push has at most 500,000,000 pixels"):
            await decoder.decode(jpeg(64, 48), account="cam1", allowance=allowance)
    assert allowance.pixels == -64 * 48


async def test_of_pictures_that_break_a_decoder_at_most_five_are_looked_at_for_one_push(
    frail: Decoders,
) -> None:
    allowance, looked_at = Allowance(), 0

    for _ in range(8):
        before = allowance.pixels
        with pytest.raises(Undecodable):
            await frail.decode(b"kill", account="cam1", allowance=allowance)
        looked_at += allowance.pixels < before

    assert looked_at == 5
