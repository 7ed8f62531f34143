"""Prints each line that refers to a page which a reader of this repository cannot open. Part of `./mz check`.

A comment, docstring or page cites an article, an RFC, a C2SP page or a page under docs/. A section number without its
document is refused as well.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

from mz import ROOT

# In two parts, so that this file does not name itself.
_ELSEWHERE: Final = re.compile(
    "spec/" + r"(law|ledger|security|devices|exchange|ux|api)|" + r"decisions\.md|" + "shared" + "/"
)
_SECTION: Final = re.compile(r"§\s?\d+\.\d+")
_WITH_ITS_DOCUMENT: Final = re.compile(
    r"(PJ|RFC \d+|GA/T [\d.-]+|GB/T [\d.-]+|tlog-\w+|OpenID Connect Core 1\.0|Back-Channel Logout 1\.0) §\s?\d+\.\d+"
)
_NO_TEXT: Final = frozenset({".lock", ".json", ".png", ".csv", ".jpg", ".so"})


def unreachable(text: str) -> Iterator[int]:
    """The numbers of the lines of `text` that refer to something outside the repository."""
    for number, line in enumerate(text.splitlines(), start=1):
        if _ELSEWHERE.search(line) or _SECTION.search(_WITH_ITS_DOCUMENT.sub("", line)):
            yield number


def main() -> int:
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    count = 0
    for name in files.stdout.splitlines():
        path = ROOT / name
        if path.suffix in _NO_TEXT or not path.is_file():
            continue
        for number in unreachable(path.read_text(encoding="utf-8", errors="replace")):
            print(f"{name}:{number} refers to something that a reader cannot open")
            count += 1
    print(f"{count} references outside the repository")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
