"""A batch of records, read and checked in another process: what is asked there, and what comes back.

    question   <u32 length of the table><table><the notes, as relays send them>      table: who signs what, in JSON
    answer     <u32 length of the columns><columns><prev and hash of each that was read, 64 bytes>

A reading says what the record says and whose signature over it holds. Whatever is out of the ordinary (a record
about keys, two signatures, a key that the table does not name, a signature that does not hold, no record at all)
is not read: whoever asked reads it by the rules, which say why it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import orjson

from ledger.entry import MAX_NOTE, Record, parse_record
from ledger.keys import Asked, asked_of
from ledger.notes import Verifier, decode_batch, encode_batch
from ledger.signatures import SIGNATURE, Claim, Verdicts

_DIGEST: Final = 32


class Signed(NamedTuple):
    """A signature that holds: what a record claims about who signed it, and the public key that did."""

    asked: Asked
    public: bytes


class Reading(NamedTuple):
    record: Record
    signed: Signed


def question(notes: Sequence[bytes], signers: Mapping[Asked, Verifier]) -> bytes:
    """Asks to read `notes`, where `signers` are the keys by what a record claims."""
    ordinary = {asked: key.public for asked, key in signers.items() if type(key) is Verifier}
    # What is too long to travel is no record either: in its place goes something that is not read.
    return _framed(_table(ordinary)) + encode_batch(
        [note if len(note) <= MAX_NOTE else b"" for note in notes]
    )


def answer(question: bytes, *, verdicts: Verdicts) -> bytes:
    """Read what `question` asks for."""
    table, notes = _unframed(question)
    signers = _signers(table)
    read: list[tuple[int, Record, int]] = []
    claims: list[Claim] = []
    notes_in = decode_batch(notes)
    for at, raw in enumerate(notes_in):
        try:
            record = parse_record(raw)
        except ValueError:
            continue
        asked = asked_of(record)
        found = signers.get(asked) if asked is not None else None
        signature = record.note.signatures[0].value
        # One of another length never holds, and would shift what the compiled check reads after it.
        if found is not None and len(signature) == SIGNATURE:
            number, public = found
            read.append((at, record, number))
            claims.append((public, signature, record.note.text))
    held = [one for one, holds in zip(read, verdicts(claims), strict=True) if holds]
    who: list[int | None] = [None] * len(notes_in)
    for at, _, number in held:
        who[at] = number
    records = [record for _, record, _ in held]
    columns = [
        who,
        [record.id_text for record in records],
        [record.type for record in records],
        [record.stream for record in records],
        [record.seq for record in records],
    ]
    digests = b"".join([record.prev + record.hash for record in records])
    return _framed(orjson.dumps(columns)) + digests


def readings(notes: Sequence[bytes], asked: bytes, answer: bytes) -> list[Reading | None]:
    """What became of each of `notes`; None for one that was not read, and for all if there is no `answer`."""
    if not answer:
        return [None] * len(notes)
    by_number = [Signed(claim, public) for claim, (_, public) in _signers(_unframed(asked)[0]).items()]
    columns, digests = _unframed(answer)
    who, ids, types, streams, seqs = orjson.loads(columns)
    found: list[Reading | None] = []
    at = 0
    for raw, number in zip(notes, who, strict=True):
        if number is None:
            found.append(None)
            continue
        place = 2 * _DIGEST * at
        prev, digest = digests[place : place + _DIGEST], digests[place + _DIGEST : place + 2 * _DIGEST]
        record = Record(raw, None, ids[at], types[at], streams[at], seqs[at], prev, digest, about_keys=False)
        found.append(Reading(record, by_number[number]))
        at += 1
    return found


def _table(signers: Mapping[Asked, bytes]) -> bytes:
    return orjson.dumps([[noun, name, id.hex(), key.hex()] for (noun, name, id), key in signers.items()])


@lru_cache(maxsize=4)
def _signers(table: bytes) -> dict[Asked, tuple[int, bytes]]:
    """Number in the table and public key of each claim."""
    return {
        (noun, name, bytes.fromhex(key_id)): (number, bytes.fromhex(public))
        for number, (noun, name, key_id, public) in enumerate(orjson.loads(table))
    }


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _unframed(data: bytes) -> tuple[bytes, bytes]:
    end = 4 + int.from_bytes(data[:4], "big")
    return data[4:end], data[end:]
