"""Whether the bytes that came are the file that was declared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from common.files import sniff
from common.files.declared import Declared
from common.values.errors import InputError, Kind, Refusal


@dataclass(frozen=True)
class Verdict:
    """The faults of a file, each with a pointer into its declaration. Without faults it is accepted."""

    errors: tuple[InputError, ...] = ()

    @property
    def is_accepted(self) -> bool:
        return not self.errors

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(error.code for error in self.errors)

    def refusal(self) -> Refusal:
        """The refusal FILE_NOT_ACCEPTED that names every fault."""
        return Refusal(Kind.INVALID, "FILE_NOT_ACCEPTED", errors=self.errors)


def judge(data: bytes, declared: Declared) -> Verdict:
    """The verdict on `data`, which was declared as `declared`."""
    return Verdict(tuple(_faults(data, declared)))


def _faults(data: bytes, declared: Declared) -> Iterator[InputError]:
    if len(data) != declared.size:
        yield InputError("/size", "FILE_SIZE_WRONG", {"came": len(data), "declared": declared.size})
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 != declared.sha256:
        yield InputError("/sha256", "FILE_DIGEST_WRONG", {"computed": sha256})
    if not sniff.fits(data, declared.media_type):
        yield InputError("/media_type", "FILE_TYPE_WRONG", {"declared": declared.media_type})
    elif not sniff.is_whole(data, declared.media_type):
        yield InputError("/media_type", "FILE_END_WRONG", {"declared": declared.media_type})
