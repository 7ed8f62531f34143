"""The log of a process: one JSON object a line, with the trace of the request and nothing about a person.

    {"at": "2026-11-30T08:00:00.123+00:00", "level": "ERROR", "logger": "…", "trace_id": "…", "message": "…"}

A log is read by people who may not read a case, and is kept for years. So what looks like a person's identity number,
phone, plate, mail address or token is replaced before the line is written, and of an exception the line holds its type
and where it came from: PostgreSQL and pydantic put values of a row into their messages.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import sys
import traceback
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from common.values.calendar import legal_day
from common.web.settings import LOG_D
from common.web.telemetry import trace_id
from ledger.clock import real_time

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


class DayFile(logging.Handler):
    """Appends each record to the file `path`, which only its owner may read.

    At the first record of another legal day the file becomes `<path>.YYYY-MM-DD`, named by the day of its last line,
    and `path` is a new one. Several processes may write to one `path`: one of them renames the file, the others go on
    in the new one, and a file that exists is never replaced (CSL 23(3)). Of the files of earlier days those of the
    last `keep_d` days that had a log stay.
    """

    def __init__(self, path: Path, keep_d: int) -> None:
        super().__init__()
        self._path = path
        self._keep_d = keep_d
        self._day = date.min
        self._file = -1
        self._begin(legal_day(real_time()))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if (day := _day_of(record.created)) > self._day:
                self._begin(day)
            # One write a line: lines of several processes never run into each other.
            os.write(self._file, f"{self.format(record)}\n".encode())
        except Exception:  # noqa: BLE001
            self.handleError(record)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        super().close()

    def _begin(self, day: date) -> None:
        """Write to the file of `day` from here on."""
        while (file := self._opened(day)) is None:
            pass
        before, self._file, self._day = self._file, file, day
        if before >= 0:
            os.close(before)
        self._thin()

    def _opened(self, day: date) -> int | None:
        """The file of `day`; None where `path` was that of an earlier day, and is it no more."""
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        is_ours = False
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            opened = os.fstat(file)
            if self._is_renamed(opened):
                return None
            if opened.st_size and _day_of(opened.st_mtime) < day:
                self._path.rename(self._free_name(_day_of(opened.st_mtime)))
                return None
            is_ours = True
            fcntl.flock(file, fcntl.LOCK_UN)
            return file
        finally:
            if not is_ours:
                os.close(file)

    def _is_renamed(self, opened: os.stat_result) -> bool:
        """Whether another process renamed the file between our opening it and our lock."""
        try:
            return not os.path.samestat(opened, self._path.stat())
        except FileNotFoundError:
            return True

    def _free_name(self, day: date) -> Path:
        """The name of the file of that day; with a number where a clock that went back has made one before."""
        name, number = self._path.with_name(f"{self._path.name}.{day}"), 1
        while name.exists():
            name = self._path.with_name(f"{self._path.name}.{day}.{number}")
            number += 1
        return name

    def _thin(self) -> None:
        begins = len(self._path.name) + 1
        files = list(self._path.parent.glob(f"{self._path.name}.[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*"))
        kept = sorted({file.name[begins : begins + 10] for file in files})[-self._keep_d :]
        for file in files:
            if file.name[begins : begins + 10] not in kept:
                file.unlink(missing_ok=True)


def _day_of(seconds: float) -> date:
    return legal_day(datetime.fromtimestamp(seconds, UTC))


def start(*, level: str = "INFO", path: Path | None = None, keep_d: int = LOG_D) -> None:
    """Log to `path`, a file a day, or to standard error where a collector reads it."""
    handler = logging.StreamHandler(sys.stderr) if path is None else DayFile(path, keep_d)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("common", "mz", "evidence", "gateway"):
        logging.getLogger(name).setLevel(level)
    if level == "DEBUG":
        logging.getLogger().setLevel(level)
