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
from ledger.verifier.notes import Checkpoint
from ledger.verifier.report import FORGED, NOT_VERIFIED, VERIFIED, Report
from ledger.verifier.services import verify_service
from ledger.verifier.trust import Trust
from ledger.verifier.usages import verify_usages
from ledger.verifier.x509 import certificates_in, readable

BROKEN = 3
"""The exit code where the program itself failed: no verdict."""


def main(arguments: list[str]) -> int:
    """Print the report. The exit code is 0 for VERIFIED, 1 for FORGED, 2 for NOT_VERIFIED, 3 for a fault of our own."""
    # A Chinese Windows writes GBK, which lacks ✓; a traceback would end with the exit code of FORGED.
    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(errors="backslashreplace")
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
    parser.add_argument(
        "--service", action="store_true", help="该目录是送达凭证 · a certificate of service of process"
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
            authorities=b"\n".join(map(_certificates, options.tsa)),
            monitors=options.monitor,
            saved=_checkpoint(options.checkpoint) if options.checkpoint else b"",
        )
    except (OSError, ValueError, IndexError) as error:
        parser.error(f"给出的公钥、证书或检查点读不出:{error}")
    reader = _reader(options)
    try:
        report = reader(options.path, trust=trust)
    except Exception as error:  # noqa: BLE001
        # An interpreter that ends with a traceback ends with the exit code of FORGED.
        broken = type(error).__name__
        print(
            f"核验程序自身出错,没有结论 · the verifier failed, this is no verdict: {broken}", file=sys.stderr
        )
        return BROKEN
    if reader is not verify_bundle:
        _must_be_made(report, trust)
    steps = [vars(step) | {"verdict": step.verdict} for step in report.steps]
    output = {
        "verdict": report.verdict,
        "keys": report.keys,
        "steps": steps,
        "closed": report.closed,
        "not_included": report.not_included,
        "not_checked": report.not_checked,
    }
    told_twice = options.exchange or options.usages or options.service
    lines = report.lines() + (in_english(report) if told_twice else [])
    print(json.dumps(output) if options.json else "\n".join(lines))
    return {VERIFIED: 0, FORGED: 1, NOT_VERIFIED: 2}[report.verdict]


def _reader(options: argparse.Namespace) -> Callable[..., Report]:
    if options.exchange:
        return verify_exchange
    if options.usages:
        return verify_usages
    if options.service:
        return verify_service
    return verify_folder if options.path.is_dir() else verify_bundle


def _certificates(path: Path) -> bytes:
    """The certificates in the file. A file without any, a failed download, would demand nothing in silence."""
    pem = path.read_bytes()
    if not any(True for _ in readable(certificates_in(pem))):
        raise ValueError(f"{path} 里没有可读的证书")
    return pem


def _checkpoint(path: Path) -> bytes:
    """The bytes of the checkpoint in the file. Raises ValueError if it is none."""
    return Checkpoint.parse(path.read_bytes()).note.raw


def _must_be_made(report: Report, trust: Trust) -> None:
    """A step that the reader demands and that a ledger, a dossier or a list lacks is a gap. A bundle has them all."""
    made = {step.name.split()[-1] for step in report.steps}
    demanded = {
        "末条之后无缺 monitor": trust.monitors,
        "记录在此之前 not-after": trust.authorities,
        "先前的检查点 saved": trust.saved,
    }
    for name, given in demanded.items():
        if given and name.split()[-1] not in made:
            report.step(name).open.append(
                "读者要求这一项,但没有做到:内容里没有它所需的,或者之前的核验已经停止"
            )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
