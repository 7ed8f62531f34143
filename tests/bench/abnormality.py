"""How often an ordinary device is flagged, and how often one that is out of line: `./mz bench abnormality [COUNTS]`.

Cities are generated from a seed: their devices differ from place to place as traffic does (log-normal), and from month
to month by chance and season. Nobody in them does wrong, so every flag is a false alarm. Then one device in a hundred
is spoilt as the one of Foshan was. COUNTS is a CSV with columns for a camera, a day and a count (`CAMERA ID`,
`VIOLATION DATE` as M/D/YYYY, `VIOLATIONS`): real figures of real cameras, which are read and not kept. No bar:
docs/abnormality.md says what the figures mean.
"""

from __future__ import annotations

import csv
import math
import random
import sys
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from common.values.abnormalityrules import Thresholds
from common.values.datafiles import load_profile
from common.values.ids import AgencyId, DeviceId
from device_registry.domain.abnormality import Flag, Observed, Recent, Verdict, Year, look
from device_registry.domain.device import DeviceKind, PlaceType
from device_registry.domain.peers import Peer

SEED: Final = 20260228
CITIES, DEVICES, AGENCIES = 20, 400, 8
NOON: Final = datetime(2026, 3, 1, 4, tzinfo=UTC)
_MONTH: Final = date(2026, 2, 1)
_FEN: Final = 10_000


def main() -> int:
    """Prints the figures."""
    law = load_profile("NJ").abnormality.thresholds
    wide = replace(law, rate_peers_least=100)
    print(f"seed {SEED}: {CITIES} cities of {DEVICES} devices, 13 months each, month 13 looked at")
    for name, limits in (("as the law page has it", law), ("rates of 100 peers or more", wide)):
        print(f"\n{name}")
        honest, spoilt = _generated(limits)
        _print("ordinary devices", honest)
        _print("spoilt devices", spoilt)
    for path in sys.argv[1:]:
        _print(f"\n{Path(path).name}, one city of cameras of one kind", _real(Path(path), law))
    return 0


def _generated(limits: Thresholds) -> tuple[list[Verdict], list[Verdict]]:
    honest: list[Verdict] = []
    spoilt: list[Verdict] = []
    for city in range(CITIES):
        dice = random.Random(SEED + city)
        devices = _city(dice)
        honest += look(devices, limits)
        bad = set(dice.sample(range(DEVICES), DEVICES // 100))
        mixed = [_spoilt(each) if n in bad else each for n, each in enumerate(devices)]
        spoilt += [verdict for n, verdict in enumerate(look(mixed, limits)) if n in bad]
    return honest, spoilt


def _city(dice: random.Random) -> list[Observed]:
    agencies = [AgencyId.new(NOON) for _ in range(AGENCIES)]
    peers = [
        Peer((code,), kind, place)
        for code in ("CM-01", "CM-03", "TR-02")
        for kind in (DeviceKind.FIXED_CAMERA, DeviceKind.MOBILE_VEHICLE)
        for place in (PlaceType.ROAD, PlaceType.PUBLIC_SPACE)
    ]
    weights = [8, 4, 2, 1] * 3
    return [_device(dice, dice.choice(agencies), dice.choices(peers, weights)[0]) for _ in range(DEVICES)]


def _device(dice: random.Random, agency: AgencyId, peer: Peer) -> Observed:
    # Places differ by a factor of about five between the tenth and the ninetieth of a hundred; months by a quarter.
    usual = math.exp(dice.gauss(math.log(60), 0.65))
    rate = math.exp(dice.gauss(math.log(0.0004), 0.5))
    months = [_month(dice, usual * (1 + 0.15 * math.sin(m / 2))) for m in range(13)]
    accepted = months[-1]
    captures = [round(month / dice.uniform(0.75, 0.95)) for month in months]
    disputes = sum(1 for _ in range(sum(months)) if dice.random() < 0.02)
    return Observed(
        DeviceId.numbered(dice.getrandbits(122)),
        agency,
        peer,
        _MONTH,
        28,
        accepted,
        accepted * _FEN,
        round(accepted / rate) if dice.random() < 0.5 else None,
        tuple(months[:12]),
        tuple(months[-7:]) if dice.random() < 0.1 else (),
        Recent(sum(captures[-3:]), round(sum(captures[-3:]) * dice.betavariate(2, 18))),
        Year(disputes, sum(1 for _ in range(disputes) if dice.random() < 0.04), sum(months[1:]) * _FEN),
    )


def _month(dice: random.Random, mean: float) -> int:
    return max(0, round(dice.gauss(mean, math.sqrt(mean) + 0.1 * mean)))


def _spoilt(device: Observed) -> Observed:
    """As at Foshan: 486 a day, about one in a hundred that passed."""
    accepted = 486 * device.days
    return replace(device, accepted=accepted, fine_fen=accepted * _FEN, passes=accepted * 103)


def _real(path: Path, limits: Thresholds) -> list[Verdict]:
    """Every camera and every month of the file, compared with all cameras of that month; counts alone are known."""
    counts: defaultdict[date, Counter[str]] = defaultdict(Counter)
    with path.open(newline="", encoding="utf-8-sig") as rows:
        for row in csv.DictReader(rows):
            if row["CAMERA ID"]:
                month, _, year = (int(part) for part in row["VIOLATION DATE"].split("/"))
                counts[date(year, month, 1)][row["CAMERA ID"]] += int(row["VIOLATIONS"])
    agency, peer = AgencyId.new(NOON), Peer(("RED",), DeviceKind.FIXED_CAMERA, PlaceType.ROAD)
    verdicts: list[Verdict] = []
    for month, cameras in sorted(counts.items()):
        before = [counts[earlier] for earlier in sorted(counts) if earlier < month]
        devices = [
            Observed(
                DeviceId.new(NOON), agency, peer, month, monthrange(month.year, month.month)[1], count, 0, None,
                tuple(earlier[camera] for earlier in before[-12:]), (), Recent(0, 0), Year(0, 0, 0),
            )
            for camera, count in sorted(cameras.items())
        ]  # fmt: skip
        verdicts += look(devices, limits)
    return verdicts


def _print(name: str, verdicts: Sequence[Verdict]) -> None:
    flags: Counter[Flag] = Counter(flag for verdict in verdicts for flag in verdict.flags)
    any_flag = sum(1 for verdict in verdicts if verdict.flags)
    breaks = sum(1 for verdict in verdicts if verdict.breaks)
    each = ", ".join(f"{flag} {_percent(flags[flag], len(verdicts))}" for flag in Flag)
    print(f"{name}: {len(verdicts)} device-months; any flag {_percent(any_flag, len(verdicts))},", end=" ")
    print(f"held {_percent(breaks, len(verdicts))}\n    {each}")


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %"


if __name__ == "__main__":
    sys.exit(main())
