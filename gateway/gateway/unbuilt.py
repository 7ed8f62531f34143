"""The parts that the law demands and that are not built yet. `./mz golden` writes docs/NOT-BUILT.md from this list.

A call to one of these addresses is answered 501, so that its caller does not suspect a misspelt address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Part:
    """One part of the platform that is planned: `addresses` are templates; they include every address below."""

    zh: str
    en: str
    law: str
    addresses: tuple[str, ...]


PARTS: Final = (
    Part(
        "当场处罚(非现场案件的简易程序,默认不开通)",
        "a penalty on the spot in an off-site case, which no city has open",
        "APL 51, 52; ARL 23",
        ("/v1/cases/{case_id}/on-the-spot-decision",),
    ),
    Part(
        "按功能变更设备:目前重大变更使整台设备停用并重新审核,未受影响的功能不能继续使用",
        "material change of one function alone: until then the whole device leaves service and is reviewed anew, and"
        " what is not affected does not go on",
        "APL 41",
        ("/v1/devices/{device_id}/functions/{code}/material-changes",),
    ),
    Part(
        "群众举报、复核抽查", "tips of citizens, re-review of samples", "NJ 12, 17",
        ("/v1/tips", "/v1/captures/{evidence_id}/re-review"),
    ),
)  # fmt: skip

_ANY: Final = re.compile(
    "|".join(
        re.sub(r"\{\w+\}", "[^/]+", address) + "(?:/.*)?" for part in PARTS for address in part.addresses
    )
)


def is_unbuilt(path: str) -> bool:
    """Whether `path` belongs to a part of the platform that is planned and not built."""
    return _ANY.fullmatch(path) is not None
