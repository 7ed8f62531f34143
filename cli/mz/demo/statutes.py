"""The statutes that ship with the product, in the demo's catalogue: one officer proposes each, another approves."""

from __future__ import annotations

from typing import Final

from case.catalogue.statutes import shipped
from mz.demo.camera import Call, ask, read

_PATH: Final = "/v1/catalogue/legal-sources"


async def publish_statutes(call: Call) -> None:
    """Publish each statute that the catalogue does not have. `call` acts as the people of one agency."""
    listed = await read(call, f"{_PATH}?limit=200")
    known = {source["title"] for source in listed["items"]}
    for statute in shipped():
        if statute.title not in known:
            order = statute.model_dump(mode="json")
            proposed = await ask(call, "DEVICE_LEGAL_REVIEWER", _PATH, order)
            path = f"{_PATH}/{proposed['source_id']}/approval"
            await ask(call, "SUPERVISOR", path, {"version": proposed["version"]})
