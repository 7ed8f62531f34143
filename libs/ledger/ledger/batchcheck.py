"""Reads and checks a batch of records in another process: the two messages.

    question   <u32 length of the table><table><the notes, as relays send them>      table: the known signers, JSON
    answer     <u32 length of the columns><columns><prev and hash of each accepted record, 64 bytes>

The other process accepts only ordinary records: one signature, right, by a key of the table. The asking process reads
every other note by the rules, which say why it is refused: a record about keys, two signatures, a key that the table
lacks, a wrong signature, a note that is no record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import orjson

from ledger.entry import MAX_NOTE, Record, parse_record
from ledger.keys import NamedSigner, named_signer
from ledger.notes import Verifier, decode_batch, encode_batch
from ledger.signatures import SIGNATURE, Claim, Verdicts

_DIGEST: Final = 32


class Signed(NamedTuple):
    """A verified signature: the signer that the record names, and the public key that made it."""

    signer: NamedSigner
    public: bytes


class Reading(NamedTuple):
    """An accepted record and its verified signature."""

    record: Record
    signed: Signed


def question(notes: Sequence[bytes], signers: Mapping[NamedSigner, Verifier]) -> bytes:
    """The message that asks to read `notes`; `signers` are the known keys."""
    ordinary = {signer: key.public for signer, key in signers.items() if type(key) is Verifier}
    # An over-long note cannot be framed in 16 bits. Send an empty one, which the other process skips.
    return _framed(_table(ordinary)) + encode_batch(
        [note if len(note) <= MAX_NOTE else b"" for note in notes]
    )


def answer(question: bytes, *, verdicts: Verdicts) -> bytes:
    """Read the notes of `question`; the message that answers it."""
    table, body = _unframed(question)
    signers, notes = _signers(table), decode_batch(body)
    candidates: list[tuple[int, Record, int]] = []
    claims: list[Claim] = []
    for at, raw in enumerate(notes):
        try:
            record = parse_record(raw)
        except ValueError:
            continue
        signer = named_signer(record)
        key = signers.get(signer) if signer is not None else None
        signature = record.note.signatures[0].value
        # The compiled check reads signatures of this length only; another length would shift all that follow.
        if key is not None and len(signature) == SIGNATURE:
            number, public = key
            candidates.append((at, record, number))
            claims.append((public, signature, record.note.text))
    accepted = [one for one, is_right in zip(candidates, verdicts(claims), strict=True) if is_right]
    numbers: list[int | None] = [None] * len(notes)
    for at, _, number in accepted:
        numbers[at] = number
    records = [record for _, record, _ in accepted]
    columns = [
        numbers,
        [record.id_text for record in records],
        [record.type for record in records],
        [record.stream for record in records],
        [record.seq for record in records],
    ]
    digests = b"".join([record.prev + record.hash for record in records])
    return _framed(orjson.dumps(columns)) + digests


def readings(notes: Sequence[bytes], question: bytes, answer: bytes) -> list[Reading | None]:
    """The reading of each of `notes`; None for a note that was not accepted, and for all if `answer` is empty."""
    if not answer:
        return [None] * len(notes)
    by_number = [Signed(signer, public) for signer, (_, public) in _signers(_unframed(question)[0]).items()]
    columns, digests = _unframed(answer)
    numbers, ids, types, streams, seqs = orjson.loads(columns)
    accepted: list[Reading | None] = []
    at = 0
    for raw, number in zip(notes, numbers, strict=True):
        if number is None:
            accepted.append(None)
            continue
        place = 2 * _DIGEST * at
        prev, digest = digests[place : place + _DIGEST], digests[place + _DIGEST : place + 2 * _DIGEST]
        record = Record(raw, None, ids[at], types[at], streams[at], seqs[at], prev, digest, about_keys=False)
        accepted.append(Reading(record, by_number[number]))
        at += 1
    return accepted


def _table(signers: Mapping[NamedSigner, bytes]) -> bytes:
    return orjson.dumps([[noun, name, id.hex(), key.hex()] for (noun, name, id), key in signers.items()])


@lru_cache(maxsize=4)
def _signers(table: bytes) -> dict[NamedSigner, tuple[int, bytes]]:
    """Number in the table and public key of each signer."""
    return {
        (noun, name, bytes.fromhex(key_id)): (number, bytes.fromhex(public))
        for number, (noun, name, key_id, public) in enumerate(orjson.loads(table))
    }


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _unframed(data: bytes) -> tuple[bytes, bytes]:
    end = 4 + int.from_bytes(data[:4], "big")
    return data[4:end], data[end:]
