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
