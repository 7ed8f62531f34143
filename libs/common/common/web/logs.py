"""The log of a process: one JSON object a line, with the trace of the request and nothing about a person.

    {"at": "2026-11-30T08:00:00.123+00:00", "level": "ERROR", "logger": "…", "trace_id": "…", "message": "…"}

A log is read by people who may not read a case, and is kept for years. So what looks like a person's identity number,
phone, plate, mail address or token is replaced before the line is written, and of an exception the line holds its type
and where it came from: PostgreSQL and pydantic put values of a row into their messages.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from logging.handlers import TimedRotatingFileHandler
from pathlib import Path
from typing import Any, Final

from common.web.settings import LOG_D
from common.web.telemetry import trace_id

_ZONE: Final = r"京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_HIDDEN: Final = (
    (
        "identity",
        re.compile(
            r"(?<![0-9A-Za-z])[1-9][0-9]{5}(?:19|20)[0-9]{2}[01][0-9][0-3][0-9][0-9]{3}[0-9Xx](?![0-9A-Za-z])"
        ),
    ),
    ("phone", re.compile(r"(?<![0-9A-Za-z.])1[3-9][0-9]{9}(?![0-9A-Za-z])")),
    ("plate", re.compile(rf"[{_ZONE}][A-HJ-NP-Z][·.]?[0-9A-HJ-NP-Z]{{4,5}}[0-9A-HJ-NP-Z挂学警港澳领]")),
    ("mail", re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[a-zA-Z]{2,}")),
    ("token", re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")),
)


def hidden(text: str) -> str:
    """`text` with everything that looks like somebody's data replaced by its kind, `[phone]`."""
    for kind, pattern in _HIDDEN:
        text = pattern.sub(f"[{kind}]", text)
    return text


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "trace_id": trace_id(),
            "message": hidden(record.getMessage()),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _causes(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def _causes(error: BaseException) -> list[dict[str, Any]]:
    """The exception and those behind it: type and places, the newest call last. No message, no values."""
    chain: list[dict[str, Any]] = []
    found: BaseException | None = error
    while found is not None and len(chain) < 5:
        frames = traceback.extract_tb(found.__traceback__)
        places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        chain.append({"type": type(found).__name__, "at": places[-20:]})
        found = found.__cause__ or found.__context__
    return chain


def start(*, level: str = "INFO", path: Path | None = None, keep_d: int = LOG_D) -> None:
    """Log to `path`, or to standard error where a collector reads it. `path` becomes a new file at midnight.

    A file of an earlier day is `<path>.YYYY-MM-DD` and is deleted after `keep_d` days that had a log.
    """
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if path is not None:
        # Only its owner may read it.
        path.touch(mode=0o600)
        handler = TimedRotatingFileHandler(path, when="midnight", backupCount=keep_d, encoding="utf-8")
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("common", "mz", "evidence", "gateway"):
        logging.getLogger(name).setLevel(level)
    if level == "DEBUG":
        logging.getLogger().setLevel(level)
