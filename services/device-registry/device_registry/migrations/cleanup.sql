-- What the clean-up found about a device (PJ §2). `grounds` are computed, `words` are a person's; one of them is there.
CREATE TABLE cleanup_findings (
    id              text PRIMARY KEY CHECK (id ~ '^fnd_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    device_id       text NOT NULL REFERENCES devices,
    agency_id       text NOT NULL,
    category        text NOT NULL CHECK (category IN ('CU-1', 'CU-2', 'CU-3', 'CU-4', 'CU-5', 'CU-6', 'CU-7')),
    origin          text NOT NULL CHECK (origin IN ('AUTO', 'PROMPT', 'HUMAN')),
    grounds         jsonb NOT NULL CHECK (jsonb_typeof(grounds) = 'array'),
    words           text NOT NULL,
    state           text NOT NULL CHECK (state IN ('OPEN', 'PROPOSED', 'CONFIRMED', 'DISMISSED')),
    raised_at       timestamptz NOT NULL,
    proposal        text CHECK (proposal IN ('CONFIRM', 'DISMISS')),
    proposed_by     text,
    proposed_at     timestamptz,
    proposal_reason text NOT NULL,
    decided_by      text,
    decided_at      timestamptz,
    decision_reason text NOT NULL,
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_finding_says_why CHECK ((origin = 'HUMAN') = (words <> '') AND
        (origin = 'HUMAN') = (jsonb_array_length(grounds) = 0)),
    CONSTRAINT a_proposal_has_an_author CHECK ((proposal IS NULL) = (proposed_by IS NULL)),
    CONSTRAINT a_decision_is_anothers CHECK (decided_by <> proposed_by),
    CONSTRAINT a_decided_finding_says_when
        CHECK ((state IN ('CONFIRMED', 'DISMISSED')) = (decided_at IS NOT NULL AND decided_by IS NOT NULL))
);
CREATE UNIQUE INDEX one_finding_of_a_kind_is_open ON cleanup_findings (device_id, category, origin)
    WHERE state IN ('OPEN', 'PROPOSED') AND origin <> 'HUMAN';
CREATE INDEX cleanup_findings_of_an_agency ON cleanup_findings (agency_id, state, id);
CREATE INDEX cleanup_findings_of_a_device ON cleanup_findings (device_id, id);
SELECT guard('cleanup_findings', 'finding', 'id');
SELECT fence('cleanup_findings');

-- Each attempt to make a stopped device lawful again: the plan, then what was done (D-T16, D-T17).
CREATE TABLE device_rectifications (
    device_id   text NOT NULL REFERENCES devices,
    n           int NOT NULL CHECK (n > 0),
    categories  jsonb NOT NULL,
    plan        text NOT NULL CHECK (plan <> ''),
    recorded_at timestamptz NOT NULL,
    evidence    text,
    files       jsonb NOT NULL CHECK (jsonb_typeof(files) = 'array'),
    handed_in_at timestamptz,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, n),
    CONSTRAINT a_rectified_device_shows_how CHECK ((evidence IS NULL) = (handed_in_at IS NULL))
);
SELECT guard('device_rectifications', 'device', 'device_id');
SELECT fence_with('device_rectifications', 'devices', 'device_id');
