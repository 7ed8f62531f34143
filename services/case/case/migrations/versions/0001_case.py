"""The whole schema of case: the door, cases, all that hangs on a case, oversight items, the catalogue of law."""

from __future__ import annotations

from importlib.resources import files

from alembic import op

revision = "0001"
down_revision = None

CASES = """
-- One case from the first suspicion to the archive; its parts lie in the tables below.
CREATE TABLE cases (
    id                   text PRIMARY KEY CHECK (id ~ '^cas_[0-9a-z]{26}$'),
    agency_id            text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    party_id             text CHECK (party_id ~ '^pty_[0-9a-z]{26}$'),
    year                 int NOT NULL,
    serial               int NOT NULL CHECK (serial BETWEEN 1 AND 9999999),
    number               text NOT NULL,
    admin_division       text NOT NULL CHECK (admin_division ~ '^[0-9]{6}([0-9]{3})?$'),
    state                text NOT NULL CHECK (state IN (
        'SUSPECTED', 'PROMPTED', 'READY_TO_FILE', 'FILED', 'INVESTIGATING', 'INVESTIGATION_CONCLUDED',
        'PRIOR_NOTICE_SENT', 'PRIOR_NOTICE_SERVED', 'DEFENCE_REVIEW', 'HEARING', 'LEGAL_REVIEW',
        'COLLECTIVE_DISCUSSION', 'DECIDED', 'SERVICE_PENDING', 'SERVED', 'PERFORMING', 'PERFORMED',
        'CLOSED', 'ARCHIVED', 'NOT_FILED', 'TRANSFERRED_OUT', 'SUSPENDED', 'DEMANDED',
        'ENFORCEMENT_APPLIED', 'ENFORCEMENT_RULED', 'ENFORCED', 'ENFORCEMENT_ENDED',
        'REOPENED', 'REVOKED_BY_SELF', 'CHANGED_BY_SELF')),
    revision             int NOT NULL CHECK (revision > 0),
    violation_code       text NOT NULL,
    item_version         int NOT NULL,
    opened_at            timestamptz NOT NULL,
    prompt_document_id   text,
    prompt_delivered_at  timestamptz,
    correction_until     timestamptz,
    officers             text[] NOT NULL,
    filed_at             timestamptz,
    decide_until         timestamptz,
    tier                 text,
    report_sha256        bytea CHECK (length(report_sha256) = 32),
    proposed_kind        text,
    proposed_fen         bigint CHECK (proposed_fen >= 0),
    minor                boolean,
    promptly_corrected   boolean,
    harmless             boolean,
    complex_case         boolean,
    proposed_outcome     text,
    defence_reviewers    text[] NOT NULL DEFAULT '{}',
    decision_document_id text,
    outcome              text,
    decided_kind         text,
    decided_fen          bigint CHECK (decided_fen >= 0),
    decided_by           text,
    decided_at           timestamptz,
    surcharge_stated     boolean,
    service_ordered      text,
    served_at            timestamptz,
    failed_orders        text[] NOT NULL,
    doubted_documents    text[] NOT NULL,
    doubted_steps        int[] NOT NULL,
    payment_reference    text CHECK (payment_reference ~ '^[0-9]{20}$'),
    -- Every reference under which the fine was ever to be paid, the one in force last: money may come under each.
    payment_references   text[] NOT NULL DEFAULT '{}',
    fine_fen             bigint,
    pay_due_on           date,
    paid_at              timestamptz,
    paid_fen             bigint NOT NULL,
    has_receipt          boolean NOT NULL,
    closure_proposed_by  text,
    closed_at            timestamptz,
    others_asked_at      timestamptz,
    others_penalties     text[],
    others_heard         boolean,
    others_silent        text[],
    -- What an end beside a penalty rests on (domain/outcomes.py).
    corrected_at          timestamptz,
    correction_shown_by   text,
    first_checked_at      timestamptz,
    first_lookback_from   date,
    first_hits            int CHECK (first_hits >= 0),
    first_silent          int,
    first_harm            text CHECK (first_harm IN ('NONE', 'SLIGHT', 'SERIOUS')),
    first_choice          text CHECK (first_choice IN ('WAIVE', 'PROCEED')),
    education_document_id text,
    educated_at           timestamptz,
    educated_how          text,
    education_proof       text CHECK (education_proof ~ '^[0-9a-f]{64}$'),
    unfiled_reason        text,
    unfiled_proposed_by   text,
    unfiled_at            timestamptz,
    -- Investigations that were sent back by the head (domain/returning.py).
    round                 int NOT NULL CHECK (round > 0),
    returned_at           timestamptz,
    distinct_acts         text[] NOT NULL,
    -- Who held a hearing and who reviewed legally, whatever became of either.
    chairs                text[] NOT NULL,
    legal_reviewers       text[] NOT NULL,
    has_deliberation      boolean NOT NULL,
    -- The ground on which an execution ended without full payment.
    enforcement_ended    text,
    revoked_at            timestamptz,
    -- The act that the case is about (domain/acts.py).
    same_act_as          text,
    merged_at            timestamptz,
    act_ended_at         timestamptz,
    -- The parties that proved to be the wrong ones.
    released_parties     text[] NOT NULL DEFAULT '{}',
    party_released_at    timestamptz,
    -- The transfer of the lead to another agency.
    transfer_id          text,
    transfer_to          text,
    row_salt             bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_serial_is_given_once UNIQUE (agency_id, year, serial),
    CONSTRAINT a_case_code_names_one_case UNIQUE (number),
    CONSTRAINT a_payment_reference_names_one_case UNIQUE (payment_reference),
    CONSTRAINT the_reference_in_force_is_the_last CHECK (
        payment_references[cardinality(payment_references)] IS NOT DISTINCT FROM payment_reference),
    CONSTRAINT nobody_unknown_is_prompted CHECK (
        state IN ('SUSPECTED', 'NOT_FILED', 'TRANSFERRED_OUT') OR party_id IS NOT NULL),
    CONSTRAINT a_filed_case_has_two_officers CHECK (filed_at IS NULL OR cardinality(officers) = 2),
    CONSTRAINT two_officers_are_two_people CHECK (cardinality(officers) < 2 OR officers[1] <> officers[2]),
    CONSTRAINT filing_starts_the_time_to_decide CHECK ((filed_at IS NULL) = (decide_until IS NULL)),
    CONSTRAINT a_decided_case_was_filed CHECK (decided_at IS NULL OR filed_at IS NOT NULL),
    CONSTRAINT a_decision_is_whole CHECK (
        num_nonnulls(decision_document_id, outcome, decided_by, decided_at, surcharge_stated) IN (0, 5)),
    CONSTRAINT only_a_penalty_has_an_amount CHECK (
        num_nonnulls(decided_kind, decided_fen) = CASE WHEN outcome = 'PENALTY' THEN 2 ELSE 0 END),
    CONSTRAINT a_violation_without_penalty_is_educated CHECK (
        outcome IS NULL OR outcome IN ('PENALTY', 'NO_VIOLATION', 'NO_PENALTY_DUPLICATE')
        OR educated_at IS NOT NULL),
    CONSTRAINT an_education_is_whole CHECK (
        num_nonnulls(education_document_id, educated_at, educated_how, education_proof) IN (0, 4)),
    CONSTRAINT a_look_back_is_whole CHECK (
        num_nonnulls(first_checked_at, first_lookback_from, first_hits, first_silent, first_harm) IN (0, 5)),
    CONSTRAINT a_lead_that_is_not_filed_says_why CHECK (
        (state = 'NOT_FILED') <= (unfiled_reason IS NOT NULL OR merged_at IS NOT NULL)),
    CONSTRAINT a_merged_case_names_the_one_that_goes_on CHECK (
        merged_at IS NULL OR (same_act_as IS NOT NULL AND state IN ('NOT_FILED', 'CLOSED', 'ARCHIVED'))),
    CONSTRAINT a_transfer_names_its_agency CHECK ((transfer_id IS NULL) = (transfer_to IS NULL)),
    CONSTRAINT what_is_handed_over_went_by_a_transfer CHECK ((state = 'TRANSFERRED_OUT') <= (transfer_id IS NOT NULL)),
    CONSTRAINT no_case_is_its_own_twin CHECK (same_act_as <> id),
    CONSTRAINT a_waived_lead_is_educated CHECK (
        unfiled_at IS NULL OR educated_at IS NOT NULL
        OR unfiled_reason IN ('NO_FACT', 'EXEMPT', 'DUPLICATE', 'PARTY_UNKNOWN')),
    CONSTRAINT a_decider_did_not_investigate CHECK (decided_by IS NULL OR decided_by <> ALL (officers)),
    CONSTRAINT a_decision_is_no_heavier_than_proposed CHECK (decided_fen IS NULL OR decided_fen <= proposed_fen),
    CONSTRAINT a_doubt_names_its_document_and_step CHECK (cardinality(doubted_documents) = cardinality(doubted_steps)),
    -- A penalty that was made lighter keeps what was paid of it while its D-36 is on its way; one that was ordered
    -- anew keeps it too, and nothing is owed until the new decision is served.
    CONSTRAINT a_fine_is_owed_after_service CHECK (
        payment_reference IS NULL OR served_at IS NOT NULL OR fine_fen = 0
            OR state IN ('CHANGED_BY_SELF', 'SERVICE_PENDING')),
    CONSTRAINT an_answer_of_the_other_agencies_is_whole CHECK (
        num_nonnulls(others_asked_at, others_penalties, others_heard, others_silent) IN (0, 4)),
    CONSTRAINT a_decision_follows_the_answer_of_the_other_agencies
        CHECK (outcome IS DISTINCT FROM 'PENALTY' OR (others_heard AND others_penalties <@ distinct_acts)),
    CONSTRAINT a_second_investigation_follows_a_return CHECK ((round > 1) = (returned_at IS NOT NULL)),
    CONSTRAINT a_closed_case_has_its_hour CHECK (
        (state IN ('CLOSED', 'ARCHIVED', 'NOT_FILED', 'TRANSFERRED_OUT')) = (closed_at IS NOT NULL)),
    CONSTRAINT a_performed_case_was_paid
        CHECK (state NOT IN ('PERFORMED', 'ENFORCED', 'CLOSED', 'ARCHIVED') OR paid_at IS NOT NULL
            OR outcome <> 'PENALTY' OR decided_fen = 0 OR enforcement_ended IS NOT NULL
            OR revoked_at IS NOT NULL)
);
CREATE INDEX cases_in_order ON cases (agency_id, id);
CREATE INDEX cases_of_a_party ON cases (party_id, id);
CREATE UNIQUE INDEX a_transfer_hands_over_one_lead ON cases (transfer_id);
CREATE INDEX cases_by_payment_reference ON cases USING gin (payment_references);
CREATE INDEX cases_of_one_act ON cases (same_act_as) WHERE same_act_as IS NOT NULL;
CREATE INDEX cases_by_decision ON cases (decided_at) WHERE decided_at IS NOT NULL;
SELECT guard('cases', 'case', 'id');
SELECT fence('cases', 'party_id', case_column => 'id');
"""

