"""`./mz calendar`: shows which years' public holidays are known, or loads the notice of a year.

A notice goes into D/calendars, which every service of the installation reads. Deadlines that were provisional are dated
again by the case service's job, each with a record of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path

from common.values.notices import Notice, loaded, parse_notice, published
from ledger.keyfiles import replace_durably
from mz.operate.datadir import DataDir


def main(options: argparse.Namespace) -> int:
    folder = DataDir(options.data_dir).calendars
    if options.act == "show":
        try:
            notices = published() | loaded(folder)
        except ValueError as error:
            print(f"mz: {folder}: {error} (load that year again)", file=sys.stderr)
            return 2
        for notice in sorted(notices.values(), key=lambda notice: notice.year):
            print(
                f"{notice.year}  {notice.version}  {len(notice.days_off)} 天休假 (days off)  {notice.source}"
            )
        return 0
    if options.file is None or not options.source:
        print("mz: 用法: ./mz calendar load FILE --source 通知全称或文号 (name the notice)", file=sys.stderr)
        return 2
    try:
        notice, is_new = load(folder, options.file, source=options.source)
    except (OSError, ValueError) as error:
        print(f"mz: 未载入 {options.file.name}: {error} (not loaded)", file=sys.stderr)
        return 2
    state = "已载入" if is_new else "已是最新"
    print(
        f"{state} {notice.year} {notice.version}: {len(notice.days_off)} 天休假, {len(notice.make_up)} 天补班"
    )
    return 0


def load(folder: Path, file: Path, *, source: str) -> tuple[Notice, bool]:
    """Keep the notice in `file` as that of its year. Returns it, and False if it was loaded before.

    A corrected notice gets the next version number. Raises ValueError for a file that cannot be that notice.
    """
    raw = file.read_bytes()
    notice = parse_notice(raw, source=source)
    path = folder / f"calendar-{notice.year}.json"
    older = published().get(notice.year)
    if path.exists():
        # A file that cannot be read any more is replaced as if it were not there.
        with contextlib.suppress(ValueError):
            older = parse_notice(path.read_bytes())
    if older is not None and (older.days_off, older.make_up) == (notice.days_off, notice.make_up):
        return older, False
    number = 1 if older is None else int(older.version.rpartition(".")[2]) + 1
    notice = replace(notice, version=f"CN-{notice.year}.{number}")
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    document = notice.document(read_from=f"{file.name}, SHA-256 {hashlib.sha256(raw).hexdigest()}")
    text = json.dumps(document, ensure_ascii=False, indent=1)
    replace_durably(path, text.encode())
    return notice, True
