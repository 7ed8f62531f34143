"""`./mz`: one parser; each command's module is imported only when it is asked for."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from mz import PORT, ROOT
from mz.operate import backupoptions

_DEFAULT = ROOT / ".mingzheng"
_SANDBOX = ROOT / ".mingzheng-sandbox"

_COMMANDS = {
    "up": ("mz.operate.up", "启动全部服务 · start everything"),
    "sandbox": ("mz.demo.sandbox", "供协作机关系统试接的沙箱 · a sandbox for the systems of partners"),
    "upgrade": ("mz.operate.upgrade", "升级数据目录:先说明,再执行 · say what an upgrade will do, then do it"),
    "backup": ("mz.operate.backup", "热备份,加密给保管人 · back up while it runs, sealed for a key"),
    "restore": ("mz.operate.restore", "从备份恢复到新的数据目录 · a new data folder from a backup"),
    "drill": ("mz.operate.drill", "演练备份与恢复 · back up under load, destroy, restore, count"),
    "down": ("mz.operate.down", "停止 · stop what `up` started"),
    "demo": ("mz.demo.play", "演示一个案件的全过程 · play one case from camera to archive"),
    "seed": ("mz.demo.seed", "准备并打印演示人员与设备 · demo people, tokens and two devices in service"),
    "push": ("mz.demo.push", "像摄像机一样推送一次抓拍 · push one capture as a camera does"),
    "simulate": ("mz.demo.simulate", "模拟大量摄像机或一个平台 · many cameras or one platform push"),
    "picture": ("mz.demo.picture", "一次抓拍的报文 · print one capture as a camera would push it"),
    "clock": ("mz.operate.clock", "查看或推进演示时钟 · show or advance the demo clock"),
    "calendar": ("mz.operate.calendar", "载入年度放假通知 · load the public holidays of a year"),
    "ledger": ("mz.operate.ledger", "核验证据账本 · verify the ledger, check every row against it"),
    "keys": ("mz.operate.keys", "查看、更换、终止签名密钥 · list, rotate, revoke the keys that sign"),
    "city": ("mz.operate.city", "开设一个城市的账本、机关与人员 · the first opening of a city"),
    "person": ("mz.operate.people", "停用人员,其会话随即结束 · disable a person, whose sessions end"),
    "role": ("mz.operate.people", "授予或者收回角色 · assign a role, or revoke it"),
    "env": ("mz.operate.env", "一个进程所需的环境变量 · what a process needs, each setting with its words"),
    "test": ("mz.build.tests", "运行测试 · run the tests"),
    "check": ("mz.build.check", "静态检查 · ruff, mypy, import contracts, golden files"),
    "guards-off": (
        "mz.build.guardsoff",
        "逐一关闭设备条件,看哪项测试察觉 · is each guard of a device missed?",
    ),
    "golden": ("mz.build.golden", "重写由代码生成的文件 · rewrite the generated files"),
    "release": ("mz.build.releases", "固定一个版本的迁移 · fix the migrations of a release for ever"),
    "new-service": ("mz.build.newservice", "新建一个空服务 · make an empty service"),
    "independent": ("mz.build.independent", "请第三方核验工具核验 · other people's verifiers on our log"),
    "e2e": ("mz.build.e2e", "在真实浏览器中检查各页面 · the pages in a real Chromium"),
    "k8s": ("mz.k8s.acts", "检查、试运行 Kubernetes 清单 · judge the manifests of k8s/, play them here"),
    "contract": (
        "mz.contract.acts",
        "接口合同:比较、试错、生成客户端 · the OpenAPI document and its clients",
    ),
    "bench": ("mz.build.bench", "性能比值 · ratios against something real"),
}


def main() -> int:
    parser = _parser()
    # Everything after `test` or `e2e` belongs to pytest, options included.
    if sys.argv[1:2] in (["test"], ["e2e"]):
        options = argparse.Namespace(command=sys.argv[1], arguments=sys.argv[2:])
    else:
        options = parser.parse_args()
    if options.command is None:
        parser.print_help()
        return 0
    try:
        return int(import_module(_COMMANDS[options.command][0]).main(options) or 0)
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./mz", description="明证 · Mingzheng: lawful, provable off-site enforcement"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    parsers = {
        name: commands.add_parser(name, help=text, description=text) for name, (_, text) in _COMMANDS.items()
    }
    for name in (
        "up",
        "backup",
        "restore",
        "upgrade",
        "down",
        "demo",
        "seed",
        "push",
        "simulate",
        "picture",
        "clock",
        "calendar",
        "ledger",
        "keys",
        "env",
        "city",
        "person",
        "role",
        "contract",
    ):
        parsers[name].add_argument(
            "--data-dir", type=Path, default=_DEFAULT, metavar="D", help="default: .mingzheng"
        )
        parsers[name].add_argument("--port", type=_port, default=None, help=f"default: {PORT}")
    for name in ("demo", "seed", "push", "contract"):
        parsers[name].add_argument(
            "--url", metavar="URL", help="任一安装的地址,人员与时钟取自 --data-dir (any installation)"
        )
    for name in ("up", "sandbox"):
        _add_start(parsers[name])
    _add_sandbox(parsers["sandbox"])
    backupoptions.add_backup(parsers["backup"])
    backupoptions.add_restore(parsers["restore"])
    parsers["drill"].add_argument(
        "--seconds",
        type=float,
        default=10.0,
        metavar="S",
        help="在负载下备份多久 (how long under load), default 10",
    )
    parsers["release"].add_argument("version", help="RELEASES 中正在准备的版本 (one in preparation)")
    parsers["release"].add_argument(
        "--data-dir", type=Path, default=_DEFAULT, metavar="D", help="whose databases the tests will take up"
    )
    parsers["upgrade"].add_argument("--yes", action="store_true", help="不再询问 (do not ask)")
    parsers["seed"].add_argument(
        "--json", action="store_true", help="print one JSON document and nothing else"
    )
    parsers["demo"].add_argument(
        "story",
        nargs="?",
        choices=["case", "exchange", "evidence", "notification", "cleanup", "cases", "pages"],
        default="case",
        help="which story, default: case",
    )
    parsers["demo"].add_argument("--json", action="store_true", help="one JSON line per step")
    parsers["push"].add_argument("device_code", nargs="?", help="20 digits, as ./mz seed prints them")
    _add_simulate(parsers["simulate"])
    parsers["picture"].add_argument("device_code", help="20 digits, as ./mz seed prints them")
    clock = parsers["clock"]
    clock.add_argument("act", nargs="?", choices=["show", "advance"], default="show")
    clock.add_argument("by", nargs="*", metavar="5wd | 30d | 12h | to ISO-TIME", help="how far, or `to` when")
    calendar = parsers["calendar"]
    calendar.add_argument("act", nargs="?", choices=["show", "load"], default="show")
    calendar.add_argument(
        "file", nargs="?", type=Path, help="load: 通知的 JSON 文件 (days off and working weekends)"
    )
    calendar.add_argument(
        "--source", metavar="NOTICE", help="load: 通知全称与文号 (title and number of the notice)"
    )
    _add_keys(parsers["keys"])
    _add_ledger(parsers["ledger"])
    _add_env(parsers["env"])
    _add_city(parsers["city"])
    parsers["person"].add_argument("act", choices=["disable"])
    parsers["role"].add_argument("act", choices=["assign", "revoke"])
    for name in ("person", "role"):
        parsers[name].add_argument("officer", metavar="OFFICER", help="off_…")
    parsers["role"].add_argument("role", metavar="ROLE", help="CASE_OFFICER, TEAM_LEAD, …")
    parsers["guards-off"].add_argument(
        "guards", nargs="*", metavar="GUARD", help="这些条件 · only these guards"
    )
    parsers["golden"].add_argument(
        "--check", action="store_true", help="only compare; exit 1 where they differ"
    )
    parsers["new-service"].add_argument("name", help="lower-case words joined by hyphens")
    _add_k8s(parsers["k8s"])
    _add_contract(parsers["contract"])
    bench = parsers["bench"]
    bench.add_argument("name")
    bench.add_argument("arguments", nargs=argparse.REMAINDER)
    parsers["independent"].add_argument("arguments", nargs=argparse.REMAINDER)
    parsers["e2e"].add_argument("arguments", nargs=argparse.REMAINDER, help="handed to pytest")
    parsers["test"].add_argument("arguments", nargs=argparse.REMAINDER, help="handed to pytest")
    return parser


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"端口应在 1 到 65535 之间 (a port is 1 to 65535, not {text})")
    return int(text)


def _add_start(up: argparse.ArgumentParser) -> None:
    up.add_argument(
        "--pg-port",
        type=_port,
        metavar="N",
        help="also open PostgreSQL on 127.0.0.1:N, where every local user is its superuser (fault tests)",
    )
    up.add_argument(
        "--ports-file",
        type=Path,
        metavar="F",
        help="write {service: {pid, port, inner, log}} here when ready",
    )
    up.add_argument(
        "--processes", action="store_true", help="每个服务一个进程 · every service in a process of its own"
    )
    up.add_argument(
        "--replicas",
        type=int,
        choices=range(1, 9),
        default=1,
        metavar="N",
        help="--processes: 每个服务几个进程 · how many of each service",
    )
    up.add_argument("--detach", action="store_true", help="return when ready, leave it running")


def _add_simulate(simulate: argparse.ArgumentParser) -> None:
    simulate.add_argument("kind", choices=["cameras", "platform"])
    simulate.add_argument(
        "--count", type=int, default=20, metavar="N", help="cameras: 多少台 (how many), default 20"
    )
    simulate.add_argument(
        "--cameras",
        type=int,
        default=50,
        metavar="N",
        help="platform: 代多少台推送 (for how many), default 50",
    )
    simulate.add_argument(
        "--rate", type=float, default=5.0, metavar="R", help="每秒推送次数 (pushes a second)"
    )
    simulate.add_argument(
        "--seconds",
        type=float,
        default=30.0,
        metavar="S",
        help="cameras: 推送多久 (for how long), default 30",
    )
    simulate.add_argument(
        "--per", type=int, default=10, metavar="N", help="platform: 每条通知几辆车 (vehicles a notification)"
    )


def _add_sandbox(sandbox: argparse.ArgumentParser) -> None:
    acts = ["start", "enroll", "add-key", "revoke-key", "down"]
    sandbox.add_argument("act", nargs="?", choices=acts, default="start")
    sandbox.add_argument(
        "--data-dir", type=Path, default=_SANDBOX, metavar="D", help="default: .mingzheng-sandbox"
    )
    sandbox.add_argument("--port", type=_port, default=None, help="start: default 8090")
    sandbox.add_argument(
        "--key", type=Path, metavar="FILE", help="enroll, add-key: JWK 或 PEM,公钥或私钥 (public or private)"
    )
    sandbox.add_argument(
        "--make-key", action="store_true", help="先在 --key 处新建 Ed25519 私钥 (make it first)"
    )
    sandbox.add_argument("--proof", metavar="SIGNATURE", help="对挑战的签名 (over the challenge), base64url")
    sandbox.add_argument("--application", metavar="ID", help="add-key, revoke-key: app_…")
    sandbox.add_argument("--kid", help="revoke-key: 密钥编号 (id of the key)")


def _add_city(city: argparse.ArgumentParser) -> None:
    city.add_argument("act", choices=["make", "open", "show"])
    city.add_argument(
        "--profile", metavar="P", help="make: NJ、PJ 或城市档案 JSON 文件 (or a file of your own)"
    )
    city.add_argument("--issuer", metavar="URL", help="make: 统一身份认证系统 (the city's identity provider)")
    city.add_argument("--issuer-ring", type=Path, metavar="FILE", help="make: 其公钥环 (its public keys)")
    city.add_argument(
        "--openid-client", metavar="ID", help="make: 本平台在认证系统的客户端编号 (our client id there)"
    )
    city.add_argument("--openid-secret", type=Path, metavar="FILE", help="make: 其密钥文件 (its secret)")
    city.add_argument("--origin", metavar="URL", help="make: 平台对外地址 (the public address)")
    root = "根私钥文件或 agent:SOCKET#ID,可多次给出;默认 D/keys/root.pem (a private root key; repeatable)"
    city.add_argument("--root", action="append", default=[], metavar="KEY", help=root)
    city.add_argument(
        "--threshold", type=int, default=1, metavar="N", help="须有几把根密钥签名 (root keys that must sign)"
    )
    city.add_argument("--people", type=Path, metavar="TOML", help="open: 机关与人员 (agencies and officers)")
    city.add_argument("--keys", type=Path, metavar="DIR", help="open: 各服务密钥目录的上级 (in a cluster)")
    city.add_argument("--ids", type=Path, metavar="FILE", help="open: 人员编号写入此文件 (in a cluster)")
    city.add_argument("--demo-people", type=Path, metavar="FILE", help=argparse.SUPPRESS)


def _add_env(env: argparse.ArgumentParser) -> None:
    env.add_argument("service", nargs="?", help="gateway, case, … witness, monitor")
    env.add_argument("process", nargs="?", choices=["serve", "relay", "migrate"], default="serve")
    env.add_argument("--values", action="store_true", help="只打印变量 · the variables alone, for a shell")


def _add_contract(contract: argparse.ArgumentParser) -> None:
    contract.add_argument("act", choices=["show", "breaking", "fuzz", "client"])
    contract.add_argument(
        "language", nargs="?", choices=["python", "java"], help="client: 语言 (of which language)"
    )
    contract.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="client: 写到哪里 (where to)"
    )
    contract.add_argument(
        "--seconds",
        type=int,
        default=300,
        metavar="S",
        help="fuzz: 每个角色多久 (how long for each of four people)",
    )
    contract.add_argument(
        "--seed", type=int, default=1, metavar="N", help="fuzz: 随机种子 (of what is made up)"
    )


def _add_k8s(k8s: argparse.ArgumentParser) -> None:
    k8s.add_argument("act", choices=["check", "run"])
    k8s.add_argument(
        "folders",
        nargs="*",
        type=Path,
        metavar="FOLDER",
        help="check: 自己的覆盖目录,缺省检查仓库所附样例 (overlays of your own, default: those of the repository)",
    )
    k8s.add_argument(
        "--overlay",
        type=Path,
        default=ROOT / "k8s/overlays/drill",
        metavar="FOLDER",
        help="run: 哪一份 (which)",
    )
    k8s.add_argument(
        "--minutes", type=float, default=3.0, metavar="M", help="run: 强杀多久 (how long pods are killed)"
    )
    k8s.add_argument("--seed", type=int, default=1, metavar="N", help="run: 随机种子 (of the kills)")
    k8s.add_argument("--data-dir", type=Path, metavar="D", help="run: default .mingzheng-k8s")


def _add_keys(keys: argparse.ArgumentParser) -> None:
    acts = ["list", "begin", "rotate", "revoke", "rotate-log", "retire-log", "ml-dsa", "export"]
    keys.add_argument("act", choices=acts)
    keys.add_argument(
        "key",
        nargs="?",
        default="",
        help="rotate: 服务名 (service); revoke, retire-log: 公钥、编号或名称 (key)",
    )
    keys.add_argument(
        "--threshold",
        type=int,
        default=1,
        metavar="N",
        help="begin: 须有几把根密钥签名 (root keys that must sign)",
    )
    keys.add_argument("--reason", metavar="CODE", help="revoke: 原因代码 (why), KEY_COMPROMISED …")
    keys.add_argument(
        "--compromised",
        action="store_true",
        help="retire-log: 密钥已泄露,立即终止 (at once, without 30 days of both)",
    )
    root = "根私钥文件或 agent:SOCKET#ID,可多次给出 (a private root key; repeatable)"
    keys.add_argument("--root", action="append", default=[], metavar="KEY", help=root)
    keys.add_argument("--json", action="store_true")


def _add_ledger(ledger: argparse.ArgumentParser) -> None:
    ledger.add_argument("act", choices=["verify", "fsck", "export", "accept"])
    ledger.add_argument(
        "--witness", metavar="NAME", help="accept: 见证人名称 (whose memory no key of the log signed)"
    )
    ledger.add_argument("--clock", action="store_true", help="accept: 时钟曾走快 (the clock was once ahead)")
    ledger.add_argument("--officer", metavar="ID", help="accept: 决定人 (who decides), off_…")
    ledger.add_argument("--reason", metavar="CODE", help="accept: 原因代码 (why), NEWEST_BACKUP …")
    ledger.add_argument(
        "folder", nargs="?", type=Path, help="export: 空目录或新目录 (an empty or new folder)"
    )
    ledger.add_argument("--url", help="verify: 公布的账本地址 (the published log), http://…/ledger")
    ledger.add_argument(
        "--key", metavar="VKEY", help="verify --url: 账本公钥或根公钥 (published key of log or root)"
    )
    ledger.add_argument(
        "--offline", type=Path, metavar="DIR", help="fsck: export 导出的目录 (a folder that export made)"
    )
    ledger.add_argument(
        "--trusted",
        "--checkpoint",
        type=Path,
        metavar="FILE",
        help="账本必须延续的检查点 (a checkpoint that the log must continue)",
    )
    ledger.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="核验进度文件,下次接着核验 (keeps what was verified, to go on from)",
    )
    ledger.add_argument(
        "--list",
        action="store_true",
        help="fsck: 列出每一列及是否为证据 (every column, and whether it is evidential)",
    )
    ledger.add_argument("--json", action="store_true")


if __name__ == "__main__":
    sys.exit(main())
