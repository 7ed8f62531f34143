-- One comparison with a register, for one case. Only the agency that asked sees it.
CREATE TABLE comparisons (
    id          text PRIMARY KEY CHECK (id ~ '^cmp_[0-9a-z]{26}$'),
    agency_id   text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    by          text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('PLATE_OWNER', 'SHOP_LICENCE', 'PERMIT', 'PRIOR_PENALTY', 'PERSON_CONTACT',
                                              'VERIFY')),
    purpose     text NOT NULL,
    case_id     text CHECK (case_id ~ '^cas_[0-9a-z]{26}$'),
    state       text NOT NULL CHECK (state IN ('ANSWERED', 'REFUSED', 'OPEN', 'QUEUED', 'RUNNING', 'DONE', 'FAILED')),
    register    text,
    asked_at    timestamptz NOT NULL,
    is_sealed   boolean NOT NULL,
    code        text,
    rows        integer CHECK (rows >= 0),
    verdict     text CHECK (verdict IN ('MATCH', 'NO_MATCH', 'AMBIGUOUS', 'INVALID')),
    fields      text[] NOT NULL,
    latency_ms  integer NOT NULL CHECK (latency_ms >= 0),
    -- Under what a partner's system asked; both are absent where an officer did.
    agreement_id text CHECK (agreement_id ~ '^agr_[0-9a-z]{26}$'),
    purpose_id   text CHECK (purpose_id ~ '^pur_[0-9a-z]{26}$'),
    -- The subject and the answer, under the secret of the comparison.
    sealed      bytea,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_comparison_that_is_not_refused_has_a_case CHECK (state = 'REFUSED' OR case_id IS NOT NULL),
    CONSTRAINT an_agreement_is_named_with_a_purpose CHECK ((agreement_id IS NULL) = (purpose_id IS NULL)),
    CONSTRAINT a_refused_comparison_has_a_code CHECK (state <> 'REFUSED' OR code IS NOT NULL),
    CONSTRAINT a_sealed_answer_has_no_outcome_in_its_row CHECK (NOT is_sealed OR (rows IS NULL AND verdict IS NULL))
);
CREATE INDEX comparisons_of_a_case ON comparisons (case_id, id);
CREATE INDEX comparisons_in_order ON comparisons (agency_id, id);
SELECT guard('comparisons', 'comparison', 'id');
SELECT fence('comparisons');

-- Who asked about how many different subjects: a count for the budget. The records say the same.
CREATE TABLE subjects_asked (
    agency_id text NOT NULL,
    purpose   text NOT NULL,
    by        text NOT NULL,
    asked_on  date NOT NULL,
    about     bytea NOT NULL CHECK (length(about) = 32),
    PRIMARY KEY (agency_id, purpose, by, asked_on, about)
);
SELECT operational('subjects_asked', 'counts the subjects of the budget; the records of comparisons name them too');

-- Which values an agency tried on one subject in a day, as keyed digests: a field is not to be read out by guessing.
CREATE TABLE claims_tested (
    agency_id text NOT NULL,
    tested_on date NOT NULL,
    about     bytea NOT NULL CHECK (length(about) = 32),
    claim     bytea NOT NULL CHECK (length(claim) = 32),
    PRIMARY KEY (agency_id, tested_on, about, claim)
);
SELECT operational('claims_tested', 'the count of a day; the questions themselves are on record');

-- About how many different subjects systems asked under an agreement, over all modes: a count for its number.
CREATE TABLE agreement_subjects (
    agreement_id text NOT NULL,
    asked_on     date NOT NULL,
    about        bytea NOT NULL CHECK (length(about) = 32),
    PRIMARY KEY (agreement_id, asked_on, about)
);
SELECT operational('agreement_subjects', 'counts the subjects of an agreement; the records of comparisons name them too');
