"""The people and things that all cases of `./mz demo cases` share, and the acts that most of them need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from common.files.digests import digest_field
from common.values.calendar import legal_day
from mz.demo import orders
from mz.demo.exchange import case_of
from mz.demo.fakebank import CALLBACK_PATH, DAY_PATH, FakeBank, day_file, payment_notice
from mz.demo.stage import Refused, Scene
from mz.demo.story import (
    Watching,
    capture_is_pushed,
    capture_is_reviewed,
    has_consented,
    message_arrives,
    party_consents,
    party_is_heard,
    party_is_notified,
    serve,
)

_SLIP: Final = b"%PDF-1.7\n% the slip that the party signed\n%%EOF\n"


@dataclass(frozen=True)
class Cast:
    """`scene` tells what it plays, `quiet` does not. `watching` is the camera that sees every act.

    `watching_there` is a camera of the second agency, before which one of these acts happens too.
    """

    scene: Scene
    quiet: Scene
    watching: Watching
    bank: FakeBank
    watching_there: Watching

    async def opens(self) -> str:
        """A capture that two officers accepted, and the case that it opened: the id of the case."""
        # The same car, long after the last case: within three hours its capture would be of the same act (APL 29).
        await self.quiet.pass_time("另一次违法行为", "APL 29", minutes=240)
        evidence_id = await capture_is_pushed(self.quiet, self.watching)
        await capture_is_reviewed(self.quiet, evidence_id)
        case_id = await case_of(self.quiet, evidence_id)

        async def copied() -> bool | None:
            case = await self.quiet.read("CASE_OFFICER", f"/v1/cases/{case_id}")
            return True if all(exhibit["backed_up"] for exhibit in case["exhibits"]) else None

        # The note that the capture has its copy changes the case, and no document is made of a case that changes.
        await self.scene.until(copied, "the copy of the capture noted by the case")
        return case_id

    async def act(
        self, role: str, case_id: str, what: str, order: dict[str, Any], text: str, law: str, *, nth: int = 0
    ) -> dict[str, Any]:
        """An act on the case, told."""
        return await self.scene.act(role, f"/v1/cases/{case_id}/{what}", order, text, law, nth=nth)

    async def state(self, case_id: str) -> str:
        case = await self.quiet.read("CASE_OFFICER", f"/v1/cases/{case_id}")
        return str(case["state"])

    async def until_state(self, case_id: str, *states: str) -> None:
        """Wait until the case is in one of `states`."""

        async def reached() -> bool | None:
            return True if await self.state(case_id) in states else None

        await self.scene.until(reached, f"the case is {' or '.join(states)}")

    async def prompted(self, **changes: Any) -> str:
        """A case whose party is known and was told: its id."""
        case_id = await self.opens()
        party = orders.party(self.scene.stage.sub("PARTY").partition(":")[2]) | changes
        await self.quiet.act("CASE_OFFICER", f"/v1/cases/{case_id}/party", party, "确认当事人", "APL 40")
        await self.act(
            "CASE_OFFICER", case_id, "prompt", orders.PROMPT, "发出涉嫌违法行为告知提示", "NJ 4, 15"
        )
        await message_arrives(self.quiet, case_id, "D-02")
        await self.until_state(case_id, "PROMPTED")

        async def noted() -> bool | None:
            case = await self.quiet.read("CASE_OFFICER", f"/v1/cases/{case_id}")
            return True if case["prompt_delivered_at"] else None

        await self.scene.until(noted, "the delivery of the prompt noted by the case")
        return case_id

    async def filed(self, case_id: str) -> None:
        """The period to correct is over; two officers apply, the head files."""
        await self.quiet.pass_time("改正期限届满", "NJ 4", minutes=40)
        second = self.scene.stage.sub("CASE_OFFICER", nth=1).partition(":")[2]
        application = orders.filing_application(second)
        path = f"/v1/cases/{case_id}"
        await self.quiet.act("CASE_OFFICER", f"{path}/filing-application", application, "申请立案", "APL 54")
        await self.act("AGENCY_HEAD", case_id, "filing", {}, "批准立案", "APL 54, 60")

    async def signed(self, case_id: str, text: str, **changes: Any) -> None:
        """Both officers sign the same report."""
        for nth, name in enumerate(("郑示甲", "王示甲")):
            order = {**orders.REPORT, "signed_as": name, **changes}
            await self.act(
                "CASE_OFFICER", case_id, "investigation-conclusion", order, text, "APL 57", nth=nth
            )

    async def notified(self, case_id: str) -> None:
        """The prior notice is served, without a word."""
        await party_is_notified(self.quiet, case_id)

    async def consented(self) -> None:
        """The party agrees to electronic service, where an earlier case did not ask."""
        if not await has_consented(self.quiet):
            await party_consents(self.quiet)

    async def heard(self, case_id: str) -> None:
        """Prior notice, its service, the statement and the answer, without a word."""
        await party_is_heard(self.quiet, case_id)

    async def corrected(self, case_id: str) -> None:
        """An officer sees on the spot that the act was put right."""
        await self.quiet.pass_time("十分钟后", "NJ 4", minutes=10)
        at = self.scene.stage.now() - timedelta(minutes=1)
        order = {"shown_by": "ON_SITE", "note": "到场核实,车辆已驶离。", "corrected_at": at.isoformat()}
        await self.act("CASE_OFFICER", case_id, "correction-confirmations", order, "到场确认已改正", "NJ 4")

    async def kept(self, case_id: str) -> str:
        """The digest of a signed sheet that an officer uploaded to the case."""
        headers = {"content-digest": digest_field(_SLIP), "content-type": "application/octet-stream"}
        path = f"/v1/cases/{case_id}/proofs"
        answer = await self.scene.stage.upload("CASE_OFFICER", path, _SLIP, headers)
        if not answer.is_success:
            raise Refused(f"{path}: {answer.status_code} {answer.text[:500]}")
        return str(answer.json()["proof_sha256"])

    async def educated(self, case_id: str, why: str) -> None:
        """The party is educated, and the signed slip is kept as proof."""
        proof = await self.kept(case_id)
        await self.quiet.pass_time("当面教育", "APL 33(3)", minutes=2)
        order = {
            "why": why,
            "text": "机动车应当在规定地点停放,人行道供行人通行。",
            "told_at": (self.scene.stage.now() - timedelta(minutes=1)).isoformat(),
            "how": "IN_PERSON",
            "proof_sha256": proof,
        }
        await self.act(
            "CASE_OFFICER", case_id, "educations", order, "对当事人进行教育并留存凭证", "APL 33(3)"
        )

    async def ends_unfiled(self, case_id: str, reason: str, ground: str, **findings: bool) -> None:
        """One officer proposes that the lead becomes no case, the team's leader approves."""
        order = {
            "reason": reason,
            "findings": orders.FINDINGS | findings,
            "ground": ground,
            "signed_as": "郑示甲",
        }
        await self.act("CASE_OFFICER", case_id, "non-filing-proposal", order, "申请不予立案", "APL 54")
        await self.act(
            "TEAM_LEAD", case_id, "non-filing", {"signed_as": "孙示甲"}, "批准不予立案", "APL 33, 57"
        )

    async def ends_unpunished(self, case_id: str, outcome: str, reason: str, law: str) -> None:
        """The head decides not to punish; the decision is served, the case closed and archived."""
        order = {"outcome": outcome, "reasons": [reason]}
        await self.act("AGENCY_HEAD", case_id, "no-penalty-decision", order, f"不予行政处罚:{reason}", law)
        await serve(self.quiet, case_id, "decision", "D-20")
        await self.closed(case_id)

    async def decided(self, case_id: str) -> None:
        """The head decides the fine that was notified, and the decision is served."""
        fine = f"作出行政处罚决定:罚款 {orders.DECISION['fine_fen'] / 100:.2f} 元"
        await self.act("AGENCY_HEAD", case_id, "decision", orders.DECISION, fine, "APL 57, 59")
        await serve(self.quiet, case_id, "decision", "D-20a")

    async def paid(self, case_id: str, amount_fen: int, *, reference: str | None = None) -> None:
        """The bank takes `amount_fen` under this reference of the case, and confirms it in its file of the day."""
        stage = self.scene.stage
        if reference is None:
            case = await self.quiet.read("CASE_OFFICER", f"/v1/cases/{case_id}")
            reference = str(case["payment"]["reference"])
        serial = f"D{stage.now():%y%m%d%H%M}{reference[-8:]}{amount_fen}"
        at = stage.now()
        body = payment_notice(reference=reference, amount_fen=amount_fen, paid_at=at, serial=serial)
        for content, path in ((body, CALLBACK_PATH), (day_file(legal_day(at), body), DAY_PATH)):
            told = await self.bank.tell(stage.http, content, path)
            if not told.is_success:
                raise Refused(f"payment: {told.status_code} {told.text[:500]}")
        await self.scene.say("示范银行", f"签名回执并对账:已收 {amount_fen / 100:.2f} 元", "APL 67; NJ 16")

    async def closed(self, case_id: str) -> None:
        """Closed by two hands, and archived."""
        path = f"/v1/cases/{case_id}"
        await self.quiet.act("CASE_OFFICER", f"{path}/closure-proposal", {}, "提议结案", "NJ 16")
        await self.act("TEAM_LEAD", case_id, "closure", {}, "批准结案", "APL 47")
        await self.act("ARCHIVIST", case_id, "archive", {}, "案卷归档", "NJ 17")
