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
SELECT guard('exhibits', 'case', 'case_id'), fence_with('exhibits', 'cases', 'case_id');

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
SELECT guard('parties', 'case', 'case_id'), fence_with('parties', 'cases', 'case_id');

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
SELECT guard('reports', 'case', 'case_id'), fence_with('reports', 'cases', 'case_id');

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
SELECT guard('signatures', 'case', 'case_id'), fence_with('signatures', 'cases', 'case_id');

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
SELECT guard('notices', 'case', 'case_id'), fence_with('notices', 'cases', 'case_id');

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
SELECT guard('defences', 'case', 'case_id'), fence_with('defences', 'cases', 'case_id');
