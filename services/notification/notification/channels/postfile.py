"""Letters for a print house: one folder an order, handed over when it is whole, taken when the print house says so.

    <folder>/out/<delivery>/letter.json      whom to, what to print, and the digest of every file
    <folder>/out/<delivery>/document.pdf     where the message carries a document
    <folder>/taken/<delivery>.json           {"code": "…", "reference": "…"}, written by the print house

A folder appears under its name by one rename, so the print house never sees half of it. Writing it twice makes the same
folder, so a repeat after a crash prints nothing twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from typing import Any

import orjson

from ledger.keyfiles import sync_durably
from notification.channels.configs import Provider
from notification.channels.letters import Letter
from notification.channels.smtp import Attachments
from notification.channels.texts import code_of
from notification.domain.answers import Answer, Verdict
from notification.domain.delivery import Basis

FORMAT = "mingzheng-print/1"


class PostFileCarrier:
    """Puts letters into the folder of one print house."""

    def __init__(self, provider: Provider, *, attachments: Attachments) -> None:
        assert provider.post is not None
        self.name, self.channel = provider.name, provider.channel
        self.level, self.weight = provider.level, provider.weight
        self._folder, self._attachments = provider.post.folder, attachments

    async def send(self, letter: Letter) -> Answer:
        files = {}
        if letter.attachment_sha256:
            files["document.pdf"] = await self._attachments(letter.attachment_sha256)
        manifest = manifest_of(letter, files)
        try:
            await asyncio.to_thread(self._write, letter.reference, manifest, files)
        except OSError as error:
            return Answer(Verdict.AWAY, code_of(type(error).__name__))
        return Answer(Verdict.TAKEN, "HANDED_OVER", is_bare=letter.is_bare, basis=Basis.RETURN_RECEIPT)

    async def ask(self, reference: str) -> Answer | None:
        """Whether the folder is there: then the order was given, whatever became of the process that gave it."""
        there = await asyncio.to_thread((self._folder / "out" / reference).is_dir)
        return Answer(Verdict.TAKEN, "HANDED_OVER") if there else Answer(Verdict.AWAY, "NOT_THERE")

    async def close(self) -> None:
        """Nothing stays open."""

    def _write(self, name: str, manifest: bytes, files: dict[str, bytes]) -> None:
        out = self._folder / "out"
        target, draft = out / name, out / f".{name}.{os.getpid()}"
        if target.is_dir():
            return
        draft.mkdir(parents=True, exist_ok=True)
        for file, content in {"letter.json": manifest, **files}.items():
            with (draft / file).open("wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
        sync_durably(draft)
        draft.rename(target)
        sync_durably(out)


def manifest_of(letter: Letter, files: dict[str, bytes]) -> bytes:
    """letter.json: it lists every other file with its length and its SHA-256."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "reference": letter.reference,
        "address": letter.address,
        "title": letter.title,
        "text": letter.whole,
        "large_print": letter.large_print,
        "values": dict(letter.values),
        "files": [
            {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in sorted(files.items())
        ],
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)


def acknowledgements(folder: Path) -> list[tuple[str, str]]:
    """What the print house said of orders that it took: our name of each and its code, by name."""
    found = []
    for path in sorted((folder / "taken").glob("dlv_*.json")):
        try:
            found.append((path.stem, code_of(orjson.loads(path.read_bytes()).get("code"))))
        except (OSError, ValueError, AttributeError):
            continue  # half written: the next look reads it whole
    return found
