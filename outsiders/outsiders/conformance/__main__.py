"""`python -m outsiders.conformance SETTINGS.json --key private.pem`: the run, its table and its report.

Exit code 0: the platform held every check that was made. 1: it did not hold one. 2: there was nothing to begin with.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx

from outsiders.conformance.faults import faults, left_out
from outsiders.conformance.hooks import listening
from outsiders.conformance.partner import Partner
from outsiders.conformance.settings import Book, Check, Settings
from outsiders.conformance.signing import now
from outsiders.conformance.tokens import load_key
from outsiders.conformance.ways import Ways

_MARKS = {"PASSED": "✓", "FAILED": "✗", "LEFT_OUT": "–"}


def main() -> None:
    options = _options()
    try:
        settings = Settings.read(options.settings, options.address)
        key = load_key(options.key)
    except (OSError, ValueError) as error:
        print(f"未能开始 (couldn't begin): {error}", file=sys.stderr)
        raise SystemExit(2) from None
    host, _, port = options.listen.rpartition(":")
    with httpx.Client(trust_env=False, timeout=30) as http, listening(host, int(port)) as hints:
        partner = Partner(settings, key, http)
        url = options.hook_url or f"http://{host}:{hints.port}/hints"
        book = Book()
        for check in run(partner, Ways(partner, hints, url)):
            book.checks.append(check)
            print(line(check), flush=True)
    report = book.report(settings, datetime.fromtimestamp(now(), UTC).isoformat())
    text = json.dumps(report, ensure_ascii=False, indent=2)
    if options.report is not None:
        options.report.write_text(text + "\n")
    counts = report["counts"]
    print(
        f"\n通过 {counts['PASSED']},未通过 {counts['FAILED']},未作 {counts['LEFT_OUT']}"
        f" · {counts['PASSED']} passed, {counts['FAILED']} failed, {counts['LEFT_OUT']} left out"
    )
    raise SystemExit(0 if book.is_passed else 1)


def run(partner: Partner, ways: Ways) -> Iterator[Check]:
    """Every check, in its order: a good call, the faulty ones, and then whether they had an effect."""
    yield from guarded("opening", ways.opening)
    codes: list[str | None] = []
    for fault in faults(partner):
        for check in guarded(fault.code.lower(), lambda: iter([fault.check(partner)])):  # noqa: B023
            codes.append(check.code)
            yield check
    yield from left_out(partner)
    distinct = {code for code in codes if code}
    complaints = () if len(distinct) >= 30 else (f"only {len(distinct)} codes for {len(codes)} faults",)
    yield Check("codes", f"{len(distinct)} 种故障各有代码", f"{len(distinct)} codes of their own", complaints)
    yield from guarded("closing", ways.closing)


def guarded(name: str, checks: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """The checks; one that breaks on an answer of an unexpected form is one that was not held."""
    try:
        yield from checks()
    except (httpx.HTTPError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        complaint = f"{type(error).__name__}: {error}"
        yield Check(f"broken.{name}", "应答无法读取", "an answer that cannot be read", (complaint,))


def line(check: Check) -> str:
    """One line of the table."""
    told = check.left_out or "; ".join(check.complaints) or check.code or ""
    return f"{_MARKS[check.verdict]} {check.name:<34} {check.zh} · {check.en}" + (
        f"  [{told}]" if told else ""
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m outsiders.conformance", description=__doc__)
    parser.add_argument("settings", type=Path, help="JSON 设置 (what `./mz sandbox enroll` prints)")
    parser.add_argument("--key", type=Path, required=True, help="PEM 私钥 (private key, Ed25519 or P-256)")
    parser.add_argument("--address", help="监听地址,若与 origin 不同 (where the platform listens)")
    parser.add_argument("--report", type=Path, help="JSON 报告 (file for the report)")
    parser.add_argument("--listen", default="127.0.0.1:0", help="推送监听 (host:port for hints)")
    parser.add_argument("--hook-url", help="推送地址 (the address of that port as the platform reaches it)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
