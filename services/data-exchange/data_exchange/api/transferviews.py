"""Transfers and uploads as wire models."""

from __future__ import annotations

from collections.abc import Sequence

from common.door.uow import Tx, View
from common.files.declared import PART_BYTES
from common.policy import Actor
from data_exchange.api.views import exchange_view
from data_exchange.contract.transfers import CaseTransferView, FileView, PartView, UploadView
from data_exchange.domain.packages import required
from data_exchange.domain.transfers import FileEntry, Transfer
from data_exchange.domain.uploads import Upload
from data_exchange.store import transfers
from data_exchange.store.papers import list_papers

_OWN = CaseTransferView.model_fields.keys() & Transfer.__dataclass_fields__.keys() - {"files"}
"""The fields of the view that are the transfer's own."""


async def transfer_view(v: View | Tx, transfer: Transfer, actor: Actor) -> CaseTransferView:
    """The transfer as `actor` sees it."""
    names = await transfers.list_names(v, transfer.id)
    head = exchange_view(transfer.exchange, await list_papers(v, transfer.id), actor)
    there = {file.enclosure for file in transfer.files}
    return CaseTransferView.model_validate(
        dict(head)
        | {name: getattr(transfer, name) for name in _OWN}
        | {
            "missing": [enclosure for enclosure in required(transfer) if enclosure not in there],
            "files": _files(transfer, names),
        }
    )


def upload_view(upload: Upload) -> UploadView:
    declared = upload.declared
    return UploadView(
        upload=upload.n,
        enclosure=upload.enclosure,
        name=declared.name,
        media_type=declared.media_type,
        size=declared.size,
        sha256=declared.sha256,
        level=upload.level,
        part_bytes=PART_BYTES,
        parts=[PartView(part=part.n, size=part.size, sha256=part.sha256) for part in upload.parts],
        verdict=upload.verdict,
        codes=list(upload.codes or ()),
    )


def _files(transfer: Transfer, names: Sequence[str | None]) -> list[FileView]:
    return [_file(transfer, file, name) for file, name in zip(transfer.files, names, strict=True)]


def _file(transfer: Transfer, file: FileEntry, name: str | None) -> FileView:
    href = f"/v1/case-transfers/{transfer.id}/files/{file.n}"
    return FileView.model_validate({**vars(file), "name": name, "href": href})
