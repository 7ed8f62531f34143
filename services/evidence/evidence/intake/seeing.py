"""A foreign picture as we measured it, whatever protocol brought it."""

from __future__ import annotations

from evidence.domain.capture import Flag, Picture
from evidence.intake.images import Allowance, Decoders


async def see(
    decoders: Decoders, data: bytes, *, account: str, allowance: Allowance
) -> tuple[Picture, frozenset[Flag]]:
    """The picture `data` and what is odd about its bytes; what its sender says of it is the caller's to add.

    Raises Undecodable, Spent and DecoderAway, as `Decoders.decode`.
    """
    decoded = await decoders.decode(data, account=account, allowance=allowance)
    picture = Picture(
        sha256=decoded.sha256,
        sm3=decoded.sm3,
        size=len(data),
        media_type=decoded.media_type,
        width=decoded.width,
        height=decoded.height,
        colour=decoded.colour,
        dhash=decoded.dhash,
    )
    odd = {Flag.PICTURE_TRUNCATED: decoded.is_truncated, Flag.TRAILING_BYTES: decoded.has_trailing}
    return picture, frozenset(flag for flag, is_odd in odd.items() if is_odd)
