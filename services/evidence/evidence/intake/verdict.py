"""What a device signed of an object, whatever the protocol, and what speaks against it.

manifest ──read as an object is──▶ Said ──▶ differs from the object? ──yes──▶ quarantined (domain.signing)
                                            └──no──▶ words that were not signed: SIG_PARTIAL,
                                                     and left out unless their carrier vouches for them
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from evidence.domain.capture import Flag, Passage, Picture, Times, captured_at
from evidence.domain.manifest import Manifest
from evidence.domain.measurement import Measured
from evidence.domain.signed import Signed
from evidence.domain.signing import Said, Words, differences, only_signed
from evidence.intake import gat1400
from evidence.intake.accounts import Account
from evidence.intake.gat1400 import Item, values
from evidence.intake.signing import Proof, SigningKeys, prove


@dataclass(frozen=True)
class Verdict:
    """The signature that holds, if one does, the flags, and what of the object enters the capture."""

    signed: Signed | None
    flags: frozenset[Flag]
    words: Words
    pictures: tuple[Picture, ...]
    times: Times

    @property
    def is_proved(self) -> bool:
        """Whether the device signed the capture as it lies here."""
        return self.signed is not None and self.flags <= {Flag.SIG_PARTIAL}


def said_by(manifest: Manifest) -> tuple[Said, frozenset[Flag]]:
    """What a manifest says, through the functions that read an object, and what is odd about it."""
    told, flags = manifest.words, set[Flag]()
    subject, odd = gat1400.subject_with_flags(
        manifest.plate, manifest.plate_color, told.get("plate_class", "")
    )
    passage = Passage(
        values.lane(manifest.lane, flags),
        values.direction(told.get("direction"), flags),
        values.vehicle_class(told.get("vehicle_class"), flags),
    )
    words = Words(
        manifest.device_code,
        values.text(manifest.object_id, flags, values.LONGEST_ID) or "",
        manifest.shot_at,
        subject,
        passage,
        _measured(told, flags),
        values.violation(told.get("violation_code"), flags),
    )
    images = tuple(
        replace(
            image,
            type=gat1400.image_type(image.type, flags),
            image_id=values.text(image.image_id, flags, values.LONGEST_ID) or "",
        )
        for image in manifest.images
    )
    named = frozenset(told) | ({"lane"} if manifest.lane is not None else set())
    return Said(words, images, named), odd | flags


def _measured(told: dict[str, str], flags: set[Flag]) -> Measured | None:
    if weight := told.get("weight"):
        amount = {"x-measuredquantity": "WEIGHT", "x-measuredvalue": weight, "x-measuredunit": "kg"}
        return values.measured(amount, flags)
    return values.speed(told.get("speed"), flags)


def judge(
    proof: Proof | Flag | None,
    *,
    words: Words,
    pictures: tuple[Picture, ...],
    times: Times,
    received_at: datetime,
    is_vouched: bool,
) -> Verdict:
    """The verdict on an object. `is_vouched`: its carrier may bring captures that nobody signed.

    Where the carrier may not, a word that was not signed does not enter beside those that were: anybody on the way
    could have written it.
    """
    if not isinstance(proof, Proof):
        return Verdict(None, frozenset({proof} if proof else ()), words, pictures, times)
    said, _ = said_by(proof.manifest)
    signed = proof.signed(received_at=received_at)
    if flags := differences(said, words=words, pictures=pictures):
        return Verdict(signed, flags, words, pictures, times)
    kept, untimed = only_signed(said, words=words, pictures=pictures)
    if (kept, untimed) == (words, pictures):
        return Verdict(signed, frozenset(), words, pictures, times)
    partial = frozenset({Flag.SIG_PARTIAL})
    if is_vouched:
        return Verdict(signed, partial, words, pictures, times)
    # The time of capture was signed, whatever member of the object it stood in.
    return Verdict(signed, partial, kept, untimed, replace(times, passed_at=said.words.captured_at))


async def signature_of(
    keys: SigningKeys,
    account: Account,
    item: Item,
    code: str,
    pictures: tuple[Picture, ...],
    *,
    received_at: datetime,
    is_vouched: bool,
) -> Verdict:
    """The signature of the device `code` over `item` with these pictures.

    A device that signs signs every capture. Raises Refusal UNAVAILABLE when the registry does not answer, or when the
    signature cannot be checked on this machine.
    """
    words = Words(
        code,
        item.object_id,
        captured_at(item.times, pictures, received_at)[0],
        item.subject,
        item.passage,
        item.measured,
        item.violation_code,
    )
    proof: Proof | Flag | None
    if item.carried is not None:
        proof = await prove(keys, item.carried, device_id=account.devices[code])
    else:
        proof = Flag.SIG_MISSING if code in account.signing else None
    return judge(
        proof,
        words=words,
        pictures=pictures,
        times=item.times,
        received_at=received_at,
        is_vouched=is_vouched,
    )
