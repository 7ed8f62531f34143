-- Data that an agency received, in use until it is disposed of. The receiver, the provider and the data authority see it.
CREATE TABLE data_uses (
    id           text PRIMARY KEY CHECK (id ~ '^use_[0-9a-z]{26}$'),
    agency_id    text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    provider_id  text CHECK (provider_id ~ '^agy_[0-9a-z]{26}$'),
    authority_id text CHECK (authority_id ~ '^agy_[0-9a-z]{26}$'),
    source       text NOT NULL,
    what         text NOT NULL,
    purpose      text NOT NULL,
    case_id      text CHECK (case_id ~ '^cas_[0-9a-z]{26}$'),
    opened_at    timestamptz NOT NULL,
    state        text NOT NULL CHECK (state IN ('OPEN', 'DUE', 'DISPOSED')),
    access       text NOT NULL CHECK (access IN ('OPEN', 'PAUSED', 'RECTIFIED', 'TERMINATED')),
    disposal     text CHECK (disposal IN ('DESTROYED', 'RETURNED', 'KEPT_BY_LAW')),
    disposed_at  timestamptz,
    missed       boolean NOT NULL,
    revision     integer NOT NULL CHECK (revision >= 0),
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT each_disclosure_has_one_use UNIQUE (source),
    CONSTRAINT disposed_data_says_how_and_when CHECK ((state = 'DISPOSED') = (disposal IS NOT NULL)
        AND (state = 'DISPOSED') = (disposed_at IS NOT NULL))
);
CREATE INDEX data_uses_of_a_case ON data_uses (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX data_uses_without_access ON data_uses (agency_id, what) WHERE access <> 'OPEN';
SELECT guard('data_uses', 'use', 'id');
ALTER TABLE data_uses ENABLE ROW LEVEL SECURITY;
CREATE POLICY fence ON data_uses
    USING (sees(agency_id) OR sees(provider_id) OR sees(authority_id))
    WITH CHECK (sees(agency_id) OR sees(provider_id) OR sees(authority_id));

-- The period for the disposal, and for ending a misuse.
CREATE TABLE data_use_clocks (
    use_id           text NOT NULL REFERENCES data_uses,
    rule             text NOT NULL CHECK (rule IN ('dispose', 'rectify')),
    law              text NOT NULL,
    unit             text NOT NULL,
    n                integer NOT NULL,
    holder           text NOT NULL,
    trigger_on       date NOT NULL,
    raw_on           date NOT NULL,
    due_on           date NOT NULL,
    rolled_by        text,
    alarm_on         date,
    calendar_version text NOT NULL,
    provisional      boolean NOT NULL,
    ended_at         timestamptz,
    missed           boolean NOT NULL,
    row_salt         bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (use_id, rule),
    CONSTRAINT a_missed_disposal_has_ended CHECK (NOT missed OR ended_at IS NOT NULL)
);
CREATE INDEX data_use_clocks_that_run ON data_use_clocks (due_on) WHERE ended_at IS NULL;
SELECT guard('data_use_clocks', 'use', 'use_id');
SELECT fence_with('data_use_clocks', 'data_uses', 'use_id');

-- The log: what the receiver told about the use, and what the provider and the authority said to it. Sealed.
CREATE TABLE data_use_entries (
    use_id       text NOT NULL REFERENCES data_uses,
    n            integer NOT NULL CHECK (n > 0),
    kind         text NOT NULL CHECK (kind IN ('SCENARIO', 'PROCESS', 'EFFECT', 'STORAGE', 'DESTRUCTION', 'CONSENT',
                                               'PAUSE', 'RECTIFICATION', 'TERMINATION')),
    agency_id    text NOT NULL,
    made_at      timestamptz NOT NULL,
    purpose      text,
    case_id      text,
    recipient_id text,
    sealed       bytea,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (use_id, n)
);
SELECT guard('data_use_entries', 'use', 'use_id');
SELECT fence_with('data_use_entries', 'data_uses', 'use_id');
