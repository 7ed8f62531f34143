"""What the public list is searched by: pairs of letters of a device's place, and its code (NJ 10).

A device is found by a part of its place. Behind the fence of `devices` PostgreSQL uses an index for what is equal and
for no pattern, so the pairs of letters that stand side by side are kept, and the place itself is compared last.
"""

from __future__ import annotations

import re
from typing import Any, Final

import sqlalchemy as sa

from common.door.uow import Tx
from device_registry.domain.device import Device
from device_registry.store.tables import metadata

_CODE: Final = re.compile(r"[0-9]{20}")
_MOST: Final = 12
"""So many pairs of a long text are looked up."""

public_words = sa.Table(
    "public_words",
    metadata,
    sa.Column("word", sa.Text, primary_key=True),
    sa.Column("device_id", sa.Text, primary_key=True),
)


def searched(text: str) -> list[str]:
    """The words that each device has which the text finds; none for one letter, which is found by reading."""
    if _CODE.fullmatch(text):
        return [text]
    return sorted({text[at : at + 2] for at in range(len(text) - 1)})[:_MOST]


def has(device_id: sa.Column[Any], word: str) -> sa.ColumnElement[bool]:
    """Whether the device of this column has the word."""
    found = sa.select(public_words.c.device_id).where(public_words.c.word == word)
    return found.where(public_words.c.device_id == device_id).correlate(device_id.table).exists()


async def note(tx: Tx, device: Device) -> None:
    """Let the device be found at the place where it is published, and nowhere else."""
    await tx.conn.execute(sa.delete(public_words).where(public_words.c.device_id == device.id))
    insert = "INSERT INTO public_words (word, device_id) SELECT w, :id FROM words_of(:place, :code) w"
    await tx.conn.execute(sa.text(insert), {"id": device.id, "place": device.site.place, "code": device.code})
