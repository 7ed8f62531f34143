"""`./mz env`: every setting of every process in words, and the variables with which a process of one's own starts."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from common.web.settings import prefix_of
from mz.__main__ import main
from mz.operate.datadir import DataDir
from mz.operate.environment import kind_of
from mz.services import SERVICES
from outsiders import monitor, witness


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("command", ["serve", "relay", "migrate"])
def test_every_setting_has_its_words_chinese_first(service: str, command: str) -> None:
    fields = kind_of(service, command).model_fields

    assert [name for name, field in fields.items() if " · " not in (field.description or "")] == []
    assert [
        name for name, field in fields.items() if not re.search("[\u4e00-\u9fff]", said(field.description))
    ] == []


def said(description: str | None) -> str:
    return (description or "").partition(" · ")[0]


@pytest.mark.parametrize("make", [witness.options, monitor.options])
def test_the_programs_of_another_bureau_have_words_too(make: object) -> None:
    assert callable(make)
    assert [words for _, words, _ in make().described if not re.search("[\u4e00-\u9fff]", words)] == []


def test_env_prints_every_variable_of_a_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["mz", "env", "case", "--data-dir", str(tmp_path / "none")])

    assert main() == 0

    printed = capsys.readouterr().out
    wanted = {prefix_of("case") + name.upper() for name in kind_of("case").model_fields}
    assert wanted <= set(re.findall(r"MINGZHENG_\w+", printed))
    assert "MINGZHENG_CASE_DATABASE_URL_FILE=" in printed
    assert "MINGZHENG_CASE_RING=        # 必填" in printed


def test_the_values_of_an_installation_are_the_settings_of_its_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    d = DataDir(tmp_path / "D")
    d.make()
    monkeypatch.setenv("MINGZHENG_DATABASE_URL", "postgresql://admin:secret@db.example:5432/postgres")

    for service in SERVICES:
        monkeypatch.setattr("sys.argv", ["mz", "env", service, "--values", "--data-dir", str(d.root)])
        assert main() == 0
        pairs = [shlex.split(line)[0].partition("=") for line in capsys.readouterr().out.splitlines()]
        given = {name: value for name, _, value in pairs} | {
            f"{prefix_of(service)}PEERS": f"{service}=http://127.0.0.1:1,evidence=http://127.0.0.1:2"
        }
        settings = kind_of(service).read(given, service)

        assert "secret" not in str(given)
        urls = settings.model_dump()
        assert urls["database_url"].startswith(f"postgresql://svc_{SERVICES[service].database}:")
        assert urls["keys"] == d.keys / service
