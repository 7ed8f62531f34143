-- A deferral: for one case the persons asked about learn of it later (PIPL 18, 35). Reasons are sealed.
CREATE TABLE disclosure_deferrals (
    id            text PRIMARY KEY CHECK (id ~ '^dfr_[0-9a-z]{26}$'),
    agency_id     text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    case_id       text NOT NULL CHECK (case_id ~ '^cas_[0-9a-z]{26}$'),
    ground        text NOT NULL CHECK (ground IN ('PIPL_18_1', 'PIPL_18_2', 'PIPL_35')),
    visible_after date NOT NULL,
    state         text NOT NULL CHECK (state IN ('PROPOSED', 'IN_FORCE', 'REJECTED', 'ENDED')),
    proposed_by   text NOT NULL,
    proposed_at   timestamptz NOT NULL,
    reviewed_by   text,
    reviewed_at   timestamptz,
    renewal_by    text,
    renewal_until date,
    ended_at      timestamptz,
    sealed        bytea,
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_deferral_in_force_was_reviewed CHECK (state = 'PROPOSED' OR reviewed_by IS NOT NULL),
    CONSTRAINT a_renewal_names_its_end_and_its_proposer CHECK ((renewal_by IS NULL) = (renewal_until IS NULL)),
    CONSTRAINT what_has_ended_says_when CHECK ((state IN ('REJECTED', 'ENDED')) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX a_case_has_one_deferral_at_a_time ON disclosure_deferrals (case_id)
    WHERE state IN ('PROPOSED', 'IN_FORCE');
CREATE INDEX deferrals_of_an_agency ON disclosure_deferrals (agency_id, id);
SELECT guard('disclosure_deferrals', 'deferral', 'id');
SELECT fence('disclosure_deferrals');

-- Who asked about one identifier. The agency that asked sees its own rows; the person is shown those of their lines.
CREATE TABLE subject_usages (
    line_id       text NOT NULL CHECK (line_id ~ '^usl_[0-9a-z]{26}$'),
    nth           integer NOT NULL CHECK (nth > 0),
    comparison_id text NOT NULL REFERENCES comparisons,
    act           text NOT NULL CHECK (act IN ('ANSWERED', 'REFUSED', 'READ_AGAIN', 'IN_FILE')),
    agency_id     text NOT NULL,
    kind          text NOT NULL,
    purpose       text NOT NULL,
    case_id       text,
    register      text,
    fields        text[] NOT NULL,
    is_sealed     boolean NOT NULL,
    code          text,
    asked_at      timestamptz NOT NULL,
    noted_at      timestamptz NOT NULL,
    deferral_id   text REFERENCES disclosure_deferrals,
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_line_has_no_number_twice PRIMARY KEY (line_id, nth),
    CONSTRAINT a_sealed_usage_names_no_field CHECK (NOT is_sealed OR fields = '{}')
);
CREATE INDEX usages_of_a_comparison ON subject_usages (comparison_id);
SELECT guard('subject_usages', 'usage', 'line_id');
SELECT fence('subject_usages');

-- Usages that a deferral holds until its end. Then they get their numbers on the lines; before it no line names them.
CREATE TABLE deferred_usages (
    deferral_id   text NOT NULL REFERENCES disclosure_deferrals,
    n             integer NOT NULL CHECK (n > 0),
    line_id       text NOT NULL CHECK (line_id ~ '^usl_[0-9a-z]{26}$'),
    comparison_id text NOT NULL REFERENCES comparisons,
    act           text NOT NULL,
    agency_id     text NOT NULL,
    kind          text NOT NULL,
    purpose       text NOT NULL,
    case_id       text,
    register      text,
    fields        text[] NOT NULL,
    is_sealed     boolean NOT NULL,
    code          text,
    asked_at      timestamptz NOT NULL,
    released_at   timestamptz,
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (deferral_id, n)
);
CREATE INDEX deferred_usages_of_a_comparison ON deferred_usages (comparison_id);
CREATE INDEX usages_that_are_held ON deferred_usages (deferral_id) WHERE released_at IS NULL;
SELECT guard('deferred_usages', 'deferral', 'deferral_id');
SELECT fence('deferred_usages');