CHILDREN = """
-- A capture that a case rests on. One capture belongs to one case.
CREATE TABLE exhibits (
    case_id       text NOT NULL REFERENCES cases,
    evidence_id   text NOT NULL CHECK (evidence_id ~ '^evd_[0-9a-z]{26}$'),
    device_id     text NOT NULL CHECK (device_id ~ '^dev_[0-9a-z]{26}$'),
    device_code   text NOT NULL,
    place         text NOT NULL,
    longitude     numeric(9, 6),
    latitude      numeric(9, 6),
    captured_at   timestamptz NOT NULL,
    reviewers     text[] NOT NULL,
    device_lawful boolean NOT NULL,
    backed_up     boolean NOT NULL,
    -- The case goes on without this capture, because its device was not lawful.
    set_aside_at  timestamptz,
    media         text[] NOT NULL,
    -- A measured offence: null where the pictures alone show the act.
    measured_quantity text,
    measured_unit     text,
    measured_value    numeric,
    measured_limit    numeric,
    permissible_error numeric,
    deducted_value    numeric,
    -- The plate under the key of the installation, to find captures of one vehicle; null once the case is erased.
    plate_digest  bytea CHECK (length(plate_digest) = 32),
    -- The case that goes on with the act: this row stays with the case that ended.
    moved_to      text REFERENCES cases,
    -- The plate, under the secret of the case; null once the case is erased.
    sealed        bytea,
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, evidence_id),
    CONSTRAINT a_measured_offence_has_all_its_figures CHECK (num_nulls(measured_quantity, measured_unit,
        measured_value, measured_limit, permissible_error, deducted_value) IN (0, 6)),
    CONSTRAINT the_error_is_deducted CHECK (deducted_value = measured_value - permissible_error),
    CONSTRAINT a_measured_offence_exceeds_its_limit CHECK (deducted_value > measured_limit)
);
CREATE UNIQUE INDEX a_capture_belongs_to_one_case ON exhibits (evidence_id) WHERE moved_to IS NULL;
CREATE INDEX exhibits_by_hour ON exhibits (captured_at);
CREATE INDEX exhibits_of_a_vehicle ON exhibits (plate_digest, captured_at);

-- The party of a case, as an officer identified it.
CREATE TABLE parties (
    case_id         text PRIMARY KEY REFERENCES cases,
    party_id        text NOT NULL CHECK (party_id ~ '^pty_[0-9a-z]{26}$'),
    kind            text NOT NULL CHECK (kind IN ('PERSON', 'ORGANISATION')),
    age_group       text NOT NULL CHECK (age_group IN ('UNDER_14', 'FROM_14_TO_17', 'ADULT', 'NOT_A_PERSON')),
    -- The identity under the key of the installation, to find other cases of the party; null once the case is erased.
    identity_digest bytea CHECK (length(identity_digest) = 32),
    -- Name, identity and address, under the secret of the case; null once the case is erased.
    sealed          bytea,
    -- The party of this row proved to be the wrong one.
    released_at timestamptz,
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT only_a_person_has_an_age CHECK ((kind = 'PERSON') = (age_group <> 'NOT_A_PERSON'))
);

CREATE INDEX parties_by_identity ON parties (identity_digest);

-- The report of the investigation that both officers signed.
CREATE TABLE reports (
    case_id  text NOT NULL REFERENCES cases,
    round    int NOT NULL CHECK (round > 0),
    trace    text[] NOT NULL,
    -- Facts and reasons, under the secret of the case; null once the case is erased.
    sealed   bytea,
    -- The party of this row proved to be the wrong one.
    released_at timestamptz,
    row_salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, round)
);

-- One of the two signatures under the report.
CREATE TABLE signatures (
    case_id           text NOT NULL REFERENCES cases,
    round             int NOT NULL CHECK (round > 0),
    officer_id        text NOT NULL CHECK (officer_id ~ '^off_[0-9a-z]{26}$'),
    signed_as         text NOT NULL,
    certificate       text NOT NULL,
    certificate_until date NOT NULL,
    signed_at         timestamptz NOT NULL,
    no_conflict       boolean NOT NULL CHECK (no_conflict),
    -- The party of this row proved to be the wrong one.
    released_at timestamptz,
    row_salt          bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, round, officer_id)
);

-- A prior notice: the proposal that it names, and the time to answer it.
CREATE TABLE notices (
    document_id     text PRIMARY KEY CHECK (document_id ~ '^doc_[0-9a-z]{26}$'),
    case_id         text NOT NULL REFERENCES cases,
    violations      text[] NOT NULL CHECK (cardinality(violations) > 0),
    kind            text NOT NULL,
    fine_fen        bigint NOT NULL CHECK (fine_fen >= 0),
    duration_days   int NOT NULL CHECK (duration_days >= 0),
    hearing_offered boolean NOT NULL,
    issued_at       timestamptz NOT NULL,
    served_at       timestamptz,
    defence_until   timestamptz,
    hearing_until   timestamptz,
    -- The party of this row proved to be the wrong one.
    released_at timestamptz,
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT service_starts_the_time_to_answer CHECK ((served_at IS NULL) = (defence_until IS NULL)),
    CONSTRAINT the_time_to_answer_lies_after_service CHECK (defence_until > served_at),
    CONSTRAINT a_hearing_that_is_offered_has_its_time CHECK (
        (hearing_until IS NOT NULL) = (hearing_offered AND served_at IS NOT NULL))
);
CREATE INDEX notices_of_a_case ON notices (case_id);

-- A statement of the party, and whether it was adopted.
CREATE TABLE defences (
    case_id      text NOT NULL REFERENCES cases,
    number       int NOT NULL CHECK (number > 0),
    final        boolean NOT NULL,
    submitted_at timestamptz NOT NULL,
    answered     boolean NOT NULL,
    adopted      boolean,
    effect       text CHECK (effect IN ('FACTS', 'PARTY', 'FAULT', 'AMOUNT')),
    -- The statement and the reason of its answer, under the secret of the case; null once the case is erased.
    sealed       bytea,
    -- The party of this row proved to be the wrong one.
    released_at timestamptz,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT an_answer_says_whether CHECK (answered = (adopted IS NOT NULL)),
    CONSTRAINT what_is_adopted_has_an_effect CHECK ((effect IS NOT NULL) = coalesce(adopted, false))
);
CREATE INDEX defences_by_submission ON defences (submitted_at);

-- A legal document; its bytes lie in the blob store under their digest.
CREATE TABLE documents (
    id        text PRIMARY KEY CHECK (id ~ '^doc_[0-9a-z]{26}$'),
    case_id   text NOT NULL REFERENCES cases,
    agency_id text NOT NULL,
    party_id  text,
    kind      text NOT NULL CHECK (kind ~ '^D-[0-9]{2}[a-z]?$'),
    number    text NOT NULL,
    template  text NOT NULL,
    sha256    text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    made_at   timestamptz NOT NULL,
    pages     int NOT NULL CHECK (pages > 0),
    fonts_sha256     text NOT NULL CHECK (fonts_sha256 ~ '^[0-9a-f]{64}$'),
    verify_code      text CHECK (verify_code ~ '^[0-9A-HJKMNP-TV-Z]{10}$'),
    seal_certificate bytea,
    seal_signature   bytea,
    row_salt  bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_seal_is_whole CHECK ((seal_certificate IS NULL) = (seal_signature IS NULL)),
    CONSTRAINT a_document_number_is_given_once UNIQUE (agency_id, number)
);
CREATE INDEX documents_of_a_case ON documents (case_id, made_at);

-- A deadline with the rule, the article and the days that explain it.
CREATE TABLE deadlines (
    case_id          text NOT NULL REFERENCES cases,
    rule             text NOT NULL,
    law              text NOT NULL,
    unit             text NOT NULL CHECK (unit IN ('WORKING_DAY', 'CALENDAR_DAY', 'MONTH')),
    n                int NOT NULL CHECK (n >= 0),
    holder           text NOT NULL CHECK (holder IN ('PARTY', 'AGENCY', 'EFFECT')),
    trigger_on       date NOT NULL,
    raw_on           date NOT NULL,
    due_on           date NOT NULL,
    rolled_by        text,
    alarm_on         date,
    calendar_version text NOT NULL,
    provisional      boolean NOT NULL,
    row_salt         bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, rule),
    CONSTRAINT only_a_right_of_the_party_rolls CHECK (holder = 'PARTY' OR due_on = raw_on),
    CONSTRAINT a_deadline_rolls_by_an_article CHECK ((rolled_by IS NULL) = (due_on = raw_on))
);
CREATE INDEX deadlines_by_day ON deadlines (due_on);

-- The bank's notice of a payment.
CREATE TABLE payments (
    serial         text PRIMARY KEY,
    case_id        text NOT NULL REFERENCES cases,
    reference      text NOT NULL,
    amount_fen     bigint NOT NULL CHECK (amount_fen > 0),
    surcharge_fen  bigint NOT NULL CHECK (surcharge_fen >= 0),
    paid_at        timestamptz NOT NULL,
    channel        text NOT NULL,
    receipt_number text,
    receipt_code   text,
    receipt_url    text,
    -- The day of the bank's file that confirms the payment.
    reconciled_on  date,
    -- The digest of that file, and of every file that names another amount.
    file_sha256    bytea,
    differed_in    text[] NOT NULL DEFAULT '{}',
    -- The amount of the last of them, and how many are settled, by whom, on which corrected notice of the bank.
    filed_fen      bigint,
    filed_on       date,
    settled        int NOT NULL DEFAULT 0,
    settled_by     text,
    settled_notice_sha256 bytea,
    notice_sha256  bytea NOT NULL CHECK (length(notice_sha256) = 32),
    row_salt       bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_confirmation_names_its_file CHECK ((reconciled_on IS NULL) = (file_sha256 IS NULL)),
    CONSTRAINT a_difference_names_its_amount CHECK (
        num_nonnulls(filed_fen, filed_on) = CASE WHEN differed_in = '{}' THEN 0 ELSE 2 END),
    CONSTRAINT a_settlement_is_somebodys CHECK (
        num_nonnulls(settled_by, settled_notice_sha256) = CASE WHEN settled = 0 THEN 0 ELSE 2 END),
    CONSTRAINT a_receipt_is_whole CHECK (num_nonnulls(receipt_number, receipt_code, receipt_url) IN (0, 3))
);
CREATE INDEX payments_of_a_case ON payments (case_id);

-- Who proposed the erasure of a case, and who approved it.
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
"""

