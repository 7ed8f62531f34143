"""The text formats of proofs that others check without us.

c2sp.org/tlog-proof@v1\\n
index <index>\\n
<base64 hash>\\n …                 the inclusion path, leaf level first
\\n
<checkpoint note>
"""

from __future__ import annotations

import base64
from collections.abc import Sequence


def tlog_proof(index: int, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
    """The proof of entry `index` under the signed `checkpoint` (c2sp.org/tlog-proof@v1)."""
    lines = [f"c2sp.org/tlog-proof@v1\nindex {index}\n".encode()]
    lines += [base64.b64encode(part) + b"\n" for part in proof]
    return b"".join(lines) + b"\n" + checkpoint


def tlog_extension(old: int, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
    """The proof that the log at `checkpoint` begins with its first `old` entries, in the form that witnesses take."""
    lines = [f"old {old}\n".encode(), *(base64.b64encode(part) + b"\n" for part in proof)]
    return b"".join(lines) + b"\n" + checkpoint
