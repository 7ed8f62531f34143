"""The first five steps of the story, and what HTTP offers beside them, by the client that was made in Python.

    python first_steps.py ORDER.json

It runs beside the generated package, in an environment that holds nothing of ours.
"""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import Any

from mingzheng_client import AuthenticatedClient
from mingzheng_client.api.data_exchange import data_exchange_list_items as list_items
from mingzheng_client.api.device_registry import device_registry_adopt_plan as adopt_plan
from mingzheng_client.api.device_registry import device_registry_register_device as register_device
from mingzheng_client.api.device_registry import device_registry_review_device_legally as review_legally
from mingzheng_client.api.device_registry import (
    device_registry_review_device_technically as review_technically,
)
from mingzheng_client.api.device_registry import device_registry_submit_device as submit_device
from mingzheng_client.api.notification import notification_read_document as read_document
from mingzheng_client.models import (
    DeviceView,
    PlanOrder,
    PlanView,
    Problem,
    RegistrationOrder,
    ReviewOrder,
    SubmissionOrder,
)

ORDER: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())


def client(role: str) -> Any:
    return AuthenticatedClient(base_url=ORDER["address"], token=ORDER["tokens"][role])


def key() -> str:
    return uuid.uuid4().hex


def the_story() -> list[str]:
    """The states of the device after each step."""
    admin = client("DEVICE_ADMIN")
    plan = adopt_plan.sync(client=admin, body=PlanOrder.from_dict(ORDER["plan"]), idempotency_key=key())
    assert isinstance(plan, PlanView), plan
    registration = RegistrationOrder.from_dict(ORDER["registration"])
    device = register_device.sync(client=admin, body=registration, idempotency_key=key())
    assert isinstance(device, DeviceView), device
    again = register_device.sync(client=admin, body=registration, idempotency_key=key())
    assert isinstance(again, Problem), again
    submission = SubmissionOrder.from_dict(ORDER["submission"] | {"plan_id": plan.plan_id})
    views = [device, submit_device.sync(device.id, client=admin, body=submission, idempotency_key=key())]
    for role, call, name in (
        ("DEVICE_LEGAL_REVIEWER", review_legally, "legal"),
        ("DEVICE_TECH_REVIEWER", review_technically, "technical"),
    ):
        review = ReviewOrder.from_dict(ORDER[name])
        views.append(call.sync(device.id, client=client(role), body=review, idempotency_key=key()))
    assert all(isinstance(view, DeviceView) for view in views), views
    return [str(view.state) for view in views]


def what_http_offers() -> dict[str, Any]:
    """A conditional read, a part of a file, and the head of one."""
    party, officer = client("PARTY"), client("EXCHANGE_OFFICER")
    items = list_items.sync_detailed(client=officer)
    unchanged = list_items.sync_detailed(client=officer, if_none_match=items.headers["etag"])
    whole = read_document.sync_detailed(ORDER["message_id"], client=party)
    part = read_document.sync_detailed(ORDER["message_id"], client=party, range_="bytes=0-4")
    beyond = read_document.sync_detailed(ORDER["message_id"], client=party, range_="bytes=99999999-")
    same = read_document.sync_detailed(ORDER["message_id"], client=party, if_none_match=whole.headers["etag"])
    head = party.get_httpx_client().head(f"/v1/inbox/{ORDER['message_id']}/document")
    return {
        "unchanged list": int(unchanged.status_code),
        "part": [
            int(part.status_code),
            part.content.decode(),
            part.headers["content-range"].partition("/")[0],
        ],
        "beyond": [int(beyond.status_code), beyond.parsed.code],
        "unchanged file": int(same.status_code),
        "head": [
            head.status_code,
            len(head.content),
            head.headers["content-length"] == str(len(whole.content)),
        ],
    }


print(json.dumps({"states": the_story(), "http": what_http_offers()}))
