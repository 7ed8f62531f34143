"""What a capture keeps of the signature of its device, and how near to its source it was signed.

T0   nobody signed it: the platform fixed it when it arrived      平台接收时固定
T1   our own gateway beside the camera signed it                  边缘签名
T2   the camera signed it                                         设备源头签名
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How near to its source a capture was signed."""

    T0 = "T0"
    T1 = "T1"
    T2 = "T2"


@dataclass(frozen=True)
class Signed:
    """A manifest whose signature holds: by which key, and its place in the chain of that key.

    `is_of_the_past` says that the key was revoked or had expired when the capture arrived, not when it was taken.
    """

    kid: str
    algorithm: str
    level: Level
    seq: int
    prev: str
    manifest_sha256: str
    is_of_the_past: bool = False
