"""The log of a process: JSON, the trace of the request, nobody's data, and as long as the law wants it kept."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from common.values.law import CSL_23_3
from common.web.logs import DayFile, JsonLines, hidden
from common.web.settings import RelaySettings

PERSONAL = {
    "310101199001011234": "[identity]",
    "31010119900101123X": "[identity]",
    "13800001234": "[phone]",
    "苏A12345": "[plate]",
    "沪AD12345": "[plate]",
    "粤B·1234警": "[plate]",
    "zhang.wei@example.cn": "[mail]",
    "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln": "[token]",
}


@pytest.mark.parametrize("value, kind", PERSONAL.items())
def test_what_looks_like_somebody_s_data_is_not_written(value: str, kind: str) -> None:
    assert hidden(f"couldn't send to {value}: refused") == f"couldn't send to {kind}: refused"


@pytest.mark.parametrize(
    "harmless",
    [
        "cas_01jd5t9n3mze7b2k4q6r8s0tvw",
        "32010000001190000001",
        "2026-11-30T08:00:00.123Z",
        "127.0.0.1:8080",
        "4182",
    ],
)
def test_ids_codes_and_times_stay(harmless: str) -> None:
    assert hidden(f"couldn't append at {harmless}") == f"couldn't append at {harmless}"


def test_a_line_is_json_and_an_exception_says_where_and_never_what() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    log = logging.getLogger("tests.logs")
    log.addHandler(handler)
    try:
        raise ValueError("Key (identity_number)=(310101199001011234), name 张伟, already exists")
    except ValueError:
        log.exception("couldn't keep %s\nsecond line", "cas_1")
    finally:
        log.removeHandler(handler)

    [line] = written.getvalue().splitlines()
    said: dict[str, Any] = json.loads(line)
    assert (said["level"], said["logger"], len(said["trace_id"])) == ("ERROR", "tests.logs", 32)
    assert said["message"] == "couldn't keep cas_1\nsecond line"
    assert said["error"][0]["type"] == "ValueError"
    assert said["error"][0]["at"][-1].startswith("test_logs.py:")
    assert "张伟" not in line


def _settings(tmp_path: Path, **more: str) -> RelaySettings:
    given = {
        "RELAY_URL": "postgresql+asyncpg:///x",
        "KEYS": str(tmp_path),
        "PEERS": "evidence=http://x",
        **more,
    }
    return RelaySettings.read({f"MINGZHENG_CASE_{name}": value for name, value in given.items()}, "case")


@pytest.mark.law(CSL_23_3)
def test_a_log_is_kept_for_three_years_unless_told_and_never_for_less_than_183_days(tmp_path: Path) -> None:
    assert _settings(tmp_path).log_retention_days == 1_095
    assert _settings(tmp_path, LOG_RETENTION_DAYS="183").log_retention_days == 183

    with pytest.raises(SystemExit, match=r"网络安全法.*第二十三条第\(三\)项.*CSL 23\(3\)"):
        _settings(tmp_path, LOG_RETENTION_DAYS="182")


NOON = datetime(2036, 11, 30, 4, tzinfo=UTC).timestamp()
DAY_S = 86_400


def _write(handler: DayFile, message: str, at: float) -> None:
    record = logging.LogRecord("tests.logs", logging.INFO, __file__, 1, message, None, None)
    record.created = at
    handler.handle(record)


@pytest.mark.law(CSL_23_3)
def test_a_server_that_is_made_after_the_log_leaves_it_open(tmp_path: Path) -> None:
    # In a process of its own, as every service is: the log is that of the whole process.
    made = (
        "import logging, sys, uvicorn; from pathlib import Path; from common.web import logs, serve;"
        "logs.start(path=Path(sys.argv[1])); uvicorn.Config(print, **serve.SERVER);"
        "logging.getLogger('common').info('still here')"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", made, str(tmp_path / "log")], capture_output=True, check=True
    )

    assert json.loads((tmp_path / "log").read_text())["message"] == "still here"
    assert done.stderr == b""


@pytest.mark.law(CSL_23_3)
def test_a_day_of_a_log_that_two_processes_write_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "log"
    serve, relay = DayFile(path, 200), DayFile(path, 200)
    for day in range(3):
        for name, handler in (("serve", serve), ("relay", relay)):
            _write(handler, f"{name} {day}", NOON + day * DAY_S)
            os.utime(path, (NOON + day * DAY_S,) * 2)
    serve.close()
    relay.close()

    said = {file.name: file.read_text().split("\n")[:-1] for file in tmp_path.iterdir()}
    assert said == {
        "log.2036-11-30": ["serve 0", "relay 0"],
        "log.2036-12-01": ["serve 1", "relay 1"],
        "log": ["serve 2", "relay 2"],
    }
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


def test_a_log_keeps_the_days_that_it_is_told_and_a_clock_that_went_back_replaces_none(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log"
    (tmp_path / "log.2036-11-30").write_text("before the clock went back\n")
    for day in range(4):
        path.write_text(f"{day}\n")
        os.utime(path, (NOON + day * DAY_S,) * 2)
        handler = DayFile(path, 3)
        _write(handler, "new", NOON + (day + 1) * DAY_S)
        handler.close()
        if day == 0:
            assert (tmp_path / "log.2036-11-30").read_text() == "before the clock went back\n"
            assert (tmp_path / "log.2036-11-30.1").read_text() == "0\n"

    assert {file.name for file in tmp_path.iterdir()} == {
        "log", "log.2036-12-01", "log.2036-12-02", "log.2036-12-03",
    }  # fmt: skip
