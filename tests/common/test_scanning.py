"""The scanner's word on a file: OK and FOUND count, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.files.scanned import Scan
from common.files.scanning import Scanner
from common.files.sniff import UNKNOWN, type_of
from tests.common.test_files import FILES
from tests.fakes.clamd import EICAR, clamd


async def test_a_file_is_scanned_over_tcp_and_over_a_unix_socket(tmp_path: Path) -> None:
    for path in ("", str(tmp_path / "clamd.sock")):
        async with clamd(path) as (fake, address):
            scanner = Scanner(address)
            assert await scanner.scan(b"x" * 200_000) is Scan.CLEAN
            assert await scanner.scan(b"before " + EICAR) is Scan.INFECTED
            assert fake.seen == [200_000, 7 + len(EICAR)]


@pytest.mark.parametrize(
    "answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK", b"\0", b"x" * 9_999]
)
async def test_any_other_word_and_none_leave_the_file_unscanned(answer: bytes) -> None:
    async with clamd() as (fake, address):
        fake.answer = answer
        assert await Scanner(address).scan(EICAR) is Scan.NOT_SCANNED
    assert await Scanner(address).scan(EICAR) is Scan.NOT_SCANNED  # the scanner is away
    assert await Scanner().scan(EICAR) is Scan.NOT_SCANNED


@pytest.mark.parametrize("address", ["clamd", "tcp:host", "tcp::3310", "unix:", "http://host:3310"])
def test_an_address_of_another_form_is_refused_at_start(address: str) -> None:
    with pytest.raises(ValueError, match="tcp:<host>:<port>"):
        Scanner(address)


def test_the_type_of_a_file_is_what_its_bytes_show() -> None:
    shown = {media_type: type_of(data) for media_type, (data, _) in FILES.items()}

    assert shown == {name: name for name in FILES} | {
        "text/csv": "text/plain",
        "application/json": "text/plain",
    }
    assert type_of(b"MZ\x90\x00") == type_of(b"PK\x03\x04") == UNKNOWN
