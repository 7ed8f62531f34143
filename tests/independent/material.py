"""A log of 70,000 entries as our system serves it, and the questions that other people's verifiers are asked about it.

    <folder>/tile/…                 every tile of every size asked about: partial ones lie beside each other
    <folder>/altered/<size>/tile/…  the same with one hash changed (tiles in between are links)
    <folder>/checkpoint/…  entry/…  proof/…  consistency/…    sound and altered
    <folder>/log.vkey               the log's public key
    <folder>/questions.tsv          number, kind, paths, whether to accept, size, what was altered

The log is made by the sequencer on a real PostgreSQL and read through the gateway, path by path.
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.values.ids import EvidenceId
from ledger.keyfiles import NoteKey
from ledger.notes import decode_batch
from ledger.tiles import WIDTH, Tile, path_of
from ledger.trust import ed25519_message
from mz.postgres import EmbeddedPostgres
from tests.ledger.given import START, Stream
from tests.scratch import scratch
from tests.snapshots import Snapshots
from tests.world import World

SIZES: Final = (1, 2, 3, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 70_000)
_AT_ONCE: Final = 512


@dataclass
class Material:
    """What is written so far."""

    folder: Path
    questions: list[tuple[str, ...]] = field(default_factory=list)

    def write(self, name: str, content: bytes) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return name

    def ask(self, kind: str, *paths: str, size: int, altered: str = "") -> None:
        """`altered` says what is wrong with it, "" that nothing is and it must be accepted."""
        verdict = "refuse" if altered else "accept"
        number = str(len(self.questions))
        self.questions.append((number, kind, " ".join(paths), verdict, str(size), altered or "-"))

    def finish(self) -> None:
        self.write("questions.tsv", "".join("\t".join(q) + "\n" for q in self.questions).encode())


@asynccontextmanager
async def a_world(folder: Path) -> AsyncIterator[World]:
    """A system on a PostgreSQL of its own."""
    with scratch() as home:
        postgres = EmbeddedPostgres(home / "pg", fast=True)
        async with Snapshots(postgres.start(), folder, {}).world() as world:
            yield world


async def make(folder: Path) -> Material:
    """Grow a log to 70,000 entries, and write down what was served at each of `SIZES`."""
    material = Material(folder)
    with tempfile.TemporaryDirectory(prefix="mz-independent-") as data:
        async with a_world(Path(data)) as world:
            log = world.installation.log_key
            material.write("log.vkey", log.vkey.encode() + b"\n")
            known: dict[int, bytes] = {}
            for size in SIZES:
                await _grow(world, size)
                known[size] = await _checkpoint(world, size)
                await _tiles(material, world, size)
                _ask_about_checkpoint(material, size, known[size], log)
                await _ask_about_inclusion(material, world, size, known)
                await _ask_about_consistency(material, world, size, known)
                _ask_about_tiles(material, size)
    material.finish()
    return material


async def _grow(world: World, size: int) -> None:
    sequencer = world.runtimes["evidence"].ledger
    signer = world.runtimes["evidence"].db.signer
    while (now := await _size(world)) < size:
        count = min(_AT_ONCE, size - now)
        stream = Stream(EvidenceId.new(START).stream, signer)
        await sequencer.append_all(stream.take(count))


async def _size(world: World) -> int:
    return int((await _get(world, "/ledger/checkpoint")).split(b"\n")[1])


async def _get(world: World, path: str, **options: str) -> bytes:
    answer = await world.anonymous.get(path, **({"headers": options} if options else {}))
    assert answer.status_code == 200, (path, answer.text)
    return answer.content


async def _checkpoint(world: World, size: int) -> bytes:
    proof = await _proof(world, 0, size)
    return proof.partition(b"\n\n")[2]


async def _proof(world: World, index: int, size: int) -> bytes:
    return await _get(world, f"/v1/ledger/proofs/{index}?size={size}", accept="text/plain")


def _tiles_of(size: int) -> Iterable[Tile]:
    """All tiles of a log of `size`, hashes and entries."""
    for n in range(-(-size // WIDTH)):
        yield Tile(None, n, min(WIDTH, size - n * WIDTH))
    level = 0
    while nodes := size >> 8 * level:
        for n in range(-(-nodes // WIDTH)):
            yield Tile(level, n, min(WIDTH, nodes - n * WIDTH))
        level += 1


async def _tiles(material: Material, world: World, size: int) -> None:
    for tile in _tiles_of(size):
        path = path_of(tile)
        if not (material.folder / path).exists():
            material.write(path, await _get(world, f"/ledger/{path}"))


def _ask_about_checkpoint(material: Material, size: int, note: bytes, log: NoteKey) -> None:
    def ask(name: str, content: bytes, altered: str = "") -> None:
        path = material.write(f"checkpoint/{size}-{name}", content)
        material.ask("checkpoint", path, size=size, altered=altered)

    text = note[: note.index(b"\n\n") + 1]
    ask("sound", note)
    ask("cosigned", note + _cosignature(text) + _unknown(log.name))
    impostor = NoteKey(log.name, Ed25519PrivateKey.from_private_bytes(bytes([9]) * 32))
    ask("impostor", impostor.note(text), "signed by another key of the same name")
    _, count, root, _ = text.split(b"\n")
    other = base64.b64encode(_flipped(base64.b64decode(root), 0))
    ask("other-root", note.replace(root, other), "another root under the old signature")
    ask("other-size", note.replace(b"\n" + count + b"\n", b"\n%d\n" % (size + 1)), "another size")


def _cosignature(text: bytes) -> bytes:
    """A line as a witness adds it: Ed25519 of type 0x04 (c2sp.org/tlog-cosignature)."""
    key, at = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32), 1_764_000_000
    signature = at.to_bytes(8, "big") + key.sign(ed25519_message(text, at))
    return "— witness.example/w1 ".encode() + base64.b64encode(b"\x04\x05\x06\x07" + signature) + b"\n"


def _unknown(name: str) -> bytes:
    """A line of the log's own name and an algorithm that the verifier has never heard of, as SM2's is."""
    return f"— {name} ".encode() + base64.b64encode(b"\xff\xfe\xfd\xfc" + bytes(range(64))) + b"\n"


async def _ask_about_inclusion(material: Material, world: World, size: int, known: dict[int, bytes]) -> None:
    async def entry(index: int) -> bytes:
        path = material.folder / path_of(
            Tile(None, index // WIDTH, min(WIDTH, size - index // WIDTH * WIDTH))
        )
        return decode_batch(path.read_bytes())[index % WIDTH]

    for index in sorted({0, size // 2, 255, 256, size - 1} & set(range(size))):
        raw, proof = await entry(index), await _proof(world, index, size)
        name = f"{size}-{index}"
        sound = material.write(f"entry/{name}", raw), material.write(f"proof/{name}", proof)
        material.ask("inclusion", *sound, size=size)
        flipped = material.write(f"entry/{name}-flipped", _flipped(raw, len(raw) // 2))
        material.ask("inclusion", flipped, sound[1], size=size, altered="one bit of the entry")
        if size == 1:
            continue
        head, blank, note = proof.partition(b"\n\n")
        lines = head.split(b"\n")
        for what, changed in {
            "the index": [lines[0], b"index %d" % ((index + 1) % size), *lines[2:]],
            "a hash left out": lines[:-1],
            "a hash changed": [*lines[:-1], base64.b64encode(_flipped(base64.b64decode(lines[-1]), 31))],
        }.items():
            path = material.write(
                f"proof/{name}-{what.replace(' ', '-')}", b"\n".join(changed) + blank + note
            )
            material.ask("inclusion", sound[0], path, size=size, altered=what)
        older = max(old for old in known if old < size)
        other = material.write(f"proof/{name}-other-root", head + blank + known[older])
        material.ask("inclusion", sound[0], other, size=size, altered="the checkpoint of another size")


async def _ask_about_consistency(
    material: Material, world: World, size: int, known: dict[int, bytes]
) -> None:
    import orjson

    new = f"checkpoint/{size}-sound"
    for old in [old for old in known if old < size]:
        answer = orjson.loads(await _get(world, f"/v1/ledger/consistency-proofs?from={old}&to={size}"))
        hashes = [line.encode() for line in answer["hashes"]]
        name, before = f"consistency/{old}-{size}", f"checkpoint/{old}-sound"
        sound = material.write(name, b"\n".join(hashes) + b"\n")
        material.ask("consistency", before, new, sound, size=size)
        cut = material.write(f"{name}-cut", b"".join(line + b"\n" for line in hashes[:-1]))
        material.ask("consistency", before, new, cut, size=size, altered="a hash left out")
        changed = base64.b64encode(_flipped(base64.b64decode(hashes[0]), 5))
        path = material.write(f"{name}-changed", b"\n".join([changed, *hashes[1:]]) + b"\n")
        material.ask("consistency", before, new, path, size=size, altered="a hash changed")


def _ask_about_tiles(material: Material, size: int) -> None:
    """The whole log at this size; then with one hash of a tile changed, then with one entry changed."""
    checkpoint = f"checkpoint/{size}-sound"
    material.ask("log", ".", checkpoint, size=size)
    n = (size // 2) // WIDTH
    width = min(WIDTH, size - n * WIDTH)
    for what, tile in {"a hash in a tile": Tile(0, n, width), "an entry": Tile(None, n, width)}.items():
        folder = f"altered/{size}-{'tile' if tile.level == 0 else 'entry'}"
        for other in _tiles_of(size):
            path = material.folder / folder / path_of(other)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.hardlink_to(material.folder / path_of(other))
        path = material.folder / folder / path_of(tile)
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(_flipped(content, len(content) // 2))
        material.ask("log", folder, checkpoint, size=size, altered=what)


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
