"""The files of a court bundle: a ZIP archive that is read in place, and the names that its files may have."""

from __future__ import annotations

import re
import zipfile
import zlib

from ledger.verifier.report import Fault

LARGEST = 64_000_000
"""The most bytes that one file may have."""

KNOWN = re.compile(
    r"README\.zh-CN\.md|report\.html|verify/verify\.(py|sh)|keys/policy\.txt|checkpoints/(lower|upper|final)\.note"
    r"|(keys|records|sm3/anchors)/\d+\.entry|(keys|proofs|sm3/proofs|sm3/anchors)/\d+\.tlog-proof"
    r"|sm3/(checkpoint\.note|anchor-final\.txt)|consistency/(lower|upper|statement)-final\.txt"
    r"|timestamps/[^/]+\.(tsr|pem)|statements/[^/]+\.note|disclosures/[^/]+\.json|media/[^/]+\.(jpg|png)"
)
"""The files that some step verifies, and those that only explain the others."""


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
        matches = (re.fullmatch(rf"{folder}/(0|[1-9][0-9]{{0,18}})\.{ending}", name) for name in self.names)
        return sorted(int(match[1]) for match in matches if match)
