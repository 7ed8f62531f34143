"""A registry with few devices in use, and then with many: the night, one question, one window of the public map.

The owner of the tables fills them, with the triggers off that demand a record of every row. Each device is lawful and
has its papers, so the night asks every guard to its end and writes nothing. A window of the map shows as many devices
in both cities: each thousand devices stand in a row of their own, and the larger city has more rows.
"""

from __future__ import annotations

import resource
from collections.abc import Awaitable, Callable
from datetime import timedelta
from time import perf_counter
from typing import Any, Final

import orjson

from device_registry.jobs import recheck_guards
from device_registry.store.rows import columns
from tests.bench._bars import Bar
from tests.device_registry.domain.dossiers import DEVICE

_NIGHT: Final = 1.2
_QUESTION: Final = 1.5
_FLAT_MB: Final = 60
_IN_A_ROW: Final = 1_000
_STEP: Final = 0.00008
"""Degrees between two devices of a row: 250 in a window, 80 of them in each hundredth of a degree at the most."""

_ID: Final = "'dev_0' || lpad(n::text, 25, '0')"


async def at_two_sizes(city: Any, *, few: int, many: int, asked: int) -> list[Bar]:
    """The figures of the registry with `few` devices, and how they change when it has `many`."""
    bars: list[Bar] = []
    before: dict[str, float] = {}
    for count in (few, many):
        began = perf_counter()
        await fill(city, count)
        print(f"{count:8} devices: filled in {perf_counter() - began:.0f} s", flush=True)
        now = await _figures(city, count, asked)
        print(
            f"{count:8} devices: " + ", ".join(f"{name} {value:.3f}" for name, value in now.items()),
            flush=True,
        )
        if before:
            for name, bar in (
                ("night, ms a device", _NIGHT),
                ("question, p95 ms", _QUESTION),
                ("map, p95 ms", _QUESTION),
                ("search, p95 ms", None),
            ):
                bars.append(Bar(f"{name}, times that at {few:,}", now[name] / before[name], bar))
            bars.append(Bar("night, MB more than before it", now["night, MB"], _FLAT_MB))
        before = now
    return bars


