"""What a device signed of an object of GA/T 1400, and what speaks against it."""

from __future__ import annotations

from datetime import datetime

from evidence.domain.capture import Flag, Picture, captured_at
from evidence.domain.signed import Signed
from evidence.domain.signing import Words, differences
from evidence.intake import gat1400
from evidence.intake.accounts import Account
from evidence.intake.gat1400 import Item
from evidence.intake.signing import Proof, SigningKeys, prove


async def signature_of(
    keys: SigningKeys,
    account: Account,
    item: Item,
    code: str,
    pictures: tuple[Picture, ...],
    *,
    received_at: datetime,
) -> tuple[Signed | None, frozenset[Flag]]:
    """The signature of the device `code` over `item` with these pictures: proved if it is there and no flag is.

    A device that signs signs every capture. Raises Refusal UNAVAILABLE when the registry does not answer.
    """
    if item.carried is None:
        return None, frozenset({Flag.SIG_MISSING} if code in account.signing else ())
    proof = await prove(keys, item.carried, device_id=account.devices[code])
    if not isinstance(proof, Proof):
        return None, frozenset({proof})
    words = Words(
        code,
        item.object_id,
        captured_at(item.times, pictures, received_at)[0],
        item.subject,
        item.passage,
        item.measured,
        item.violation_code,
    )
    signed = gat1400.subject_of(proof.manifest.plate, proof.manifest.plate_color)
    return proof.signed, differences(proof.manifest, signed=signed, words=words, pictures=pictures)
