"""Files that a caller gives us or takes from us: declarations, verdicts, digests, ranges. No database, no clock."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.files.declared import Declared, disposition, is_name, require_declarable
from common.files.digests import digest_field, require_digest
from common.files.ranges import span_of
from common.files.verdicts import judge
from common.values.errors import Refusal

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20 + b"\x00\x00\x00\x00IEND\xae\x42\x60\x82"
FILES = {
    "application/json": (b'{"a":1}', "a.json"),
    "application/pdf": (b"%PDF-1.7\n%%EOF\n", "a.pdf"),
    "image/jpeg": (b"\xff\xd8\xff\xe0 \xff\xd9", "a.JPG"),
    "image/png": (PNG, "a.png"),
    "text/csv": ("车牌,时间\n".encode(), "a.csv"),
    "text/plain": ("调查报告".encode(), "a.txt"),
    "video/mp4": (b"\x00\x00\x00\x18ftypisom", "a.mp4"),
}


def declared(data: bytes, media_type: str, name: str = "a") -> Declared:
    return Declared(name, media_type, len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("media_type", FILES)
def test_a_file_of_each_type_is_accepted_and_no_other_type_is_seen_in_it(media_type: str) -> None:
    data, name = FILES[media_type]

    require_declarable(declared(data, media_type, name), most_bytes=100)

    assert judge(data, declared(data, media_type)).is_accepted
    others = {other for other in FILES if judge(data, declared(data, other)).is_accepted}
    # JSON is text, and a text may hold anything that is text.
    assert others - {"text/csv", "text/plain", "application/json"} <= {media_type}


@pytest.mark.parametrize("media_type", ["application/pdf", "image/jpeg", "image/png"])
def test_bytes_behind_the_end_of_a_file_are_seen(media_type: str) -> None:
    data = FILES[media_type][0] + b"PK\x03\x04" + b"0" * 2_000

    assert judge(data, declared(data, media_type)).codes == ("FILE_END_WRONG",)


@pytest.mark.parametrize(
    "name",
    ["", "a/b.pdf", "..", ".hidden", "con.pdf", "a\u202efdp.exe", "a\n.pdf", "a.pdf ", "x" * 121, 'a"b'],
)
def test_a_name_that_a_system_reads_as_more_is_none(name: str) -> None:
    assert not is_name(name)


def test_a_name_may_be_chinese_and_travels_in_ascii() -> None:
    assert is_name("移送书(第1号).pdf")
    assert disposition("移送书.pdf").isascii()


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_a_digest_is_of_these_bytes_and_no_others(data: bytes, other: bytes) -> None:
    require_digest(f"md5=:AAAA:, {digest_field(data)}", data)

    if data != other:
        with pytest.raises(Refusal) as refusal:
            require_digest(digest_field(data), other)
        assert refusal.value.errors[0].pointer == "/headers/Content-Digest"


@given(st.binary(min_size=1, max_size=60), st.integers(0, 80), st.integers(0, 80))
def test_a_range_is_the_bytes_that_it_names(data: bytes, first: int, last: int) -> None:
    def asked(field: str) -> bytes | None:
        try:
            return span_of(field, size=len(data), etag='"e"').of(data)
        except Refusal as refusal:
            fields = (refusal.code, refusal.headers["content-range"])
        assert fields == ("RANGE_NOT_SATISFIABLE", f"bytes */{len(data)}")
        return None

    assert asked(f"bytes={first}-") == (data[first:] or None)
    assert asked(f"bytes=-{last}") == (data[-last:] if last else None)
    if last < first:  # such a range is none, so the whole file comes
        assert asked(f"bytes={first}-{last}") == data
    else:
        assert asked(f"bytes={first}-{last}") == (data[first : last + 1] or None)


@pytest.mark.parametrize("field", ["", "bytes=-", "bytes=a-b", "lines=0-1", "bytes=0-1,2-3", "bytes=0-1-2"])
def test_what_is_no_single_range_of_bytes_gets_the_whole_file(field: str) -> None:
    span = span_of(field, size=10, etag='"e"')

    assert (span.status, span.first, span.last) == (200, 0, 9)
