"""`./mz sandbox`: an installation on which the systems of partners are tried, and their enrolment.

    ./mz sandbox                                       start it, as `./mz up`, with a data folder and a port of its own
    ./mz sandbox enroll --key partner.pem --make-key   enrol a system and print its settings as JSON
    ./mz sandbox add-key | revoke-key                  change its keys
    ./mz sandbox down                                  stop it

The JSON goes to the standard output and everything else to the standard error, so that `> settings.json` works.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any, Final

from common.calls.jwk import Unusable
from mz.demo.client import Demo, NotRunning, connect
from mz.demo.enrolment import Enrolment
from mz.demo.offeredkey import offered_key
from mz.demo.stage import Refused
from mz.operate import down, running, up
from mz.operate.datadir import DataDir

PORT: Final = 8090


def main(options: argparse.Namespace) -> int:
    d = DataDir(options.data_dir.absolute())
    if options.act == "down":
        return down.main(options)
    try:
        if options.act != "start":
            return asyncio.run(_enrol(d, options))
        d.make_sandbox()
    except (NotRunning, Refused, Unusable, OSError, ValueError, LookupError) as error:
        print(f"mz: {error}", file=sys.stderr)
        return 1
    if options.port is None and not running.is_running(d):
        options.port = PORT
    return up.main(options)


async def _enrol(d: DataDir, options: argparse.Namespace) -> int:
    process = running.facts(d)
    if process is None or not d.is_sandbox:
        raise NotRunning("沙箱没有在运行,请先 ./mz sandbox (no sandbox runs; start it with ./mz sandbox)")
    async with connect(process["base_url"]) as http:
        answer = await _act(Enrolment(Demo(d, process["base_url"], http), http), options)
    print(json.dumps(answer, ensure_ascii=False, indent=1))
    if "sign" in answer:
        print(f"mz: {_SIGN}", file=sys.stderr)
        return 3
    return 0


async def _act(enrolment: Enrolment, options: argparse.Namespace) -> dict[str, Any]:
    if options.act == "revoke-key":
        return await enrolment.revoke_key(_application(enrolment, options), _needed(options, "kid"))
    key = offered_key(_needed(options, "key"), make=options.make_key)
    if options.act == "add-key":
        return await enrolment.add_key(_application(enrolment, options), key, options.proof)
    return await enrolment.enrol(key, options.proof)


def _application(enrolment: Enrolment, options: argparse.Namespace) -> str:
    """The application that is named, or the only one there is."""
    known = list(enrolment.book)
    if options.application is None and len(known) == 1:
        return str(known[0])
    if options.application not in known:
        raise ValueError(f"--application: {' '.join(known) or '尚无 (none is enrolled yet)'}")
    return str(options.application)


def _needed(options: argparse.Namespace, name: str) -> Any:
    value = getattr(options, name)
    if value is None:
        raise ValueError(f"缺少 --{name} (missing)")
    return value


_SIGN: Final = (
    "用私钥对 sign 的内容签名(含行末换行),再次运行并附 --proof 签名(base64url) "
    "(sign the text of `sign` with the private key and run this again with --proof)"
)
