-- One request from an agency to another. Both see it; a third one does not.
CREATE TABLE exchanges (
    id               text PRIMARY KEY CHECK (id ~ '^exc_[0-9a-z]{26}$'),
    kind             text NOT NULL CHECK (kind IN ('ASSISTANCE', 'DATA_REQUEST', 'CORRECTION', 'TRANSFER_REQUEST',
                                                   'TRANSFER', 'CRIMINAL_TRANSFER')),
    agency_id        text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    to_agency_id     text NOT NULL CHECK (to_agency_id ~ '^agy_[0-9a-z]{26}$'),
    year             integer NOT NULL,
    serial           integer NOT NULL CHECK (serial > 0),
    number           text NOT NULL,
    state            text NOT NULL CHECK (state IN ('DRAFT', 'SENT', 'ACKNOWLEDGED', 'ACCEPTED', 'PARTIAL', 'FULFILLED',
                                                    'REFUSED', 'RETURNED', 'WITHDRAWN', 'CLOSED')),
    pressure         text NOT NULL CHECK (pressure IN ('NONE', 'OVERDUE', 'URGED', 'URGED_TWICE', 'ESCALATED')),
    revision         integer NOT NULL CHECK (revision >= 0),
    purpose          text NOT NULL,
    case_id          text CHECK (case_id ~ '^cas_[0-9a-z]{26}$'),
    requested_at     timestamptz NOT NULL,
    answered_at      timestamptz,
    refusal_code     text CHECK (refusal_code IN ('R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'R7')),
    urged_on         date,
    urgings          integer NOT NULL CHECK (urgings BETWEEN 0 AND 2),
    supplement       text NOT NULL CHECK (supplement IN ('NONE', 'AWAITED', 'GIVEN')),
    extension        text NOT NULL CHECK (extension IN ('NONE', 'ASKED', 'GRANTED', 'DECLINED')),
    extension_days   integer NOT NULL CHECK (extension_days >= 0),
    closed_at        timestamptz,
    row_salt         bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT an_agency_does_not_ask_itself CHECK (agency_id <> to_agency_id),
    CONSTRAINT a_refusal_has_a_code CHECK (state <> 'REFUSED' OR refusal_code IS NOT NULL),
    CONSTRAINT a_number_is_given_once UNIQUE (agency_id, year, serial)
);
CREATE INDEX exchanges_of_a_receiver ON exchanges (to_agency_id, id);
CREATE INDEX exchanges_of_a_case ON exchanges (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX exchanges_under_pressure ON exchanges (id) WHERE pressure <> 'NONE';
SELECT guard('exchanges', 'exchange', 'id');
SELECT fence('exchanges', NULL, 'agency_id', 'to_agency_id');

-- The periods of an exchange. `ended_at` is null while one runs; `missed` says that it passed unanswered. A stop is
-- `reason/first day/first day after`; the last is empty while the clock stands still.
CREATE TABLE exchange_clocks (
    exchange_id      text NOT NULL REFERENCES exchanges,
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
    stops            text[] NOT NULL DEFAULT '{}',
    row_salt         bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (exchange_id, rule),
    CONSTRAINT a_missed_period_has_ended CHECK (NOT missed OR ended_at IS NOT NULL),
    CONSTRAINT a_stop_has_a_reason_and_days CHECK (array_to_string(stops, ' ', '?') ~
        '^([A-Z_]+/[0-9]{4}-[0-9]{2}-[0-9]{2}/([0-9]{4}-[0-9]{2}-[0-9]{2})?( |$))*$')
);
CREATE INDEX exchange_clocks_that_run ON exchange_clocks (due_on) WHERE ended_at IS NULL;
SELECT guard('exchange_clocks', 'exchange', 'exchange_id');
SELECT fence_with('exchange_clocks', 'exchanges', 'exchange_id');

-- What one side told the other, in the order of telling. The text is sealed under the secret of the exchange.
CREATE TABLE exchange_papers (
    exchange_id text NOT NULL REFERENCES exchanges,
    n           integer NOT NULL CHECK (n > 0),
    kind        text NOT NULL CHECK (kind IN ('REQUEST', 'ACCEPTANCE', 'REFUSAL', 'DELIVERY', 'WITHDRAWAL', 'SUPPLEMENT',
                                              'MESSAGE', 'CONSEQUENCE', 'COMPLETION', 'EXTENSION',
                                              'EXTENSION_DECLINED', 'SUSPENSION')),
    agency_id   text NOT NULL,
    made_at     timestamptz NOT NULL,
    sealed      bytea,
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (exchange_id, n)
);
SELECT guard('exchange_papers', 'exchange', 'exchange_id');
SELECT fence_with('exchange_papers', 'exchanges', 'exchange_id');
