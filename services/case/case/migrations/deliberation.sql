-- An investigation that the head sent back (APL 57(1)).
CREATE TABLE investigation_returns (
    case_id     text NOT NULL REFERENCES cases,
    round       int NOT NULL CHECK (round > 1),
    returned_by text NOT NULL CHECK (returned_by ~ '^off_[0-9a-z]{26}$'),
    returned_at timestamptz NOT NULL,
    -- What is to be looked at again, under the secret of the case; null once the case is erased.
    sealed      bytea,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, round)
);
SELECT guard('investigation_returns', 'case', 'case_id');
SELECT fence_with('investigation_returns', 'cases', 'case_id');

-- A hearing, one for each investigation: asked for, ordered, held, reported (APL 63 to 65).
CREATE TABLE hearings (
    case_id     text NOT NULL REFERENCES cases,
    number      int NOT NULL CHECK (number > 0),
    is_void     boolean NOT NULL,
    notice_id   text NOT NULL REFERENCES notices,
    ground      text NOT NULL CHECK (ground IN ('REQUESTED', 'OWN_MOTION')),
    asked_at    timestamptz NOT NULL,
    ordered_at  timestamptz,
    opens_at    timestamptz,
    place       text,
    closed_for  text CHECK (closed_for IN ('STATE_SECRET', 'TRADE_SECRET', 'PRIVACY')),
    chair       text CHECK (chair ~ '^off_[0-9a-z]{26}$'),
    document_id text REFERENCES documents,
    served_at   timestamptz,
    presence    text CHECK (presence IN ('ATTENDED', 'ABSENT', 'LEFT')),
    held_at     timestamptz,
    record_id   text REFERENCES documents,
    examined    text[] NOT NULL,
    opinion     text CHECK (opinion IN ('AS_PROPOSED', 'LIGHTER', 'NO_PENALTY', 'INVESTIGATE_FURTHER')),
    report_id   text REFERENCES documents,
    reported_at timestamptz,
    -- When the party took its request back.
    withdrawn_at timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT what_was_withdrawn_is_not_held CHECK (withdrawn_at IS NULL OR is_void AND held_at IS NULL),
    CONSTRAINT an_order_names_time_place_and_chair CHECK (
        num_nonnulls(ordered_at, opens_at, place, chair, document_id) IN (0, 5)),
    CONSTRAINT a_record_is_whole CHECK (num_nonnulls(presence, held_at, record_id) IN (0, 3)),
    CONSTRAINT a_hearing_is_held_after_its_notice CHECK (held_at IS NULL OR served_at IS NOT NULL),
    CONSTRAINT a_report_is_whole CHECK (num_nonnulls(opinion, report_id, reported_at) IN (0, 3)),
    CONSTRAINT a_report_follows_the_record CHECK (reported_at IS NULL OR held_at IS NOT NULL)
);
SELECT guard('hearings', 'case', 'case_id');
SELECT fence_with('hearings', 'cases', 'case_id');

-- A legal review of the decision that was prepared (APL 58).
CREATE TABLE legal_reviews (
    case_id          text NOT NULL REFERENCES cases,
    number           int NOT NULL CHECK (number > 0),
    is_void          boolean NOT NULL,
    verdict          text NOT NULL CHECK (verdict IN ('PASS', 'RETURN', 'FAIL')),
    reviewed_by      text NOT NULL CHECK (reviewed_by ~ '^off_[0-9a-z]{26}$'),
    reviewed_at      timestamptz NOT NULL,
    document_id      text NOT NULL REFERENCES documents,
    triggers         text[] NOT NULL,
    faults           text[] NOT NULL,
    qualification    text NOT NULL CHECK (qualification IN ('LEGAL_PROFESSION', 'REVIEWED_BEFORE_2018')),
    statements       int NOT NULL CHECK (statements >= 0),
    wants_discussion boolean NOT NULL,
    has_late_note    boolean NOT NULL,
    distinct_acts    text[] NOT NULL,
    names_new_ground boolean NOT NULL,
    -- The evidence of the qualification as the reviewer stated it, under the secret of the case.
    sealed           bytea,
    row_salt         bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT what_passes_has_no_fault CHECK ((verdict = 'PASS') = (faults = '{}'))
);
SELECT guard('legal_reviews', 'case', 'case_id');
SELECT fence_with('legal_reviews', 'cases', 'case_id');

