"""pgqueuer with the same call: run as `python -m tests.bench._pgqueuer DSN LIBRARY URL COUNT`, prints the seconds of
a drain.

Its job gives the order that our worker gives, through the same connections, and writes one row. With `-` for the URL
it gives none, and writes none. LIBRARY is the folder into which the bench installed pgqueuer; it stands last in the
path, so that both use the same versions of everything else.
"""

from __future__ import annotations

import sys
from time import monotonic
from typing import Any

import asyncpg
import orjson
import uvloop

from common.calls.fetch import Guard
from common.calls.providers import Lines

BATCH = 64
WORDS = "有一份文书待您查收，请登录收件箱查阅。"


async def main(dsn: str, url: str, count: int) -> None:
    from pgqueuer import PgQueuer, Queries  # type: ignore[import-not-found]

    lines, left = Lines(Guard(loopback=True)), [count]
    async with asyncpg.create_pool(dsn, min_size=5, max_size=10) as pool:
        queue = PgQueuer.from_asyncpg_pool(pool)
        queries = Queries(queue.connection)
        if not await queries.has_table("pgqueuer"):
            await queries.install()
            await pool.execute("CREATE TABLE sent (id bigint PRIMARY KEY, code text NOT NULL)")

        @queue.entrypoint("send")  # type: ignore[untyped-decorator]
        async def send(job: Any) -> None:
            if url != "-":
                await give(job)
            left[0] -= 1
            if left[0] == 0:
                queue.shutdown.set()  # its drain mode looks once more after seconds; that wait is not counted

        async def give(job: Any) -> None:
            answer = await lines.call(
                "POST",
                url,
                headers={"content-type": "application/json"},
                content=job.payload,
                deadline_s=10,
            )
            code = orjson.loads(answer.body)["code"]
            await pool.execute("INSERT INTO sent (id, code) VALUES ($1, $2)", job.id, code)

        payloads = [
            # No ending of the simulator's own: every order is taken.
            orjson.dumps({"mobile": f"1390000{1000 + n % 9000}", "content": WORDS, "out_id": str(n)})
            for n in range(count)
        ]
        await queries.enqueue(["send"] * count, payloads, [0] * count)
        started = monotonic()
        await queue.run(batch_size=BATCH)
        print(monotonic() - started)
    await lines.close()


if __name__ == "__main__":
    sys.path.append(sys.argv[2])
    uvloop.run(main(sys.argv[1], sys.argv[3], int(sys.argv[4])))
