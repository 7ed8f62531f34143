"""The command line: `python -I verify.py PATH --key VKEY …`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from ledger.verifier.bundle import verify_bundle
from ledger.verifier.exchange import in_english, verify_exchange
from ledger.verifier.log import verify_folder
from ledger.verifier.report import FORGED, NOT_VERIFIED, VERIFIED, Report
from ledger.verifier.trust import Trust
from ledger.verifier.usages import verify_usages


def main(arguments: list[str]) -> int:
    """Print the report. The exit code is 0 for VERIFIED, 1 for FORGED, 2 for NOT_VERIFIED."""
    parser = argparse.ArgumentParser(
        description="核验证据包或账本 · verify a court bundle or a ledger, offline"
    )
    parser.add_argument("path", type=Path, help="证据包 bundle.zip,账本目录,往来卷宗目录,或查询记录的证明")
    parser.add_argument(
        "--exchange", action="store_true", help="该目录是机关往来卷宗 · a dossier of an exchange"
    )
    parser.add_argument(
        "--usages", action="store_true", help="该目录是查询记录的证明 · a proof of who asked about a person"
    )
    parser.add_argument("--key", action="append", default=[], help="公布的根公钥或账本公钥 (vkey),可重复")
    parser.add_argument("--witness", action="append", default=[], help="见证人公钥 (vkey),可重复")
    parser.add_argument("--quorum", type=int, help="至少几个见证人副署,默认全部给出的")
    parser.add_argument(
        "--tsa", action="append", default=[], type=Path, help="时间戳机构的根证书 (PEM),可重复"
    )
    parser.add_argument("--monitor", action="append", default=[], help="监督方公钥 (vkey)")
    parser.add_argument("--checkpoint", type=Path, help="先前保存的检查点")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    try:
        trust = Trust.of(
            options.key,
            witnesses=options.witness,
            quorum=options.quorum,
            authorities=b"".join(path.read_bytes() for path in options.tsa),
            monitors=options.monitor,
            saved=options.checkpoint.read_bytes() if options.checkpoint else b"",
        )
    except (OSError, ValueError, IndexError) as error:
        parser.error(f"给出的公钥、证书或检查点读不出:{error}")
    report = _reader(options)(options.path, trust=trust)
    steps = [vars(step) | {"verdict": step.verdict} for step in report.steps]
    output = {
        "verdict": report.verdict,
        "keys": report.keys,
        "steps": steps,
        "closed": report.closed,
        "not_included": report.not_included,
        "not_checked": report.not_checked,
    }
    lines = report.lines() + (in_english(report) if options.exchange or options.usages else [])
    print(json.dumps(output, ensure_ascii=False) if options.json else "\n".join(lines))
    return {VERIFIED: 0, FORGED: 1, NOT_VERIFIED: 2}[report.verdict]


def _reader(options: argparse.Namespace) -> Callable[..., Report]:
    if options.exchange:
        return verify_exchange
    if options.usages:
        return verify_usages
    return verify_folder if options.path.is_dir() else verify_bundle


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
