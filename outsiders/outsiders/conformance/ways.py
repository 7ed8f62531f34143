"""Good requests, and what a partner relies on: repeats, lists to their end, the feed, hints, receipts and dossiers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from outsiders.conformance.hooks import Hints, is_signed, until
from outsiders.conformance.partner import ASSISTANCE, Call, Partner
from outsiders.conformance.proofs import dossier_faults, jws_faults, receipt_faults
from outsiders.conformance.settings import Check

_MOST_PAGES: Final = 400
_FIRST_CURSOR: Final = "MA=="
"""The cursor after the first entry of the ledger: the oldest that there can be."""
_EVENT_S: Final = 60


@dataclass
class Ways:
    """The checks in their order. `first` is the exchange that the later ones look at."""

    partner: Partner
    hints: Hints
    hook_url: str
    first: Call | None = None
    before: set[str] = field(default_factory=set)

    def opening(self) -> Iterator[Check]:
        """Before the faulty requests."""
        yield self._token()
        yield self._allowed()
        self.before = set(self._listed()[0])

    def closing(self) -> Iterator[Check]:
        """After the faulty requests."""
        ids = set(self._listed()[0])
        yield check(
            "no_effect",
            "被拒绝的请求无任何效果",
            "a refused request has no effect",
            ids == self.before,
            "new requests",
        )
        yield self._accepted()
        yield self._repeated()
        yield self._key_reused()
        yield self._pages()
        yield self._feed()
        yield self._expired_cursor()
        yield from self._webhook()
        yield self._receipt()
        yield self._jws()
        yield self._dossier()

    def _token(self) -> Check:
        answer = self.partner.ask_token(form={"authorization_details": self.partner.details()})
        body = answer.json()
        complaints = (
            [] if answer.status_code == 200 else [f"answered {answer.status_code}: {answer.text[:200]}"]
        )
        if not complaints and body.get("token_type") != "DPoP":
            complaints.append("the token is bound to no key")
        if not complaints and not 0 < body.get("expires_in", 0) <= 300:
            complaints.append("the token lasts longer than 300 s")
        return Check("token", "令牌绑定密钥且不超过 300 秒", "a token is bound and short", tuple(complaints))

    def _allowed(self) -> Check:
        call = self.partner.call("GET", "/v1/catalog/allowed")
        complaints = self._sound(call, 200)
        own = self.partner.settings
        for grant in call.json.get("grants", []):
            for purpose in grant.get("purposes", []):
                if purpose.get("purpose_id") == own.purpose_id:
                    self.partner.purpose = purpose.get("code", self.partner.purpose)
        if own.purpose_id not in call.answer.text:
            complaints.append("the purpose of the settings is not listed")
        return Check("allowed", "列出可调用的接口", "lists what may be called", tuple(complaints))

    def _accepted(self) -> Check:
        call = self.first = self.partner.call("POST", ASSISTANCE, self.partner.order())
        complaints = self._sound(call, 201)
        if not call.answer.headers.get("mingzheng-receipt", "").startswith("/v1/receipts/"):
            complaints.append("the answer names no receipt")
        if '"mingzheng-receipt"' not in call.answer.headers.get("signature-input", ""):
            complaints.append("the signature does not cover the receipt")
        return Check(
            "accepted", "受理请求并签名应答", "takes a request and signs the answer", tuple(complaints)
        )

    def _repeated(self) -> Check:
        key, order = uuid.uuid4().hex, self.partner.order()
        calls = [
            self.partner.call("POST", ASSISTANCE, order, sent={"idempotency-key": key}) for _ in range(2)
        ]
        complaints = [fault for call in calls for fault in self._sound(call, 201)]
        if calls[0].answer.content != calls[1].answer.content:
            complaints.append("the repeat got another answer")
        return Check("repeated", "同一幂等键得到同一应答", "one key gets one answer", tuple(complaints))

    def _key_reused(self) -> Check:
        key = uuid.uuid4().hex
        for n in range(2):
            order = self.partner.order(reason=f"第 {n} 次")
            call = self.partner.call("POST", ASSISTANCE, order, sent={"idempotency-key": key})
        complaints = self._sound(call, call.answer.status_code)
        if call.answer.status_code not in (409, 422):
            complaints.append(f"answered {call.answer.status_code}")
        return Check(
            "key_reused",
            "幂等键不得用于另一内容",
            "a key is for one content",
            tuple(complaints),
            code=call.code,
        )

    def _pages(self) -> Check:
        ids, complaints = self._listed(limit=2)
        if len(ids) != len(set(ids)):
            complaints.append("an item came twice")
        if self._id() not in ids:
            complaints.append("the new request is not listed")
        return Check("pages", "分页到底无遗漏重复", "lists to the end, each item once", tuple(complaints))

    def _feed(self) -> Check:
        subject = f"exchange/{self._id()}"
        seen: list[dict[str, Any]] = []
        complaints: list[str] = []
        cursor = ""

        def arrived() -> bool:
            nonlocal cursor
            more = True
            while more:
                call = self.partner.call("GET", f"/v1/events?limit=100&after={quote(cursor)}")
                if call.answer.status_code == 410:
                    cursor = ""
                    continue
                faults = self._sound(call, 200)
                complaints.extend(faults)
                if faults:
                    return True
                seen.extend(call.json["items"])
                cursor, more = call.json["next_cursor"], call.json["has_more"]
            return any(event["subject"] == subject for event in seen)

        if not until(arrived, _EVENT_S):
            complaints.append(f"no event of the new request within {_EVENT_S} s")
        ids, places = [event["id"] for event in seen], [event["data"]["index"] for event in seen]
        if len(ids) != len(set(ids)):
            complaints.append("an event came twice")
        if places != sorted(places):
            complaints.append("the events are not in the order of the ledger")
        return Check("feed", "事件流连续有序", "a feed in order, each event once", tuple(complaints))

    def _expired_cursor(self) -> Check:
        words = ("expired_cursor", "过期游标 410 并说明如何重来", "an expired cursor is 410 with a way back")
        call = self.partner.call("GET", f"/v1/events?limit=1&after={quote(_FIRST_CURSOR)}")
        if call.answer.status_code == 200:
            return Check(*words, left_out="the feed still holds its first events")
        complaints = self._sound(call, 410)
        if not call.code:
            complaints.append("the refusal has no code")
        again = self.partner.call("GET", "/v1/events?limit=1")
        complaints += self._sound(again, 200)
        return Check(*words, tuple(complaints), code=call.code)

    def _webhook(self) -> Iterator[Check]:
        path = "/v1/webhook-endpoints"
        created = self.partner.call("POST", path, {"url": self.hook_url})
        words = ("webhook.challenge", "推送地址先经质询", "an address is challenged first")
        if created.code in ("FORBIDDEN", "POLICY_FORBIDS") or created.answer.status_code == 403:
            yield Check(*words, left_out=f"webhooks are not open to systems here: {created.code}")
            return
        complaints = self._sound(created, 201)
        webhook_id, old = created.json.get("webhook_id", "-"), created.json.get("secret", "")
        own = f"{path}/{webhook_id}"
        if not until(lambda: self.partner.call("GET", own).json.get("state") == "ACTIVE"):
            complaints.append("the address did not become active")
        if self.hints.hints:
            complaints.append("a hint came before the challenge was answered")
        yield Check(*words, tuple(complaints))
        if complaints:
            return
        yield from self._hints(own, old)
        self.partner.call("POST", f"{own}/disablement", {})

    def _hints(self, own: str, old: str) -> Iterator[Check]:
        first = self._told()
        complaints = [] if first and is_signed(first[0], old) else ["no hint that the secret signs"]
        yield Check("webhook.signed", "推送带签名", "a hint is signed", tuple(complaints))
        rotated = self.partner.call("POST", f"{own}/secret-rotations", {})
        new, second = rotated.json.get("secret", ""), self._told()
        complaints = self._sound(rotated, 201)
        if not second or not (is_signed(second[0], old) and is_signed(second[0], new)):
            complaints.append("after the rotation a hint is not signed by both secrets")
        yield Check("webhook.rotation", "更换后新旧密钥并行", "old and new secret overlap", tuple(complaints))
        count = len(self.hints.hints)
        again = self.partner.call("POST", f"{own}/redeliveries", {})
        complaints = self._sound(again, 201)
        until(lambda: len(self.hints.hints) >= count + 1, 30)
        ids = [headers.get("webhook-id") for headers, _ in self.hints.hints[count:]]
        known = {headers.get("webhook-id") for headers, _ in self.hints.hints[:count]}
        if not ids or not set(ids) <= known:
            complaints.append("the repeat has another id")
        yield Check("webhook.redelivery", "重推使用同一编号", "a repeat has its id", tuple(complaints))

    def _told(self) -> list[tuple[dict[str, str], bytes]]:
        """The hints of a new request."""
        made = self.partner.call("POST", ASSISTANCE, self.partner.order())
        subject = f"exchange/{made.json.get('exchange_id')}"
        until(lambda: bool(self.hints.of(subject)))
        return self.hints.of(subject)

    def _receipt(self) -> Check:
        words = ("receipt", "回执可独立核验", "a receipt holds by our own arithmetic")
        call = self.partner.call("GET", f"/v1/receipts/{self._record()}")
        complaints = self._sound(call, 200)
        if not complaints:
            complaints += receipt_faults(call.json, self.partner.settings.log_key)
            if call.json.get("exchange_id") != self._id():
                complaints.append("it is of another request")
        return Check(*words, tuple(complaints))

    def _jws(self) -> Check:
        words = ("receipt.jws", "回执的 JWS 形式可核验", "a receipt as a JWS holds")
        record = self._record()
        accept = {"accept": "application/receipt+jwt"}
        call = self.partner.call("GET", f"/v1/receipts/{record}", sent=accept)
        complaints = self._sound(call, 200)
        if not complaints:
            complaints += jws_faults(call.answer.text, self.partner.keys, record)
        return Check(*words, tuple(complaints))

    def _dossier(self) -> Check:
        words = ("dossier", "卷宗可独立核验", "a dossier holds by our own arithmetic")
        call = self.partner.call("GET", f"/v1/exchanges/{self._id()}/dossier")
        complaints = self._sound(call, 200)
        if not complaints:
            faults, types = dossier_faults(call.answer.content, self._id(), self.partner.settings.log_key)
            complaints += faults
            if types[:1] != ["exchange.requested"]:
                complaints.append("its first record is not the request")
        return Check(*words, tuple(complaints))

    def _listed(self, limit: int = 100) -> tuple[list[str], list[str]]:
        """The ids of every exchange, walked page by page, and what was wrong on the way."""
        ids: list[str] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            more = f"&cursor={quote(cursor)}" if cursor else ""
            call = self.partner.call("GET", f"/v1/exchanges?limit={limit}{more}")
            faults = self._sound(call, 200)
            if faults:
                return ids, faults
            ids += [item["exchange_id"] for item in call.json["items"]]
            cursor = call.json.get("next_cursor")
            if cursor is None:
                return ids, []
        return ids, [f"the list does not end within {_MOST_PAGES} pages"]

    def _sound(self, call: Call, status: int) -> list[str]:
        """What is wrong with an answer that must have `status` and be signed for its request."""
        faults = self.partner.unbound(call)
        if call.answer.status_code != status:
            return [f"answered {call.answer.status_code} {call.code}, expected {status}", *faults]
        return faults

    def _id(self) -> str:
        return str(self.first.json.get("exchange_id")) if self.first else "-"

    def _record(self) -> str:
        link = self.first.answer.headers.get("mingzheng-receipt", "") if self.first else ""
        return str(link).rpartition("/")[2]


def check(name: str, zh: str, en: str, holds: bool, complaint: str) -> Check:
    return Check(name, zh, en, () if holds else (complaint,))
