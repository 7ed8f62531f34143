"""What a row says of a person is sealed in it; who proposed and approved the erasure of a case."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

# The columns in clear are those of cases of before; an erasure empties them too.
SEALED = """
ALTER TABLE exhibits ADD COLUMN sealed bytea;
ALTER TABLE exhibits ADD CONSTRAINT a_sealed_plate_is_not_beside_a_clear_one CHECK (sealed IS NULL OR plate IS NULL);
DROP INDEX exhibits_of_one_act;
CREATE INDEX exhibits_by_hour ON exhibits (captured_at);

ALTER TABLE parties ADD COLUMN sealed bytea,
    ALTER COLUMN name DROP NOT NULL, ALTER COLUMN identity_kind DROP NOT NULL,
    ALTER COLUMN identity_number DROP NOT NULL, ALTER COLUMN address DROP NOT NULL;
ALTER TABLE parties ADD CONSTRAINT a_sealed_party_is_not_beside_a_clear_one
    CHECK (sealed IS NULL OR num_nonnulls(name, identity_kind, identity_number, address, note) = 0);

ALTER TABLE reports ADD COLUMN sealed bytea,
    ALTER COLUMN facts DROP NOT NULL, ALTER COLUMN reasons DROP NOT NULL;
ALTER TABLE reports ADD CONSTRAINT a_sealed_report_is_not_beside_a_clear_one
    CHECK (sealed IS NULL OR num_nonnulls(facts, reasons) = 0);

ALTER TABLE defences ADD COLUMN sealed bytea, ALTER COLUMN statement DROP NOT NULL;
ALTER TABLE defences DROP CONSTRAINT an_answer_says_whether_and_why;
ALTER TABLE defences ADD CONSTRAINT an_answer_says_whether CHECK (answered = (adopted IS NOT NULL));
ALTER TABLE defences ADD CONSTRAINT a_sealed_statement_is_not_beside_a_clear_one
    CHECK (sealed IS NULL OR num_nonnulls(statement, reason) = 0);
"""

ERASURES = """
CREATE TABLE erasures (
    case_id     text PRIMARY KEY REFERENCES cases,
    reason      text NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    approved_by text,
    approved_at timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT an_erasure_has_a_reason_of_law CHECK (reason IN ('RETENTION_ENDED', 'PARTY_REQUEST')),
    CONSTRAINT the_second_person_is_another CHECK (approved_by IS NULL OR approved_by <> proposed_by),
    CONSTRAINT an_approval_has_its_hour CHECK ((approved_by IS NULL) = (approved_at IS NULL))
);
SELECT guard('erasures', 'case', 'case_id');
ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
CREATE POLICY fence ON erasures USING (EXISTS (SELECT FROM cases c WHERE c.id = erasures.case_id))
    WITH CHECK (EXISTS (SELECT FROM cases c WHERE c.id = erasures.case_id));
"""


def upgrade() -> None:
    op.execute(SEALED)
    op.execute(ERASURES)
