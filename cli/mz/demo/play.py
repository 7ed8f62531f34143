"""`./mz demo`: plays one case against the running system, in Chinese, and shows that the proof holds.

`./mz demo exchange` plays two agencies that need each other for a case instead; `./mz demo evidence` follows one
picture from a platform's push to the court bundle; `./mz demo notification` serves a notice down the ladder to a public
notice, and a decision by mail; `./mz demo cleanup` leads a city through the clean-up of its devices to Annex 1;
`./mz demo cases` brings twelve cases to one lawful end each; `./mz demo pages` stops where a person goes on.

Every line says the legal time, who acted, on which article, and where the ledger holds the record. Played
again, it goes on from the demo clock's present day with a new camera.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import shlex
import socket
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from common.values.calendar import Calendar
from common.values.clock import BEIJING, OffsetClock
from common.values.datafiles import load_calendar
from common.web.democlock import advance
from mz import PORT
from mz.demo import cases, cleanup, custody, exchange, pages, serving
from mz.demo.camera import Camera
from mz.demo.client import Demo, NotRunning, address_of, connect
from mz.demo.mailserver import a_mail_server, write_provider
from mz.demo.stage import Refused, Scene, Step
from mz.demo.story import play
from mz.operate import running, up
from mz.operate.datadir import DataDir, write
from mz.operate.proof import Proof, root_keys, show_proof, trusted_in

_TAKES = {
    "case": timedelta(days=75),
    "exchange": timedelta(days=140),
    "evidence": timedelta(days=75),
    "notification": timedelta(days=150),
    "cleanup": timedelta(days=75),
    "cases": timedelta(days=400),
    "pages": timedelta(days=75),
}
"""How far a story moves the clock at most: lead times, defence, payment, silences, and the days between them."""

_POLL_S = 0.2


class DemoStage:
    """The stage of a running system."""

    def __init__(self, demo: Demo, http: httpx.AsyncClient) -> None:
        self.demo = demo
        self.http = http
        self._clock = OffsetClock(demo.d.clock)

    async def call(
        self,
        role: str,
        method: str,
        path: str,
        order: dict[str, Any] | None = None,
        *,
        agency: int = 0,
        nth: int = 0,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        return await self.demo.call(
            self.demo.person(role, agency, nth), method, path, order, headers=headers or {}
        )

    async def put(
        self, role: str, path: str, content: bytes, headers: dict[str, str], *, agency: int = 0
    ) -> httpx.Response:
        person = self.demo.person(role, agency)
        return await self.demo.call(person, "PUT", path, headers=headers, content=content)

    async def upload(self, role: str, path: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        person = self.demo.person(role, 0)
        return await self.demo.call(person, "POST", path, headers=headers, content=content)

    def sub(self, role: str, *, agency: int = 0, nth: int = 0) -> str:
        return str(self.demo.person(role, agency, nth)["sub"])

    def now(self) -> datetime:
        return self._clock()

    def to(self, at: datetime) -> None:
        advance(self.demo.d.clock, at)

    async def settle(self) -> None:
        await asyncio.sleep(_POLL_S)


class Narrator:
    """Prints each step; asks the ledger where it holds the records."""

    def __init__(self, http: httpx.AsyncClient, *, as_json: bool) -> None:
        self._http = http
        self._json = as_json
        self.steps = 0

    async def tell(self, step: Step) -> None:
        self.steps += 1
        indexes = [await self._index(record) for record in step.records]
        when = step.at.astimezone(BEIJING)
        if self._json:
            line = {
                "at": when.isoformat(timespec="seconds"), "actor": step.actor, "text": step.text,
                "article": step.article,
                "records": step.records, "ledger": indexes, "refusal": step.refusal,
            }  # fmt: skip
            print(json.dumps(line, ensure_ascii=False), flush=True)
            return
        place = "  账本 " + " ".join(f"#{index}" for index in indexes) if indexes else ""
        law = f"  〔{step.article}〕" if step.article else ""
        mark = "✗" if step.refusal else "·"
        print(f"{when:%Y-%m-%d %H:%M} {mark} {step.actor}:{step.text}{law}{place}", flush=True)
        if step.refusal:
            for reason in _reasons(step.refusal):
                print(f"                   └ {reason}", flush=True)

    async def _index(self, record_id: str) -> int:
        response = await self._http.get(f"/v1/ledger/records/{record_id}", headers={"prefer": "wait=10"})
        response.raise_for_status()
        return int(response.json()["index"])


def _reasons(problem: dict[str, Any]) -> list[str]:
    reasons = problem.get("violations") or [{"code": problem["code"], "detail": problem["detail"]}]
    return [f"{reason['code']}: {reason['detail']}" for reason in reasons]


def main(options: argparse.Namespace) -> int:
    try:
        if exit_code := _start(options):
            return exit_code
        return asyncio.run(_demo(options))
    except (NotRunning, Refused, up.CannotStart) as error:
        print(f"mz: {error}", file=sys.stderr)
        return 1


def _start(options: argparse.Namespace) -> int:
    """Start the system in the background if none runs on this data folder; 0 when one is ready."""
    d = DataDir(options.data_dir.absolute())
    if options.url:
        return 0
    is_running = running.is_running(d)
    if options.story == "notification" and not _has_mail(d, is_running=is_running):
        print(
            "mz: 本演示要用自己的邮件服务器;请先 ./mz down,再运行一次 "
            "(this story runs a mail server of its own: stop the system with ./mz down, and play again)",
            file=sys.stderr,
        )
        return 1
    if is_running:
        return 0
    if not options.json:
        print("mz: 系统没有在运行,先启动它 (nothing runs here yet; starting it)", flush=True)
    port = ["--port", str(options.port or _free_port())]
    # As `./mz up --detach` does. The system goes on running, because the last lines name pages to look at.
    with contextlib.redirect_stdout(sys.stderr if options.json else sys.stdout):
        return up.start_detached(d, port)


def _has_mail(d: DataDir, *, is_running: bool) -> bool:
    """Whether the system knows the mail server of the story: a service reads its providers when it starts."""
    if is_running and not d.providers.exists():
        return False
    d.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return write_provider(d.providers)


def _free_port() -> int:
    """The usual port, or any free one if another process uses it."""
    for port in (PORT, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise NotRunning("没有可用的端口 (there is no free port)")


async def _demo(options: argparse.Namespace) -> int:
    d = DataDir(options.data_dir.absolute())
    base_url = address_of(options)
    calendar = load_calendar()
    clock = OffsetClock(d.clock)
    if not _fits(clock() + _TAKES[options.story], calendar):
        print(
            f"mz: 演示到不了头:工作日历只公布到 {calendar.published_until},请换一个 --data-dir 重新开始 "
            "(the published calendar would end during the story; start again with another --data-dir)"
        )
        return 1
    async with connect(base_url) as http:
        stage = DemoStage(Demo(d, base_url, http), http)
        narrator = Narrator(http, as_json=options.json)
        if options.story == "exchange":
            return await _exchange(options, stage, narrator)
        if options.story == "evidence":
            return await _evidence(options, stage, narrator)
        if options.story == "notification":
            return await _notification(options, stage, narrator)
        if options.story == "cleanup":
            return await _cleanup(options, stage, narrator)
        if options.story == "cases":
            return await _cases(options, stage, narrator)
        if options.story == "pages":
            waiting = await pages.play(Scene(stage, narrator.tell), next_camera(stage.demo))
            print(
                json.dumps(dataclasses.asdict(waiting))
                if options.json
                else pages.what_to_try(base_url, waiting)
            )
            return 0
        case_id = await play(Scene(stage, narrator.tell), next_camera(stage.demo), d.bank())
        trusted = trusted_in(d)
        proof = await show_proof(stage, case_id, d.root / "bundles", trusted=trusted)
    _close(options, narrator, proof, base_url, trusted)
    return 0 if proof.holds else 1


async def _exchange(options: argparse.Namespace, stage: DemoStage, narrator: Narrator) -> int:
    """Play the exchange between two agencies, and say what the verifier found in its dossiers."""
    d = stage.demo.d
    scene, folder = Scene(stage, narrator.tell), d.root / "dossiers"
    cameras = (next_camera(stage.demo), next_camera(stage.demo))
    dossiers = await exchange.play(scene, cameras, folder, trusted=root_keys(d))
    for dossier in dossiers:
        if options.json:
            line = {"dossier": str(dossier.folder), "verdict": dossier.verdict, "holds": dossier.holds}
            print(json.dumps(line, ensure_ascii=False))
        else:
            print(f"{dossier.title} {_short(dossier.folder)}:{dossier.verdict}")
    return 0 if all(dossier.holds for dossier in dossiers) else 1


async def _notification(options: argparse.Namespace, stage: DemoStage, narrator: Narrator) -> int:
    """Play how documents are served, and say what the verifier found in the certificates."""
    d = stage.demo.d
    cameras = (next_camera(stage.demo), next_camera(stage.demo))
    async with a_mail_server() as mails:
        certificates = await serving.play(
            Scene(stage, narrator.tell), cameras, d.root / "certificates", trusted=root_keys(d)
        )
    if not options.json:
        print(f"\n当事人的邮箱系统收到 {len(mails)} 封邮件 (mails that came to the party's own server)")
    for certificate in certificates:
        if options.json:
            line = {"certificate": str(certificate.folder), "verdict": certificate.verdict}
            print(json.dumps(line | {"holds": certificate.holds}, ensure_ascii=False))
        else:
            print(f"{certificate.title} {_short(certificate.folder)}:{certificate.verdict}")
    return 0 if all(certificate.holds for certificate in certificates) else 1


async def _cleanup(options: argparse.Namespace, stage: DemoStage, narrator: Narrator) -> int:
    """Play a clean-up campaign, and print the total row of Annex 1 and where its documents are."""
    d = stage.demo.d
    outcome = await cleanup.play(Scene(stage, narrator.tell), next_camera(stage.demo), d.root / "cleanup")
    totals = {
        "devices": outcome.devices,
        "stopped": outcome.stopped,
        "kept": outcome.kept,
        "fines": outcome.fines,
        "late": list(outcome.late),
        "items": outcome.items,
    }
    if options.json:
        print(json.dumps(totals | {"folder": str(outcome.folder)}, ensure_ascii=False))
        return 0
    print(
        f"\n总计 {outcome.devices} 台(套):停止使用 {outcome.stopped},保留并继续使用 {outcome.kept};"
        f"近三年罚款 {outcome.fines} 元;逾期机关 {len(outcome.late)} 个,监督事项 {outcome.items} 项"
    )
    print(f"附件1(XLSX、PDF)与总体情况报告 · Annex 1 and the overall report: {_short(outcome.folder)}")
    return 0


async def _cases(options: argparse.Namespace, stage: DemoStage, narrator: Narrator) -> int:
    """Bring each case to its end, and say in one line each how it ended and what the verifier found in its bundle."""
    d = stage.demo.d
    scene, folder = Scene(stage, narrator.tell), d.root / "bundles"
    cameras = (next_camera(stage.demo), next_camera(stage.demo))
    ended = await cases.play(scene, cameras, d.bank(), folder, trusted=trusted_in(d))
    for n, case in enumerate(ended, 1):
        if options.json:
            print(json.dumps(dataclasses.asdict(case), ensure_ascii=False))
            continue
        mark = "✓" if case.holds else "✗"
        print(f"\n{mark} {n:>2} {case.title}")
        print(f"     {case.number} {case.state} · {case.outcome} · {'、'.join(case.documents)}")
        print(f"     {case.verdict}  {_short(folder / f'{case.case_id}.zip')}")
    return 0 if all(case.holds for case in ended) else 1


async def _evidence(options: argparse.Namespace, stage: DemoStage, narrator: Narrator) -> int:
    """Follow one picture to the court bundle, then print its chain of custody as the ledger holds it."""
    d = stage.demo.d
    scene = Scene(stage, narrator.tell)
    told = await custody.play(scene, next_camera(stage.demo))
    trusted = trusted_in(d)
    proof = await show_proof(stage, told.case_id, d.root / "bundles", trusted=trusted)
    chain = await custody.chain_of(scene, told.evidence_id)
    if options.json:
        for link in chain:
            line = {"ledger": link.index, "at": f"{link.at:%FT%TZ}", "type": link.type, "actor": link.actor}
            print(json.dumps(line | {"said": link.said}, ensure_ascii=False))
    else:
        print(f"\n证据 {told.evidence_id} 的保管链(chain of custody),每一环都在账本中:")
        for link in chain:
            print(link.line)
    _close(options, narrator, proof, stage.demo.base_url, trusted)
    return 0 if proof.holds else 1


def _fits(end: datetime, calendar: Calendar) -> bool:
    return end.astimezone(BEIJING).date() <= calendar.published_until


def next_camera(demo: Demo) -> Camera:
    """A camera that no earlier story used, fifty metres further along the road."""
    number = int(demo.document.get("stories", 0)) + 1
    demo.document["stories"] = number
    write(demo.d.demo, demo.document)
    return Camera(
        f"310101000011901{number:05d}",
        f"人民路示范段{number}号西侧人行道",
        f"{121.492300 + number * 0.0025:.6f}",
        f"{31.227500 + number * 0.0005:.6f}",
    )


def _close(
    options: argparse.Namespace, narrator: Narrator, proof: Proof, base_url: str, trusted: list[str]
) -> None:
    if options.json:
        print(
            json.dumps(
                {"bundle": str(proof.path), "verified": proof.verified, "altered": proof.altered},
                ensure_ascii=False,
            )
        )
        return
    check = _check_script(proof, trusted)
    print(f"\n法庭证据包:{proof.path}")
    print(f"离线核验(只用标准库):{proof.verified}")
    print(f"改动其中一位(文件 {proof.flipped}):{proof.altered}")
    print(
        f"\n共 {narrator.steps} 步。接下来可看 · what to look at next:\n"
        f"  {base_url}/                    这里运行着什么 · what runs here\n"
        f"  {base_url}/docs                接口文档 · the API\n"
        f"  sh {_short(check)}    再核验一次证据包,不经过本系统 · verify the bundle without us\n"
        f"  ./mz push                                  像摄像机一样推送一次抓拍 · push a capture as a camera does\n"
        f"  ./mz ledger fsck                           逐行核对数据库与账本 · every row against the ledger\n"
        f"  ./mz down                                  停止 · stop"
    )


def _check_script(proof: Proof, trusted: list[str]) -> Path:
    """A file that repeats the verification in one short line: the keys that it needs are too long to paste."""
    path = proof.path.parent / "verify.sh"
    command = ["python3", "-I", str(proof.verifier), str(proof.path), *trusted]
    path.write_text("exec " + " ".join(map(shlex.quote, command)) + "\n")
    return path


def _short(path: Path) -> str:
    """`path` as it may be typed from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
