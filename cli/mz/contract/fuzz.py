"""`./mz contract fuzz`: schemathesis calls every operation of a running platform, with all checks, as four people.

The calls have effect: a demo's data folder is what they are for. Ids come from the lists that each caller may read.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mz.build.toolroom import Room
from mz.contract.document import Document, with_standard_paths
from mz.demo.client import Demo, NotRunning, address_of, connect
from mz.demo.seed import cameras_in_service
from mz.operate.datadir import DataDir

ROOM: Final = Room("contract", "合同检查工具 (the tools for the contract)")
ROLES: Final = ("DEVICE_ADMIN", "CASE_OFFICER", "AGENCY_HEAD", "PARTY")
REFUSALS: Final = (
    *("400", "401", "403", "404", "406", "409", "410", "412", "413", "422", "428", "429"),
    "501",
    "503",
)
"""What a request that fits its schema may be answered, because the schema does not know the law, states and rights."""

_ID: Final = re.compile(r'"([a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25})"')


@dataclass(frozen=True)
class Caller:
    """One person at one platform, with a camera and a client whose secrets the demo knows."""

    role: str
    token: str
    client: tuple[str, str]
    camera: tuple[str, str]
    ids: Mapping[str, str]


def main(options: argparse.Namespace) -> int:
    try:
        address, contract, callers = asyncio.run(_callers(options))
    except NotRunning as error:
        print(f"mz: {error}", file=sys.stderr)
        return 1
    failed = [one.role for one in callers if not tried(one, contract, address, options.seconds, options.seed)]
    told = (
        f"失败 · failed: {', '.join(failed)}"
        if failed
        else "没有 5xx,没有未记载的答复 · no fault, nothing undocumented"
    )
    print(told)
    return 1 if failed else 0


async def _callers(options: argparse.Namespace) -> tuple[str, Document, list[Caller]]:
    d = DataDir(options.data_dir.absolute())
    async with connect(address_of(options)) as http:
        demo = Demo(d, str(http.base_url), http)
        await cameras_in_service(demo)
        contract: Document = (await http.get("/openapi.json")).json()
        callers = [await caller_of(demo, role, contract) for role in ROLES]
        return str(http.base_url), contract, callers


async def caller_of(demo: Demo, role: str, contract: Document) -> Caller:
    """The first person with `role`, and an id for each parameter that a list of that person names one for."""
    person, device = demo.person(role), demo.document["devices"][0]
    token = await demo.token(person)
    headers = {"authorization": f"Bearer {token}", "x-purpose-of-use": "CASE_HANDLING"}
    found: dict[str, str] = {}
    for path, operations in contract["paths"].items():
        if (
            "get" in operations
            and "{" not in path
            and path.startswith("/v1/")
            and not path.endswith("/stream")
        ):
            answer = await demo.http.get(path, headers=headers)
            if answer.is_success and answer.headers["content-type"].startswith("application/json"):
                for match in _ID.finditer(answer.text):
                    found.setdefault(match[1][:3], match[1])
    client = (str(person["client_id"]), str(person["client_secret"]))
    return Caller(role, token, client, (device["account"], device["password"]), dict(_known(contract, found)))


def _known(contract: Document, found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The parameters of paths whose form is that of an id in `found`."""
    for operations in contract["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                prefix = parameter.get("schema", {}).get("pattern", "")[1:4]
                if parameter.get("in") == "path" and prefix in found:
                    yield parameter["name"], found[prefix]


def tried(caller: Caller, contract: Document, address: str, seconds: int, seed: int) -> bool:
    """Let schemathesis call everything in the name of `caller` for so long; whether it found nothing."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "openapi.json").write_text(json.dumps(with_standard_paths(contract)))
        (place / "schemathesis.toml").write_text(_settings(caller))
        # A file of its own folder: the tool imports it, and nothing of ours is importable there.
        hooks = Path(__file__).with_name("hooks.py")
        (place / "hooks.py").write_text(hooks.read_text())
        words = {"token": caller.token, "client": caller.client, "camera": caller.camera}
        command = [
            ROOM.tool("schemathesis"), "--config-file", "schemathesis.toml", "run", "openapi.json", "--url", address,
            "--checks", "all", "--max-time", str(seconds), "--seed", str(seed), "--continue-on-failure",
            "--max-examples", "5", "--no-color", "--warnings", "off", "--request-timeout", "30",
            "--exclude-path-regex", "/stream$",
        ]  # fmt: skip
        print(f"mz: {caller.role} …", flush=True)
        environment = os.environ | {"MINGZHENG_CALLER": json.dumps(words), "SCHEMATHESIS_HOOKS": "hooks"}
        done = subprocess.run(
            command, cwd=place, env=environment, capture_output=True, text=True, check=False
        )
        print("\n".join(_told(done.stdout + done.stderr)), flush=True)
        return done.returncode == 0


def _settings(caller: Caller) -> str:
    statuses = json.dumps(["2xx", "304", *REFUSALS])
    ids = "".join(f'"path.{name}" = "{id}"\n' for name, id in sorted(caller.ids.items()))
    # 501 and 503 are refusals of ours, documented as such; a fault is 500, 502 or 504.
    faultless = json.dumps(["2xx", "3xx", "4xx", "501", "503"])
    return (
        f"[checks.positive_data_acceptance]\nexpected-statuses = {statuses}\n\n"
        f"[checks.not_a_server_error]\nexpected-statuses = {faultless}\n\n[parameters]\n{ids}"
    )


def _told(output: str) -> list[str]:
    """The report from its first failure on, or its summary."""
    lines = output.splitlines()
    first = next((n for n, line in enumerate(lines) if "FAILURES" in line or "ERRORS" in line), None)
    summary = next((n for n, line in enumerate(lines) if "SUMMARY" in line), max(0, len(lines) - 20))
    return lines[first if first is not None else summary :]
