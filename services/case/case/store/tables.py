"""The tables of cases as SQLAlchemy sees them; the sentences of each row stand in the migration.

Plates, names, numbers, addresses and statements are personal data of level 3. They live in `sealed`, encrypted under
the secret of their case (`texts`), and enter records only as the salted digest of their row.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from common.door.rows import business_table

metadata = sa.MetaData()
_TEXTS = ARRAY(sa.Text)
_INSTANT = sa.DateTime(timezone=True)


cases = business_table(
    "cases",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("agency_id", sa.Text),
    sa.Column("party_id", sa.Text),
    sa.Column("year", sa.Integer),
    sa.Column("serial", sa.Integer),
    sa.Column("number", sa.Text),
    sa.Column("state", sa.Text),
    sa.Column("revision", sa.Integer),
    sa.Column("violation_code", sa.Text),
    sa.Column("item_version", sa.Integer),
    sa.Column("opened_at", _INSTANT),
    sa.Column("prompt_document_id", sa.Text),
    sa.Column("prompt_delivered_at", _INSTANT),
    sa.Column("correction_until", _INSTANT),
    sa.Column("officers", _TEXTS),
    sa.Column("filed_at", _INSTANT),
    sa.Column("decide_until", _INSTANT),
    sa.Column("tier", sa.Text),
    sa.Column("report_sha256", sa.LargeBinary),
    sa.Column("proposed_kind", sa.Text),
    sa.Column("proposed_fen", sa.BigInteger),
    sa.Column("minor", sa.Boolean),
    sa.Column("promptly_corrected", sa.Boolean),
    sa.Column("harmless", sa.Boolean),
    sa.Column("complex_case", sa.Boolean),
    sa.Column("defence_reviewed_by", sa.Text),
    sa.Column("decision_document_id", sa.Text),
    sa.Column("decided_kind", sa.Text),
    sa.Column("decided_fen", sa.BigInteger),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", _INSTANT),
    sa.Column("surcharge_stated", sa.Boolean),
    sa.Column("service_ordered", sa.Text),
    sa.Column("served_at", _INSTANT),
    sa.Column("payment_reference", sa.Text),
    sa.Column("fine_fen", sa.BigInteger),
    sa.Column("pay_due_on", sa.Date),
    sa.Column("paid_at", _INSTANT),
    sa.Column("paid_fen", sa.BigInteger),
    sa.Column("has_receipt", sa.Boolean),
    sa.Column("closure_proposed_by", sa.Text),
    sa.Column("closed_at", _INSTANT),
    sa.Column("others_asked_at", _INSTANT),
    sa.Column("others_penalties", _TEXTS),
    sa.Column("others_heard", sa.Boolean),
    sa.Column("others_silent", _TEXTS),
    owner="id",
)
exhibits = business_table(
    "exhibits",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("evidence_id", sa.Text, primary_key=True),
    sa.Column("device_id", sa.Text),
    sa.Column("device_code", sa.Text),
    sa.Column("place", sa.Text),
    sa.Column("captured_at", _INSTANT),
    sa.Column("reviewers", _TEXTS),
    sa.Column("device_lawful", sa.Boolean),
    sa.Column("backed_up", sa.Boolean),
    sa.Column("media", _TEXTS),
    sa.Column("measured_quantity", sa.Text),
    sa.Column("measured_unit", sa.Text),
    sa.Column("measured_value", sa.Numeric),
    sa.Column("measured_limit", sa.Numeric),
    sa.Column("permissible_error", sa.Numeric),
    sa.Column("deducted_value", sa.Numeric),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
parties = business_table(
    "parties",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("party_id", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("age_group", sa.Text),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
prompt_drafts = business_table(
    "prompt_drafts",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("ruleset", sa.Text),
    sa.Column("drafted_at", _INSTANT),
    sa.Column("sla_missed_at", _INSTANT),
    sa.Column("limit_missed_at", _INSTANT),
    owner="case_id",
)
prompts = business_table(
    "prompts",
    metadata,
    sa.Column("document_id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
reports = business_table(
    "reports",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("trace", _TEXTS),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
signatures = business_table(
    "signatures",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("officer_id", sa.Text, primary_key=True),
    sa.Column("signed_as", sa.Text),
    sa.Column("certificate", sa.Text),
    sa.Column("certificate_until", sa.Date),
    sa.Column("signed_at", _INSTANT),
    sa.Column("no_conflict", sa.Boolean),
    owner="case_id",
)
notices = business_table(
    "notices",
    metadata,
    sa.Column("document_id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text),
    sa.Column("violations", _TEXTS),
    sa.Column("kind", sa.Text),
    sa.Column("fine_fen", sa.BigInteger),
    sa.Column("duration_days", sa.Integer),
    sa.Column("hearing_offered", sa.Boolean),
    sa.Column("issued_at", _INSTANT),
    sa.Column("served_at", _INSTANT),
    sa.Column("defence_until", _INSTANT),
    owner="case_id",
)
defences = business_table(
    "defences",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("final", sa.Boolean),
    sa.Column("submitted_at", _INSTANT),
    sa.Column("answered", sa.Boolean),
    sa.Column("adopted", sa.Boolean),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
documents = business_table(
    "documents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text),
    sa.Column("agency_id", sa.Text),
    sa.Column("party_id", sa.Text),
    sa.Column("kind", sa.Text),
    sa.Column("number", sa.Text),
    sa.Column("template", sa.Text),
    sa.Column("sha256", sa.Text, info={"blobs": "blobs"}),
    sa.Column("made_at", _INSTANT),
    owner="case_id",
)
deadlines = business_table(
    "deadlines",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("law", sa.Text),
    sa.Column("unit", sa.Text),
    sa.Column("n", sa.Integer),
    sa.Column("holder", sa.Text),
    sa.Column("trigger_on", sa.Date),
    sa.Column("raw_on", sa.Date),
    sa.Column("due_on", sa.Date),
    sa.Column("rolled_by", sa.Text),
    sa.Column("alarm_on", sa.Date),
    sa.Column("calendar_version", sa.Text),
    sa.Column("provisional", sa.Boolean),
    owner="case_id",
)
payments = business_table(
    "payments",
    metadata,
    sa.Column("serial", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text),
    sa.Column("reference", sa.Text),
    sa.Column("amount_fen", sa.BigInteger),
    sa.Column("surcharge_fen", sa.BigInteger),
    sa.Column("paid_at", _INSTANT),
    sa.Column("channel", sa.Text),
    sa.Column("receipt_number", sa.Text),
    sa.Column("notice_sha256", sa.LargeBinary),
    owner="case_id",
)
erasures = business_table(
    "erasures",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text),
    sa.Column("proposed_by", sa.Text),
    sa.Column("proposed_at", _INSTANT),
    sa.Column("approved_by", sa.Text),
    sa.Column("approved_at", _INSTANT),
    owner="case_id",
)
query_codes = business_table(
    "query_codes",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary),
    sa.Column("made_at", _INSTANT),
    sa.Column("sealed", sa.LargeBinary),
    owner="case_id",
)
