-- The published list of off-site matters: each version of a violation, who proposed it and who decided on it.
CREATE TABLE matters (
    id          text NOT NULL CHECK (id ~ '^mtr_[0-9a-z]{26}$'),
    version     integer NOT NULL CHECK (version > 0),
    agency_id   text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    code        text NOT NULL CHECK (code <> ''),
    state       text NOT NULL CHECK (state IN ('PROPOSED', 'PUBLISHED', 'RETURNED')),
    item        jsonb NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    decided_by  text,
    decided_at  timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (id, version),
    CONSTRAINT a_violation_has_a_version_once UNIQUE (code, version),
    CONSTRAINT another_person_decides CHECK (state = 'RETURNED' OR decided_by <> proposed_by),
    CONSTRAINT a_decision_has_its_hour CHECK (
        (state = 'PROPOSED') = (decided_by IS NULL) AND (state = 'PROPOSED') = (decided_at IS NULL)),
    CONSTRAINT what_is_published_was_public_before_it_took_effect CHECK (
        state <> 'PUBLISHED' OR (item ->> 'benchmark_published_on') < (item ->> 'valid_from'))
);
CREATE UNIQUE INDEX a_violation_has_one_waiting_version ON matters (code) WHERE state = 'PROPOSED';
SELECT guard('matters', 'matter', 'id');
SELECT fence('matters');
