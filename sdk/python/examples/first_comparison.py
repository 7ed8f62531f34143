"""The first comparison of a system: who is the holder of this plate, for one open case?

    python first_comparison.py settings.json partner.pem [plate]

`settings.json` is what `./mz sandbox enroll` prints; without a plate it asks about the one that the sandbox knows.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mingzheng_partner import Partner, PrivateKey, Problem, Settings
from mingzheng_partner.models import ComparisonOrder, ComparisonView


def main(settings_file: str, key_file: str, plate: str | None = None) -> int:
    members = json.loads(Path(settings_file).read_text("utf-8"))
    settings = Settings.of(members)
    order: ComparisonOrder = {
        "kind": "PLATE_OWNER",
        "purpose": "IDENTIFY_PARTY",
        "case_id": members["case_id"],
        "basis": [{"name": "中华人民共和国行政处罚法", "article": "第二十六条"}],
        "subject": {"kind": "PLATE", "value": plate or members["magic"]["plate"]["match"]},
    }
    with Partner(settings, PrivateKey.read(key_file, kid=settings.kid)) as partner:
        try:
            answer = partner.post("/v1/comparisons", order)
        except Problem as problem:
            print(problem, file=sys.stderr)
            return 1
        view: ComparisonView = answer.json()
        print("结论 · verdict", view["verdict"])
        for row in view["rows"] or []:
            print("数据 · row", json.dumps(row, ensure_ascii=False, sort_keys=True))
        for each in view["withheld"]:
            print("未提供 · withheld", each["pointer"], each["clause"])
        receipt = partner.receipt(answer.record_id or "")
        print("回执 · receipt", receipt.name, f"{receipt.index}/{receipt.size}", receipt.origin)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
