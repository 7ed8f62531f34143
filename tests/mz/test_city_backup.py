"""What a backup holds of a city, what a folder without it does not become, and what a refusing server is answered."""

from __future__ import annotations

import argparse
import io
import json
import shutil
import socket
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.values.datafiles import load_profile
from mz import ROOT
from mz.operate import backup, city, up, upgrade
from mz.operate.datadir import DataDir, write
from mz.operate.sealing import make_identity

PROFILE = ROOT / "libs" / "common" / "common" / "values" / "data" / "profile-NJ.json"
ISSUER = "https://id.example.gov"


@pytest.fixture
def made(tmp_path: Path) -> DataDir:
    """A city's folder, made from a profile and a ring that lie elsewhere."""
    shutil.copy(PROFILE, tmp_path / "ours.json")
    (tmp_path / "ring.json").write_text("[]")
    assert make(tmp_path) == 0
    return DataDir(tmp_path / "D")


def make(folder: Path, profile: str | None = None) -> int:
    return city.main(
        argparse.Namespace(
            act="make",
            data_dir=folder / "D",
            profile=profile or str(folder / "ours.json"),
            issuer=ISSUER,
            issuer_ring=folder / "ring.json",
            origin="https://cg.example.gov",
            openid_client=None,
            openid_secret=None,
            root=None,
        )
    )


def test_a_backup_holds_what_makes_a_folder_a_city_and_none_of_its_paths(
    made: DataDir, tmp_path: Path
) -> None:
    write(made.root / "people.json", [{"id": "off_1", "name": "赵示范", "of": "某局"}])
    state = io.BytesIO()
    with tarfile.open(fileobj=state, mode="w") as archive:
        for path in backup._public(made):
            archive.add(path, str(path.relative_to(made.root)), recursive=False)
    state.seek(0)
    restored = DataDir(tmp_path / "elsewhere")
    with tarfile.open(fileobj=state) as archive:
        archive.extractall(restored.root, filter="data")
    shutil.rmtree(made.root)
    (tmp_path / "ours.json").unlink()
    (tmp_path / "ring.json").unlink()

    assert restored.city["issuer"] == ISSUER
    assert Path(restored.city["issuer_ring"]).read_text() == "[]"
    assert load_profile(restored.profile).city_domain == load_profile("NJ").city_domain
    assert json.loads((restored.root / "people.json").read_text())[0]["id"] == "off_1"


def test_a_second_make_takes_what_the_files_say_by_now(made: DataDir, tmp_path: Path) -> None:
    (tmp_path / "ring.json").write_text('[{"kid": "new"}]')

    assert make(tmp_path) == 0
    assert "new" in (made.root / "issuer.json").read_text()


def test_a_folder_of_one_city_does_not_become_another_s(
    made: DataDir, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make(tmp_path, "PJ") == 1
    assert "属于另一城市" in capsys.readouterr().err
    assert made.city_domain == load_profile("NJ").city_domain


def test_a_city_s_folder_without_its_city_does_not_start_as_a_demo(
    made: DataDir, capsys: pytest.CaptureFixture[str]
) -> None:
    write(made.root / "origin.json", {"origin": f"ledger.{made.city_domain}/2026"})
    (made.root / "city.json").unlink()

    status = up.main(
        argparse.Namespace(
            data_dir=made.root, detach=False, port=0, processes=True, pg_port=None, ports_file=None
        )
    )

    assert (status, "city.json" in capsys.readouterr().err) == (2, True)
    assert not made.clock.exists()
    assert not (made.root / "bank.pem").exists()


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server that answers every start of a session with an error, as PostgreSQL words it."""
    fields = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0"
    answer = b"E" + (len(fields) + 4).to_bytes(4, "big") + fields

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                if connection.recv(8)[4:] == (80877103).to_bytes(4, "big"):
                    connection.sendall(b"N")
                    connection.recv(1024)
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        address = f"postgresql://admin:secret@127.0.0.1:{listener.getsockname()[1]}/postgres"
        monkeypatch.setenv("MINGZHENG_DATABASE_URL", address)
        yield
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.usefixtures("refusing")
def test_a_server_that_refuses_is_told_in_one_line(
    made: DataDir, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = argparse.Namespace(
        make_key=None,
        data_dir=made.root,
        to=tmp_path / "to",
        recipient=make_identity(tmp_path / "key"),
        secrets_to=None,
        secrets_recipient=None,
        follow=False,
        no_loss=False,
    )
    assert backup.main(asked) == 1
    assert upgrade.main(argparse.Namespace(data_dir=made.root, yes=True)) == 1

    said = [line for line in capsys.readouterr().err.splitlines() if "authentication" in line]
    assert [line.partition("(")[0] for line in said] == ["mz: 未完成备份 ", "mz: 未能升级 "]