-- A discussion of the heads about one proposal (APL 57(2)).
CREATE TABLE discussions (
    case_id       text NOT NULL REFERENCES cases,
    number        int NOT NULL CHECK (number > 0),
    is_void       boolean NOT NULL,
    violations    text[] NOT NULL CHECK (cardinality(violations) > 0),
    kind          text NOT NULL,
    fine_fen      bigint NOT NULL CHECK (fine_fen >= 0),
    duration_days int NOT NULL CHECK (duration_days >= 0),
    convened_by   text NOT NULL CHECK (convened_by ~ '^off_[0-9a-z]{26}$'),
    convened_at   timestamptz NOT NULL,
    statements    int NOT NULL CHECK (statements >= 0),
    agreed_kind   text,
    agreed_fen    bigint CHECK (agreed_fen >= 0),
    concluded_at  timestamptz,
    document_id   text REFERENCES documents,
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT a_conclusion_has_its_record CHECK ((concluded_at IS NULL) = (document_id IS NULL)),
    CONSTRAINT what_is_agreed_is_whole CHECK (num_nonnulls(agreed_kind, agreed_fen) IN (0, 2)),
    CONSTRAINT nothing_heavier_is_agreed CHECK (agreed_fen <= fine_fen)
);
SELECT guard('discussions', 'case', 'case_id');
SELECT fence_with('discussions', 'cases', 'case_id');

-- What one head said in it.
CREATE TABLE heads_opinions (
    case_id    text NOT NULL REFERENCES cases,
    number     int NOT NULL,
    officer_id text NOT NULL CHECK (officer_id ~ '^off_[0-9a-z]{26}$'),
    agrees     boolean NOT NULL,
    given_at   timestamptz NOT NULL,
    -- The words and the name, under the secret of the case; null once the case is erased.
    sealed     bytea,
    row_salt   bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number, officer_id),
    CONSTRAINT an_opinion_is_given_in_a_discussion FOREIGN KEY (case_id, number) REFERENCES discussions
);
SELECT guard('heads_opinions', 'case', 'case_id');
SELECT fence_with('heads_opinions', 'cases', 'case_id');

-- An application that an officer withdraw (APL 43).
CREATE TABLE recusals (
    case_id     text NOT NULL REFERENCES cases,
    number      int NOT NULL CHECK (number > 0),
    officer_id  text NOT NULL CHECK (officer_id ~ '^off_[0-9a-z]{26}$'),
    ground      text NOT NULL CHECK (ground IN ('INTEREST', 'RELATION', 'OTHER')),
    applied_at  timestamptz NOT NULL,
    is_head     boolean NOT NULL,
    voted_by    text,
    vote        boolean,
    granted     boolean,
    acts_stand  boolean,
    replaced_by text CHECK (replaced_by ~ '^off_[0-9a-z]{26}$'),
    decided_at  timestamptz,
    document_id text REFERENCES documents,
    -- The letter of the superior organ that decided about a head, in place of our D-07.
    letter_sha256 text CHECK (letter_sha256 ~ '^[0-9a-f]{64}$'),
    -- The reasons of the applicant, under the secret of the case; null once the case is erased.
    sealed      bytea,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (case_id, number),
    CONSTRAINT a_vote_is_somebodys CHECK ((vote IS NULL) = (voted_by IS NULL)),
    CONSTRAINT a_decision_on_a_recusal_is_whole CHECK (
        num_nonnulls(granted, decided_at, coalesce(document_id, letter_sha256)) IN (0, 3)),
    CONSTRAINT a_recusal_is_decided_once CHECK (num_nonnulls(document_id, letter_sha256) < 2),
    CONSTRAINT the_superior_organ_decides_about_a_head CHECK (letter_sha256 IS NULL OR is_head),
    CONSTRAINT what_becomes_of_the_acts_is_said CHECK ((acts_stand IS NOT NULL) = coalesce(granted, false)),
    CONSTRAINT nobody_replaces_themselves CHECK (replaced_by <> officer_id)
);
SELECT guard('recusals', 'case', 'case_id');
SELECT fence_with('recusals', 'cases', 'case_id');