ATTEMPTS = """
-- A decision in the making: another agency that asks about the same act is told that this one may decide it.
CREATE TABLE decision_attempts (
    name     uuid PRIMARY KEY,
    case_id  text NOT NULL,
    begun_at timestamptz NOT NULL
);
CREATE INDEX attempts_of_a_case ON decision_attempts (case_id, begun_at);
SELECT operational('decision_attempts', 'an attempt counts for ten minutes; one that is lost is begun again');
"""

# Who sees a case sees its parts (`fence_with`).
OF_A_CASE = (
    "exhibits",
    "parties",
    "reports",
    "signatures",
    "notices",
    "defences",
    "documents",
    "deadlines",
    "payments",
    "erasures",
)


def upgrade() -> None:
    op.execute(files("common.door").joinpath("door.sql").read_text())
    op.execute(CASES)
    op.execute(CHILDREN)
    for table in OF_A_CASE:
        op.execute(f"SELECT guard('{table}', 'case', 'case_id'), fence_with('{table}', 'cases', 'case_id')")
    op.execute(files("case.migrations").joinpath("prompts.sql").read_text())
    op.execute(files("case.migrations").joinpath("querycodes.sql").read_text())
    op.execute(files("case.migrations").joinpath("endings.sql").read_text())
    op.execute(files("case.migrations").joinpath("refunds.sql").read_text())
    op.execute(files("case.migrations").joinpath("execution.sql").read_text())
    op.execute(files("case.migrations").joinpath("corrections.sql").read_text())
    op.execute(files("case.migrations").joinpath("remedies.sql").read_text())
    op.execute(files("case.migrations").joinpath("deliberation.sql").read_text())
    op.execute(files("case.migrations").joinpath("weighings.sql").read_text())
    op.execute(files("case.migrations").joinpath("matters.sql").read_text())
    op.execute(files("case.migrations").joinpath("amendments.sql").read_text())
    op.execute(files("case.migrations").joinpath("invalidations.sql").read_text())
    op.execute(files("case.migrations").joinpath("publications.sql").read_text())
    op.execute(ATTEMPTS)
    op.execute(files("case.migrations").joinpath("oversight.sql").read_text())
    op.execute(files("case.migrations").joinpath("catalogue.sql").read_text())
