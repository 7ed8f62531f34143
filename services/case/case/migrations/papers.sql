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
CREATE INDEX documents_by_digest ON documents (sha256) WHERE verify_code IS NOT NULL;
SELECT guard('documents', 'case', 'case_id'), fence_with('documents', 'cases', 'case_id');

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
    -- On which day a record said that the agency let the period pass.
    missed_on        date,
    row_salt         bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, rule),
    CONSTRAINT nothing_is_missed_before_its_day CHECK (missed_on IS NULL OR missed_on > due_on),
    CONSTRAINT only_a_right_of_the_party_rolls CHECK (holder = 'PARTY' OR due_on = raw_on),
    CONSTRAINT a_deadline_rolls_by_an_article CHECK ((rolled_by IS NULL) = (due_on = raw_on))
);
CREATE INDEX deadlines_by_day ON deadlines (due_on);
SELECT guard('deadlines', 'case', 'case_id'), fence_with('deadlines', 'cases', 'case_id');

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
SELECT guard('payments', 'case', 'case_id'), fence_with('payments', 'cases', 'case_id');

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
SELECT guard('erasures', 'case', 'case_id'), fence_with('erasures', 'cases', 'case_id');
