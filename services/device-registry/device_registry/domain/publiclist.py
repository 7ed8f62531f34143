"""The public list of each day, fixed in the ledger: a party can be shown that a device was published then (NJ 10).

    one line a device, canonical JSON (RFC 8785), by id ──SHA-256──▶ the file
    each line a leaf ──RFC 6962──▶ root ──────────────────────────▶ public_list.taken ──▶ ledger

The tree lets anybody check one line without the other hundred thousand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from common.values.calendar import legal_day
from common.values.facts import Fact
from common.values.ids import PublicListId
from device_registry.domain.compliance import passed_certificates
from device_registry.domain.device import Certificate, Function, Metrology
from ledger.canonical import canonical
from ledger.merkle import CompactRange, inclusion_path, leaf_hash, node_hash, resolve


@dataclass(frozen=True)
class PublicListTaken(Fact):
    """The list as it stood when `day` was over: its lines, its bytes, the SHA-256 of the file, the root of its tree."""

    type: ClassVar[str] = "public_list.taken"

    owner: PublicListId
    day: date
    devices: int
    size: int
    sha256: str
    root: str


@dataclass(frozen=True)
class PublicList:
    """The list of one day, without its lines."""

    id: PublicListId
    day: date
    devices: int
    size: int
    sha256: str
    root: str
    taken_at: datetime


def verified_until(
    functions: Iterable[Function], certificates: Sequence[Certificate], at: datetime
) -> date | None:
    """The last day on which every function that must be verified carries a certificate (Metrology 9).

    The day may be over. None if one of them has none that stands, and where no function must be verified.
    """
    days: list[date] = []
    for function in functions:
        if function.metrology is Metrology.MANDATORY:
            passed, _ = passed_certificates(function, certificates, at)
            if not passed:
                return None
            days.append(max(certificate.valid_until for certificate in passed))
    return min(days, default=None)


def due_day(last: date | None, *, at: datetime) -> date | None:
    """The day whose list is to be taken at `at`: the one that just ended, unless it is taken.

    Days that passed while nobody looked stay without a list: nobody saw what was published on them.
    """
    day = legal_day(at) - timedelta(days=1)
    return None if last is not None and last >= day else day


def lines_of(devices: Sequence[dict[str, Any]]) -> list[bytes]:
    """One line a device, in the order given, each without its end."""
    return [canonical(device) for device in devices]


def take(list_id: PublicListId, day: date, lines: Sequence[bytes]) -> tuple[PublicListTaken, bytes]:
    """The list of `day`, and the file that is kept: every line ends with a newline."""
    content = b"".join(line + b"\n" for line in lines)
    digest = hashlib.sha256(content).hexdigest()
    return PublicListTaken(list_id, day, len(lines), len(content), digest, root_of(lines).hex()), content


def begun(fact: PublicListTaken, *, at: datetime) -> PublicList:
    """The list that `fact`, recorded at `at`, begins."""
    return PublicList(fact.owner, fact.day, fact.devices, fact.size, fact.sha256, fact.root, at)


def root_of(lines: Sequence[bytes]) -> bytes:
    """The root of the tree over the lines."""
    tree = CompactRange()
    for line in lines:
        tree.append(leaf_hash(line))
    return tree.root()


def path_of(index: int, lines: Sequence[bytes]) -> list[bytes]:
    """The hashes that lead from the line `index` to the root, the lowest first."""
    levels = [[leaf_hash(line) for line in lines]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[n], below[n + 1]) for n in range(0, len(below) - 1, 2)])
    return resolve(inclusion_path(index, len(lines)), lambda node: levels[node[0]][node[1]])
