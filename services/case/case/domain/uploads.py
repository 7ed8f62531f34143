"""A file on its way into a case: announced, sent in parts of 4 MiB, whole. A part that came is never lost."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from common.files.declared import PART_BYTES, is_name
from common.values.errors import InputError, Kind, Refusal
from common.values.handinginrules import HandingInRules
from common.values.ids import CaseId, OfficerId, PartyId
from common.values.law import APL_45


@dataclass(frozen=True)
class Part:
    """One part that came: its number, the digest of its bytes in hex, its size."""

    n: int
    sha256: str
    size: int


@dataclass(frozen=True)
class Upload:
    """One upload of a party. Its number becomes that of the file. `is_whole` once the file is in the case."""

    case_id: CaseId
    number: int
    party_id: PartyId
    taken_by: OfficerId | None
    name: str
    size: int
    sha256: str
    parts: tuple[Part, ...] = ()
    is_whole: bool = False


def require_room(name: str, size: int, rules: HandingInRules, *, case_id: CaseId, before: int) -> None:
    """Refusal FILE_NOT_ACCEPTED for a name or a size that no file has, CASE_UPLOADS_MANY for one too many."""
    errors = []
    if not is_name(name):
        errors.append(InputError("/name", "FILE_NAME_NOT_ALLOWED", {"most": 120}))
    if size > rules.file_bytes:
        errors.append(InputError("/size", "FILE_SIZE_NOT_ALLOWED", {"most": rules.file_bytes}))
    if errors:
        raise Refusal(Kind.INVALID, "FILE_NOT_ACCEPTED", errors=tuple(errors))
    if before >= rules.uploads_at_most:
        facts = {"case": case_id, "most": rules.uploads_at_most}
        raise Refusal(Kind.CONFLICT, "CASE_UPLOADS_MANY", facts, article=APL_45)


def require_pending(upload: Upload) -> None:
    """Refusal CASE_UPLOAD_COMPLETED once the file is in the case."""
    if upload.is_whole:
        facts = {"case": upload.case_id, "number": upload.number}
        raise Refusal(Kind.CONFLICT, "CASE_UPLOAD_COMPLETED", facts, article=APL_45)


def require_fitting(upload: Upload, part: int, size: int) -> None:
    """Refusal for a part that is empty or too large, or that makes the file larger than announced."""
    require_pending(upload)
    if not 0 < size <= PART_BYTES:
        raise Refusal(Kind.TOO_LARGE, "FILE_PART_SIZE", {"most": PART_BYTES})
    came = size + sum(each.size for each in upload.parts if each.n != part)
    if came > upload.size:
        error = InputError("/size", "FILE_SIZE_WRONG", {"came": came, "declared": upload.size})
        raise Refusal(Kind.INVALID, "FILE_NOT_ACCEPTED", errors=(error,))


def require_parts(upload: Upload) -> None:
    """Refusal CASE_PARTS_MISSING while a number is absent between the first part and the last, or no part came."""
    numbers = [part.n for part in upload.parts]
    if not numbers or numbers != list(range(1, len(numbers) + 1)):
        facts = {"case": upload.case_id, "number": upload.number, "came": numbers}
        raise Refusal(Kind.CONFLICT, "CASE_PARTS_MISSING", facts, article=APL_45)


def require_whole(upload: Upload, data: bytes) -> None:
    """Refusal FILE_NOT_ACCEPTED unless `data` is the file that was announced. Its parts stay, and can be sent again."""
    errors = []
    if len(data) != upload.size:
        errors.append(InputError("/size", "FILE_SIZE_WRONG", {"came": len(data), "declared": upload.size}))
    computed = hashlib.sha256(data).hexdigest()
    if computed != upload.sha256:
        errors.append(InputError("/sha256", "FILE_DIGEST_WRONG", {"computed": computed}))
    if errors:
        raise Refusal(Kind.INVALID, "FILE_NOT_ACCEPTED", errors=tuple(errors))


def require_unchanged(upload: Upload, read: Upload) -> None:
    """Refusal CASE_UPLOAD_CHANGED unless `upload` is what was `read`: a part may have come in between."""
    require_pending(upload)
    if upload.parts != read.parts:
        facts = {"case": upload.case_id, "number": upload.number}
        raise Refusal(Kind.CONFLICT, "CASE_UPLOAD_CHANGED", facts, article=APL_45)
