"""The views of what a party hands in."""

from __future__ import annotations

from case.contract.files import FileView, PartView, StatementView, UploadView
from case.domain.contents import Defence
from case.domain.files import File
from case.domain.uploads import Upload
from case.store.dossiers import DefenceLine, Dossier
from case.store.filerows import name_in


def upload_view(upload: Upload) -> UploadView:
    """A file on its way."""
    return UploadView(
        number=upload.number,
        name=upload.name,
        size=upload.size,
        sha256=upload.sha256,
        parts=[PartView(n=part.n, size=part.size, sha256=part.sha256) for part in upload.parts],
        is_whole=upload.is_whole,
    )


def statement_views(dossier: Dossier) -> list[StatementView]:
    """Every statement of the party, in its words."""
    both = zip(dossier.case.defences, dossier.defences, strict=True)
    return [_statement(dossier, stated, line) for stated, line in both]


def _statement(dossier: Dossier, stated: Defence, line: DefenceLine) -> StatementView:
    named = [file for file in dossier.case.files if file.statement == stated.number]
    return StatementView(
        number=stated.number,
        submitted_at=stated.submitted_at,
        statement=line.texts.statement if line.texts else None,
        final=stated.final,
        answered=stated.answered,
        adopted=line.adopted,
        files=[file_view(file, name_in(dossier.file_names, file.number)) for file in named],
    )


def file_view(file: File, name: str | None = None) -> FileView:
    """A file of the case; without `name` nothing personal."""
    return FileView(
        number=file.number,
        name=name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        scan=file.scan,
        opens=file.opens,
        handed_in_at=file.handed_in_at,
        at_counter=file.taken_by is not None,
        statement=file.statement,
    )
