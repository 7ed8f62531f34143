-- Which exchange brought the data that a request for correction is about.
CREATE TABLE corrections (
    exchange_id text PRIMARY KEY REFERENCES exchanges,
    received_in text NOT NULL REFERENCES exchanges,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_correction_does_not_correct_itself CHECK (exchange_id <> received_in)
);
SELECT guard('corrections', 'exchange', 'exchange_id');
SELECT fence_with('corrections', 'exchanges', 'exchange_id');

-- A dispute of two agencies. `ladder` holds level/organ, the lowest first; `step` is the level that it is at, from 0.
-- `organs` are the organs that it has come before: they and the two sides see it.
CREATE TABLE disputes (
    id          text PRIMARY KEY CHECK (id ~ '^dsp_[0-9a-z]{26}$'),
    agency_id   text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    other_id    text NOT NULL CHECK (other_id ~ '^agy_[0-9a-z]{26}$'),
    exchange_id text NOT NULL,
    ladder      text[] NOT NULL,
    step        integer NOT NULL CHECK (step BETWEEN 0 AND cardinality(ladder) - 1),
    organs      text[] NOT NULL,
    state       text NOT NULL CHECK (state IN ('OPEN', 'SETTLED', 'DECIDED')),
    proposed_by text CHECK (proposed_by IN (agency_id, other_id)),
    outcome     text CHECK (outcome IN ('SHARE', 'SHARE_IN_PART', 'NOT_SHARE', 'CORRECT', 'OTHER')),
    raised_at   timestamptz NOT NULL,
    ended_at    timestamptz,
    revision    integer NOT NULL CHECK (revision >= 0),
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT an_agency_has_no_dispute_with_itself CHECK (agency_id <> other_id),
    CONSTRAINT a_dispute_begins_with_negotiation CHECK (ladder[1] = 'NEGOTIATION/'),
    CONSTRAINT a_dispute_that_is_over_says_when CHECK ((state = 'OPEN') = (ended_at IS NULL)),
    CONSTRAINT a_decision_has_an_outcome CHECK ((state = 'DECIDED') = (outcome IS NOT NULL)),
    CONSTRAINT only_an_organ_decides CHECK (state <> 'DECIDED' OR step > 0)
);
CREATE UNIQUE INDEX one_open_dispute_an_exchange ON disputes (exchange_id) WHERE state = 'OPEN';
SELECT guard('disputes', 'dispute', 'id');
ALTER TABLE disputes ENABLE ROW LEVEL SECURITY;
CREATE POLICY fence ON disputes
    USING (sees(agency_id) OR sees(other_id) OR EXISTS (SELECT FROM unnest(organs) o WHERE sees(o)))
    WITH CHECK (sees(agency_id) OR sees(other_id) OR EXISTS (SELECT FROM unnest(organs) o WHERE sees(o)));

-- The time that each level has.
CREATE TABLE dispute_clocks (
    dispute_id       text NOT NULL REFERENCES disputes,
    rule             text NOT NULL,
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
    PRIMARY KEY (dispute_id, rule),
    CONSTRAINT a_missed_level_has_ended CHECK (NOT missed OR ended_at IS NOT NULL)
);
CREATE INDEX dispute_clocks_that_run ON dispute_clocks (due_on) WHERE ended_at IS NULL;
SELECT guard('dispute_clocks', 'dispute', 'dispute_id');
SELECT fence_with('dispute_clocks', 'disputes', 'dispute_id');

-- The words of the sides and the organs, in the order of telling. Sealed under the secret of the dispute.
CREATE TABLE dispute_papers (
    dispute_id text NOT NULL REFERENCES disputes,
    n          integer NOT NULL CHECK (n > 0),
    kind       text NOT NULL CHECK (kind IN ('CLAIM', 'SETTLEMENT', 'FAILURE', 'DECISION')),
    agency_id  text NOT NULL,
    made_at    timestamptz NOT NULL,
    sealed     bytea,
    row_salt   bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (dispute_id, n)
);
SELECT guard('dispute_papers', 'dispute', 'dispute_id');
SELECT fence_with('dispute_papers', 'disputes', 'dispute_id');
