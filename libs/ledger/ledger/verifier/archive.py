"""The files of a court bundle, a ZIP archive that is read in place, and those of a dossier, a folder.

Both have the same layout; `KNOWN` and `DOSSIER` are the names that their files may have.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from ledger.verifier.report import Fault

LARGEST = 64_000_000
"""The most bytes that one file may have."""

KNOWN = re.compile(
    r"README\.zh-CN\.md|report\.html|verify/verify\.(py|sh)|keys/policy\.txt|checkpoints/(lower|upper|final)\.note"
    r"|(keys|records|sm3/anchors)/\d+\.entry|(keys|proofs|sm3/proofs|sm3/anchors)/\d+\.tlog-proof"
    r"|sm3/(checkpoint\.note|anchor-final\.txt)|consistency/(lower|upper|statement)-final\.txt"
    r"|timestamps/[^/]+\.(tsr|pem)|statements/[^/]+\.note|disclosures/[^/]+\.json|media/[^/]+\.(jpg|png)"
)
"""The files of a bundle that some step verifies, and those that only explain the others."""

DOSSIER = re.compile(
    r"README\.md|verify/verify\.py|keys/policy\.txt|checkpoints/final\.note|(keys|records)/\d+\.entry"
    r"|(keys|proofs)/\d+\.tlog-proof|files/[0-9a-f]{64}|disclosures/[0-9a-f]{64}\.json"
)
"""The same for a dossier of an exchange between agencies."""

USAGES = re.compile(
    r"README\.md|usages\.json|verify/verify\.py|keys/policy\.txt|checkpoints/final\.note|(keys|records)/\d+\.entry"
    r"|(keys|proofs)/\d+\.tlog-proof|statements/completeness\.note|consistency/statement-final\.txt"
)
"""The same for the proof that a person's list of usages is complete."""


class Bundle:
    """The files of a court bundle. Nothing is unpacked to disk."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.names = [info.filename for info in archive.infolist() if not info.is_dir()]

    def read(self, name: str) -> bytes:
        """The content of `name`. Raises Fault if it is absent, too large or does not unpack."""
        try:
            listed = self.archive.getinfo(name)
            if listed.file_size > LARGEST or listed.compress_type not in (
                zipfile.ZIP_STORED,
                zipfile.ZIP_DEFLATED,
            ):
                raise Fault("文件过大,或压缩方法不对")
            return self.archive.read(name)
        except KeyError:
            raise Fault(f"缺少文件 {name}") from None
        except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError) as error:
            raise Fault(f"文件 {name} 读不出({type(error).__name__})") from None

    def numbered(self, folder: str, ending: str) -> list[int]:
        """The numbers n of the files `<folder>/<n>.<ending>`, in order."""
        return numbers_in(self.names, folder, ending)


class Folder:
    """The files of a dossier that was unpacked into a folder. A link to elsewhere is no file of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        inside = [each for each in path.rglob("*") if each.is_symlink() or not each.is_dir()]
        self.names = sorted(each.relative_to(path).as_posix() for each in inside)

    def read(self, name: str) -> bytes:
        """The content of `name`. Raises Fault if it is absent, too large or no plain file."""
        path = self.path / name
        try:
            if name not in self.names:
                raise Fault(f"缺少文件 {name}")
            if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
                raise Fault("不是普通文件,或文件过大")
            return path.read_bytes()
        except OSError as error:
            raise Fault(f"文件 {name} 读不出({type(error).__name__})") from None

    def numbered(self, folder: str, ending: str) -> list[int]:
        """As `Bundle.numbered`."""
        return numbers_in(self.names, folder, ending)


def numbers_in(names: list[str], folder: str, ending: str) -> list[int]:
    """The numbers n of the names `<folder>/<n>.<ending>`, in order."""
    matches = (re.fullmatch(rf"{folder}/(0|[1-9][0-9]{{0,18}})\.{ending}", name) for name in names)
    return sorted(int(match[1]) for match in matches if match)