async def _figures(city: Any, count: int, asked: int) -> dict[str, float]:
    runtime = city.runtimes["device-registry"]
    async with city.owner() as owner:
        await owner.execute("DELETE FROM cursors WHERE name LIKE 'guards%'")
    peak = _peak_mb()
    began = perf_counter()
    await recheck_guards(runtime)
    night = perf_counter() - began
    grown = _peak_mb() - peak
    async with city.owner() as owner:
        in_use = await owner.fetchval("SELECT count(*) FROM devices WHERE state = 'ACTIVE'")
    assert in_use == count, f"the night suspended {count - in_use} devices"
    headers = await city.bearer("CASE_OFFICER")
    at = runtime.db.clock().strftime("%Y-%m-%dT%H:%M:%SZ")

    async def question(n: int) -> None:
        path = f"/v1/devices/dev_0{1 + n * 7919 % count:025d}/capability"
        answer = await city.http.get(path, params={"at": at}, headers=headers)
        assert answer.status_code == 200, answer.text

    shown: set[int] = set()

    async def window(n: int) -> None:
        west, south = 121 + n * 13 % 59 / 1_000, 30.702 + n * 7 % (count // _IN_A_ROW) / 100
        box = f"{west:.6f},{south:.6f},{west + 0.02:.6f},{south + 0.006:.6f}"
        answer = await city.http.get("/v1/public/device-map", params={"bbox": box})
        assert answer.status_code == 200, answer.text
        shown.add(len(answer.json()["features"]))

    async def search(n: int) -> None:
        wanted = f"路{1 + n * 7919 % count}号"
        answer = await city.http.get("/v1/public/devices", params={"q": wanted})
        assert len(answer.json()["items"]) == 1, answer.text

    figures = {
        "night, ms a device": night / count * 1_000,
        "night, MB": grown,
        "question, p95 ms": await _p95(question, asked),
        "map, p95 ms": await _p95(window, asked),
        "search, p95 ms": await _p95(search, asked),
    }
    assert shown <= {250, 251}, f"the windows show {sorted(shown)} devices"
    return figures


async def _p95(ask: Callable[[int], Awaitable[None]], times: int) -> float:
    """Milliseconds. The first tenth warms up and does not count."""
    took = []
    for n in range(times):
        began = perf_counter()
        await ask(n)
        took.append((perf_counter() - began) * 1_000)
    counted = sorted(took[times // 10 :])
    return counted[len(counted) * 95 // 100]


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


async def fill(city: Any, count: int) -> None:
    """Lawful devices 1 … `count`, those that are there already left as they are."""
    runtime = city.runtimes["device-registry"]
    now = runtime.db.clock()
    year = timedelta(days=365)
    paper = {"recorded_at": now - year, "n": 1, "result": "PASS", "from_on": (now - year).date()}
    review = {"round": 1, "result": "PASS", "reviewed_at": now - year, "failed_items": [], "items_na": []}
    review |= {"notes": {}, "opinion": "同意"}
    papers: list[tuple[str, dict[str, Any]]] = [
        ("device_reviews", review | {"kind": "LEGAL", "reviewer": "officer:legal"}),
        ("device_reviews", review | {"kind": "TECHNICAL", "reviewer": "officer:tech"}),
        ("device_approvals", {"round": 1, "approver": "officer:head", "approved_at": now - year}),
        ("device_conformities", paper | {"standard": "GA/T 497", "report_no": "R-1", "issuer": "实验室"}),
        (
            "device_certificates",
            {
                "n": 1,
                "kind": "VERIFICATION",
                "certificate_no": "J-1",
                "issuer": "计量院",
                "result": "PASS",
                "functions": ["CM-0107"],
                "verified_on": (now - year / 2).date(),
                "valid_until": (now + year / 2).date(),
                "recorded_at": now - year / 2,
            },
        ),
        (
            "device_signs",
            {
                "n": 1,
                "photo_sha256": "ab" * 32,
                "text": "电子监控",
                "kind": "SIGN",
                "position": "杆上",
                "from_on": (now - year).date(),
                "recorded_at": now - year,
            },
        ),
        (
            "device_tests",
            {
                "n": 1,
                "captures": 1_000,
                "correct": 1_000,
                "tested_on": (now - year).date(),
                "recorded_at": now - year,
            },
        ),
        (
            "device_publications",
            {
                "n": 1,
                "url": "https://x.example",
                "channel": "网站",
                "complaint_phone": "12345",
                "watched": [],
                "published_at": now - year,
                "lead_ends_at": now - year / 2,
                "recorded_at": now - year,
            },
        ),
        (
            "device_periods",
            {
                "n": 1,
                "state": "ACTIVE",
                "effective_from": now - year / 2,
                "recorded_at": now - year / 2,
                "note": "",
            },
        ),
    ]
    agency = city.demo.agencies[0]["id"]
    device = columns(DEVICE) | {
        "agency_id": agency,
        "registered_at": now - year,
        "in_service_from": now - year / 2,
        "division": runtime.profile.admin_divisions[0].code,
    }
    async with city.owner() as owner:
        await owner.execute("SET session_replication_role = replica")
        numbers = f"generate_series((SELECT count(*) + 1 FROM devices), {count}) n"
        await owner.execute(f"CREATE TEMP TABLE more AS SELECT {_ID} AS id, n FROM {numbers}")
        # The cell follows: it is that of the coordinates.
        own = (
            "jsonb_build_object('id', m.id, 'code', '31' || lpad(m.n::text, 18, '0'), 'cell', 0,"
            " 'place', '示例路' || m.n || '号',"
            f" 'longitude', round(121 + (m.n - 1) % {_IN_A_ROW} * {_STEP:.5f}, 6),"
            f" 'latitude', 30.705 + (m.n - 1) / {_IN_A_ROW} * 0.01)"
        )
        await _copy(owner, "devices", device, own)
        for table, row in papers:
            await _copy(owner, table, row, "jsonb_build_object('device_id', m.id)")
        await _set_cells(owner)
        await owner.execute(
            "INSERT INTO public_words (word, device_id) SELECT w, id FROM more,"
            " words_of('示例路' || n || '号', '31' || lpad(n::text, 18, '0')) w"
        )
        await owner.execute("DROP TABLE more; SET session_replication_role = origin; ANALYZE")


async def _copy(owner: Any, table: str, row: dict[str, Any], own: str) -> None:
    names = ", ".join([*row, *(name for name in ("device_id",) if table != "devices")])
    names += "" if "cell" in row or table != "devices" else ", cell"
    await owner.execute(
        f"INSERT INTO {table} ({names}) SELECT {', '.join('r.' + name for name in names.split(', '))}"
        f" FROM more m, json_populate_record(NULL::{table}, ($1::jsonb || {own})::json) r",
        orjson.dumps(row, default=str).decode(),
    )


async def _set_cells(owner: Any) -> None:
    """The cell of each new device, as the registry computes it."""
    from device_registry.domain.coverage import cell_of

    rows = await owner.fetch("SELECT d.id, d.longitude, d.latitude FROM devices d JOIN more m ON m.id = d.id")
    cells = [(row["id"], cell_of(row["longitude"], row["latitude"])) for row in rows]
    await owner.execute("CREATE TEMP TABLE cells (id text, cell int)")
    await owner.copy_records_to_table("cells", records=cells)
    await owner.execute("UPDATE devices d SET cell = c.cell FROM cells c WHERE c.id = d.id; DROP TABLE cells")
