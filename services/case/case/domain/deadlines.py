"""The named deadlines of a case: each with its article and its number from the profile.

A period that no law sets is the city's own, and is printed as that (`CITY_PERIOD`): nobody is shown an article for it.

The party's periods roll to a working day; the agency's never do. Statutory numbers stand in the profile
too, so that one table shows every figure, but a period that protects the party has a floor here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from case.domain.remedies import Forum, Procedure
from common.values.calendar import (
    Calendar,
    Deadline,
    Holder,
    Period,
    Stop,
    Unit,
    deadline,
    legal_day,
    months_after,
    unit_of,
)
from common.values.law import (
    AEL_39,
    AEL_53,
    AEL_54,
    AEL_56,
    AEL_57,
    AEL_58,
    AEL_69,
    AES_22_1,
    ALL_45,
    ALL_46,
    ALL_67,
    APL_28_1,
    APL_36,
    APL_45,
    APL_48,
    APL_48_2,
    APL_56,
    APL_60,
    APL_61,
    APL_64_1,
    APL_67,
    APL_85,
    ARL_20,
    ARL_32,
    ARL_48,
    ARL_54,
    ARL_88,
    ARR_38,
    ARR_58,
    CITY_PERIOD,
    CRIMT_5,
    NJ_15,
    Article,
)
from common.values.profile import Limits, Profile
from common.values.rulesets import RuleSet

# A shorter period to answer would be none (APL 7, 45); the profile may only lengthen it.
DEFENCE_FLOOR_WD = 3
CRIME_DECISION_CD = 3
PRESERVED_WD = 7
"""The days after which evidence is decided about that was registered and kept (APL 56)."""


@dataclass(frozen=True)
class Terms:
    """The figures and the days under which a case runs: the city's profile and the published calendar."""

    profile: Profile
    calendar: Calendar

    @property
    def limits(self) -> Limits:
        return self.profile.limits

    def identify_party(self, opened_at: datetime) -> Deadline:
        return self._agency("identify_party", CITY_PERIOD, opened_at, self.limits.identify_party_wd)

    def prompt(self, opened_at: datetime) -> Deadline:
        """The party hears of the suspicion at once, at the latest after the profile's working days (NJ 15)."""
        return self._agency("prompt", NJ_15, opened_at, self.limits.notice_sla_wd)

    def prompt_limit(self, opened_at: datetime) -> Deadline:
        """The last working day on which a prompt still counts as prompt; the city's own figure (NJ 15)."""
        return self._agency("prompt_limit", NJ_15, opened_at, self.limits.notice_wd)

    def correction(self, prompted_at: datetime, ruleset: RuleSet) -> datetime:
        """Until when the party may correct before a case can be filed (NJ 4, 15); now if it cannot be corrected."""
        return prompted_at + timedelta(
            minutes=ruleset.correction.window_minutes if ruleset.correctable else 0
        )

    def correct(self, served_at: datetime, days: int) -> Deadline:
        """The days of an order to correct run from its service and roll like every period of the party."""
        return self._party("correct", APL_28_1, served_at, days)

    def file(self, applied_at: datetime) -> Deadline:
        return self._agency("file", CITY_PERIOD, applied_at, self.limits.file_decision_cd, Unit.CALENDAR_DAY)

    def decide_non_filing(self, proposed_at: datetime) -> Deadline:
        """A suspicion that goes no further ends soon: the city's own figure, as for the elimination of a record."""
        return self._agency("decide_non_filing", CITY_PERIOD, proposed_at, self.limits.eliminate_wd)

    def lookback_from(self, act_at: datetime) -> date:
        """The first day of the look-back for earlier violations of the party, the city's own figure (APL 33(1))."""
        return months_after(legal_day(act_at), -self.profile.first_offence.lookback_months)

    def lookback_ends(self, ended_at: datetime) -> datetime:
        """Until when a waived lead may count as an earlier violation."""
        months = self.profile.first_offence.lookback_months
        period = Period("lookback", CITY_PERIOD, months, Unit.MONTH, Holder.EFFECT)
        return self._by(period, ended_at).due_at

    def decide(self, filed_at: datetime, stops: tuple[Stop, ...] = ()) -> Deadline:
        """Ninety calendar days from filing, and they do not roll (APL 60; its days are not those of APL 85).

        `stops` are days that a law, a regulation or a rule takes out, as the profile lists their reasons.
        """
        days = self.limits.decide_cd
        period = Period("decide", APL_60, days, unit_of(APL_85, days), Holder.AGENCY)
        lawful = frozenset(self.profile.clock_stops)
        filed_on = legal_day(filed_at)
        return deadline(period, filed_on, calendar=self.calendar, stops=stops, lawful_stops=lawful)

    def settle_preservation(self, ordered_at: datetime, number: int) -> Deadline:
        """Seven working days to decide what becomes of evidence that is kept where it is (APL 56, 85)."""
        rule = f"settle_preservation_{number}"
        return self._agency(rule, APL_56, ordered_at, PRESERVED_WD, unit_of(APL_85, PRESERVED_WD))

    def decide_crime(self, reported_at: datetime, number: int) -> Deadline:
        """Three days for the head; the regulation says 日, so they are calendar days and do not roll (CrimT 5(2))."""
        rule = f"decide_crime_{number}"
        return self._agency(rule, CRIMT_5, reported_at, CRIME_DECISION_CD, Unit.CALENDAR_DAY)

    def defence(self, served_at: datetime) -> Deadline:
        """APL sets no number for statement and defence; the profile's, but never under three working days."""
        days = max(self.limits.defence_wd, DEFENCE_FLOOR_WD)
        return self._party("defence", APL_45, served_at, days, Unit.WORKING_DAY)

    def request_hearing(self, served_at: datetime) -> Deadline:
        """Five working days to ask for a hearing (APL 64(1), 85), the profile's where it gives more."""
        days = self.limits.hearing_request_wd
        return self._party("request_hearing", APL_64_1, served_at, days, Unit.WORKING_DAY)

    def review_legally(self, prepared_at: datetime) -> Deadline:
        return self._agency("review_legally", CITY_PERIOD, prepared_at, self.profile.review.legal_review_wd)

    def decide_recusal(self, applied_at: datetime) -> Deadline:
        """The law asks for a decision and sets no days: the city's own (APL 43(3))."""
        return self._agency("decide_recusal", CITY_PERIOD, applied_at, self.profile.review.recusal_wd)

    def review_defence(self, window_over_at: datetime) -> Deadline:
        return self._agency("review_defence", CITY_PERIOD, window_over_at, self.limits.defence_review_wd)

    def serve_decision(self, decided_at: datetime) -> Deadline:
        days = self.limits.service_wd
        return self._agency("serve_decision", APL_61, decided_at, days, unit_of(APL_85, days))

    def pay(self, served_at: datetime) -> Deadline:
        """Fifteen calendar days from service (APL 67(3)), rolled like every period of the party."""
        days = self.limits.pay_cd
        return self._party("pay", APL_67, served_at, days, unit_of(APL_85, days))

    def reconsideration(self, served_at: datetime, *, stops: tuple[Stop, ...] = ()) -> Deadline:
        """Sixty days from knowing the decision (ARL 20). `stops` are the days of ARR 38(2)."""
        days = self.limits.reconsideration_cd
        period = Period("reconsideration", ARL_20, days, unit_of(ARL_88, days), Holder.PARTY)
        lawful = frozenset(stop.reason for stop in stops)
        return deadline(
            period, legal_day(served_at), calendar=self.calendar, stops=stops, lawful_stops=lawful
        )

    def litigation(self, served_at: datetime) -> Deadline:
        return self._party("litigation", ALL_46, served_at, self.limits.litigation_months, Unit.MONTH)

    def handle_application(self, received_at: datetime) -> Deadline:
        """An application through the agency is corrected or forwarded within five working days (ARL 32)."""
        return self._agency("handle_application", ARL_32, received_at, 5, unit_of(ARL_88, 5))

    def answer_remedy(self, copy_on: date, forum: Forum, procedure: Procedure | None) -> Deadline:
        """The answer with its evidence counts from the copy that the agency received (ARL 48, 54; ALL 67)."""
        if forum is Forum.LITIGATION:
            n, unit, law = 15, Unit.CALENDAR_DAY, ALL_67
        elif procedure is Procedure.SIMPLIFIED:
            n, unit, law = 5, unit_of(ARL_88, 5), ARL_54
        else:
            n, unit, law = 10, unit_of(ARL_88, 10), ARL_48
        return deadline(Period("remedy_answer", law, n, unit, Holder.AGENCY), copy_on, calendar=self.calendar)

    def reconsideration_left(self, period_on: date, stop: Stop) -> Deadline:
        """The sixty days from `period_on` without the days from the submission to the notice (ARR 38(2))."""
        days = self.limits.reconsideration_cd
        period = Period("reconsideration_left", ARR_38, days, unit_of(ARL_88, days), Holder.PARTY)
        lawful = frozenset({stop.reason})
        return deadline(period, period_on, calendar=self.calendar, stops=(stop,), lawful_stops=lawful)

    def sue_after_reconsideration(self, received_on: date) -> Deadline:
        """Fifteen days to go to court once the decision of the organ was received (ALL 45)."""
        period = Period("litigation", ALL_45, 15, Unit.CALENDAR_DAY, Holder.PARTY)
        return deadline(period, received_on, calendar=self.calendar)

    def act_anew(self, effective_on: date, given_cd: int | None) -> Deadline:
        """The days that the organ or the court gave to decide again; sixty where it gave none (ARR 58)."""
        period = Period("act_anew", ARR_58, given_cd or 60, Unit.CALENDAR_DAY, Holder.AGENCY)
        return deadline(period, effective_on, calendar=self.calendar)

    def limitation(
        self, act_ended_at: datetime, *, years: int | None = None, law: Article = APL_36
    ) -> Deadline:
        """After so many years no penalty may be imposed for an act that nobody had discovered (APL 36)."""
        months = 12 * (self.limits.limitation_years if years is None else years)
        period = Period("limitation", law, months, Unit.MONTH, Holder.EFFECT)
        return self._by(period, act_ended_at)

    def close(self, performed_at: datetime) -> Deadline:
        return self._agency("close", CITY_PERIOD, performed_at, self.limits.close_cd, Unit.CALENDAR_DAY)

    def refund(self, opened_at: datetime, number: int) -> Deadline:
        """Money that is not owed goes back soon: the city's own figure, for each refund of a case apart."""
        days = self.profile.performance.refund_cd
        return self._agency(f"refund_{number}", CITY_PERIOD, opened_at, days, Unit.CALENDAR_DAY)

    def answer_relief(self, applied_at: datetime) -> Deadline:
        """Who asks to pay later hears soon whether they may: the city's own figure (APL 66(2) sets none)."""
        days = self.profile.performance.relief_answer_wd
        return self._agency("answer_relief", CITY_PERIOD, applied_at, days)

    def demand(self, remedies_end_on: date) -> Deadline:
        """Who has not paid when the remedies are over is demanded to (AEL 54), within the city's own figure."""
        days = self.profile.performance.demand_cd
        period = Period("demand", CITY_PERIOD, days, Unit.CALENDAR_DAY, Holder.AGENCY)
        return deadline(period, remedies_end_on, calendar=self.calendar)

    def answer_demand(self, served_at: datetime) -> Deadline:
        """Ten working days after the service of the demand the court may be asked (AEL 54, 69)."""
        days = self.profile.performance.demand_wd
        return self._party("answer_demand", AEL_54, served_at, days, unit_of(AEL_69, days))

    def apply_court(self, from_on: date, law: Article = AEL_53) -> Deadline:
        """Three months from the end of the remedies, or of a granted plan (APL 72(2)); then the right is lost."""
        months = self.profile.performance.apply_months
        period = Period("apply_court", law, months, Unit.MONTH, Holder.AGENCY)
        return deadline(period, from_on, calendar=self.calendar)

    def court_accepts(self, applied_on: date) -> Deadline:
        """Five working days, in which the court says whether it takes the application (AEL 56, 69)."""
        return self._court("court_accepts", AEL_56, applied_on, 5)

    def court_rules(self, accepted_on: date) -> Deadline:
        """Seven working days, in which the court rules on a decision that is not plainly unlawful (AEL 57, 69)."""
        return self._court("court_rules", AEL_57, accepted_on, 7)

    def object_to_court(self, told_on: date) -> Deadline:
        """Fifteen calendar days for the agency to go to the next higher court (AEL 56, 58; 69 counts ten at most)."""
        period = Period("object_to_court", AEL_58, 15, unit_of(AEL_69, 15), Holder.AGENCY)
        return deadline(period, told_on, calendar=self.calendar)

    def suspended_for_good(self, suspended_on: date) -> Deadline:
        """Three years after which an execution that rests is not taken up again (AEL 39(2))."""
        months = self.profile.performance.suspended_years * 12
        period = Period("suspended_for_good", AEL_39, months, Unit.MONTH, Holder.EFFECT)
        return deadline(period, suspended_on, calendar=self.calendar)

    def archive(self, closed_at: datetime) -> Deadline:
        return self._agency("archive", CITY_PERIOD, closed_at, self.limits.archive_cd, Unit.CALENDAR_DAY)

    def review_amendment(self, proposed_at: datetime) -> Deadline:
        """A legal reviewer has the city's working days for a proposal to amend a decision (APL 75(2))."""
        return self._agency("review_amendment", CITY_PERIOD, proposed_at, self.profile.amendments.review_wd)

    def publish(self, decided_at: datetime, number: int) -> Deadline:
        """Seven working days from the decision (国办发〔2018〕118号); the city's figure (APL 48(1))."""
        return self._agency(f"publish_{number}", APL_48, decided_at, self.limits.publish_wd)

    def withdraw_publication(self, fell_at: datetime, number: int) -> Deadline:
        """Three days from the act by which the decision fell, and three are working days (APL 48(2), 85)."""
        days = self.limits.withdraw_publication_wd
        return self._agency(f"withdraw_{number}", APL_48_2, fell_at, days, unit_of(APL_85, days))

    def settle_invalidation(self, opened_at: datetime, number: int) -> Deadline:
        """What follows from a capture that is no evidence any more is settled within the city's working days."""
        days = self.profile.amendments.settle_wd
        return self._agency(f"invalidation_{number}", CITY_PERIOD, opened_at, days)

    def data_request(self, asked_at: datetime, number: int) -> Deadline:
        """PIPL 50 wants an answer and names no day: the city's own figure, for each request apart."""
        return self._agency(
            f"data_request_{number}", CITY_PERIOD, asked_at, self.profile.reading.data_request_wd
        )

    def oversight_reply(self, opened_at: datetime) -> Deadline:
        """An agency that the supervisor asks to explain itself has the city's working days to do so (AES 22(1))."""
        days = self.profile.exchange.oversight_reply_wd
        return self._agency("oversight_reply", AES_22_1, opened_at, days)

    def _court(self, rule: str, law: Article, trigger: date, n: int) -> Deadline:
        period = Period(rule, law, n, unit_of(AEL_69, n), Holder.EFFECT)
        return deadline(period, trigger, calendar=self.calendar)

    def _agency(
        self, rule: str, law: Article, trigger: datetime, n: int, unit: Unit = Unit.WORKING_DAY
    ) -> Deadline:
        return self._by(Period(rule, law, n, unit, Holder.AGENCY), trigger)

    def _party(
        self, rule: str, law: Article, trigger: datetime, n: int, unit: Unit = Unit.CALENDAR_DAY
    ) -> Deadline:
        return self._by(Period(rule, law, n, unit, Holder.PARTY), trigger)

    def _by(self, period: Period, trigger: datetime) -> Deadline:
        return deadline(period, legal_day(trigger), calendar=self.calendar)
