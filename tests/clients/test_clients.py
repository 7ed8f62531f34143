"""Clients that other people's generators make from the contract compile, and play the first five steps of the story."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final

import pytest

from common.values.calendar import legal_day
from mz.build.toolroom import run
from mz.contract import clients
from mz.contract.document import document
from mz.demo.camera import CAMERAS, work_plan
from tests import nodejs
from tests.case.story import messages_of
from tests.faults.services import served
from tests.given import ARCHIVED
from tests.world import World

pytestmark = pytest.mark.slow

HERE: Final = Path(__file__).parent
STATES: Final = ["DRAFT", "UNDER_REVIEW", "UNDER_REVIEW", "UNDER_REVIEW"]
HTTP: Final = {
    "unchanged list": 304,
    "part": [206, "%PDF-", "bytes 0-4"],
    "beyond": [416, "RANGE_NOT_SATISFIABLE"],
    "unchanged file": 304,
    "head": [200, 0, True],
}
ROLES: Final = ("DEVICE_ADMIN", "DEVICE_LEGAL_REVIEWER", "DEVICE_TECH_REVIEWER", "EXCHANGE_OFFICER", "PARTY")
NODE: Final = (
    "openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "@hey-api/openapi-ts@0.95.0", "typescript@5.9.3",
    "@types/node@20.19.25",
)  # fmt: skip
TSCONFIG: Final = {
    "compilerOptions": {
        "target": "es2022", "module": "nodenext", "moduleResolution": "nodenext", "strict": True, "noEmit": False,
        "outDir": "out", "types": ["node"], "skipLibCheck": True, "noUncheckedIndexedAccess": True,
        "rewriteRelativeImportExtensions": True, "lib": ["es2022", "dom", "dom.iterable"],
    },
    "files": [],
}  # fmt: skip


@pytest.fixture
async def order(world: World, tmp_path: Path) -> dict[str, Any]:
    """What a client needs to know: whom it is, and the orders of a device that nobody registered yet."""
    today, camera = legal_day(world.clock()), CAMERAS[1]
    inbox = messages_of((await world.person("PARTY").get("/v1/inbox")).json())
    return {
        "tokens": {role: await world.person(role).token() for role in ROLES},
        "plan": work_plan(today),
        "registration": camera.registration(metrology="MANDATORY"),
        "submission": camera.order("submission", today),
        "legal": camera.order("legal-review", today),
        "technical": camera.order("technical-review", today),
        "message_id": inbox[0]["message_id"],
    }


async def played(world: World, order: dict[str, Any], place: Path, *command: str) -> Any:
    """What `command` prints about the platform, which it is told of in a file."""
    path = place / "order.json"
    async with served(world.app) as port:
        path.write_text(json.dumps(order | {"address": f"http://127.0.0.1:{port}"}))
        return json.loads(await nodejs.run(*command, str(path), cwd=place))


@pytest.mark.begins(ARCHIVED)
async def test_the_client_of_python_plays_the_story(
    world: World, order: dict[str, Any], tmp_path: Path
) -> None:
    clients.python(document(), tmp_path / "mingzheng_client")
    shutil.copy(HERE / "first_steps.py", tmp_path)

    told = await played(world, order, tmp_path, clients.ROOM.tool("python"), "first_steps.py")

    assert told == {"states": STATES, "http": HTTP}


@pytest.mark.begins(ARCHIVED)
async def test_the_clients_of_typescript_compile_and_play_the_story(
    world: World, order: dict[str, Any], tmp_path: Path
) -> None:
    folder = await nodejs.installed("contract-clients", *NODE)
    (tmp_path / "node_modules").symlink_to(folder / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "openapi.json").write_text(json.dumps(clients.for_clients(document())))
    for source in ("openapi-fetch.ts", "hey-api.ts", "openapi-ts.config.mjs"):
        shutil.copy(HERE / source, tmp_path)
    (tmp_path / "tsconfig.json").write_text(
        json.dumps(TSCONFIG | {"files": ["openapi-fetch.ts", "hey-api.ts"]})
    )

    await nodejs.run("npx", "openapi-typescript", "openapi.json", "-o", "schema.d.ts", cwd=tmp_path)
    await nodejs.run("npx", "openapi-ts", "-f", "openapi-ts.config.mjs", cwd=tmp_path)
    await nodejs.run("npx", "tsc", "-p", "tsconfig.json", cwd=tmp_path)
    first = await played(world, order, tmp_path, "node", "out/openapi-fetch.js")
    # Half a kilometre away: a device in reach of the first would cover the same place twice.
    order["registration"] |= {"device_code": "31010100001190100777", "latitude": "31.232000"}
    second = await played(world, order, tmp_path, "node", "out/hey-api.js")

    assert first == {"states": STATES, "http": HTTP}
    assert second == {"states": STATES}


def test_java_is_generated_and_its_models_compile_where_the_machine_has_what_they_need(
    tmp_path: Path,
) -> None:
    if shutil.which("java") is None:
        pytest.skip("there is no Java here")
    clients.java(document(), tmp_path)
    sources = list(tmp_path.rglob("*.java"))
    jars = [path for name in JARS if (path := Path("/usr/share/java") / f"{name}.jar").exists()]

    assert len(list(tmp_path.rglob("*Api.java"))) == 6
    if shutil.which("javac") is None or len(jars) < len(JARS):
        pytest.skip("generated; Debian's jars of Jackson are not here, so nothing compiles")
    path = ":".join(map(str, jars))
    run(["javac", "-proc:none", "-nowarn", "-cp", path, "-d", str(tmp_path / "out"), *map(str, sources)])


JARS: Final = (
    "jackson-databind", "jackson-core", "jackson-annotations", "jackson-datatype-jsr310", "jakarta.annotation-api",
)  # fmt: skip
