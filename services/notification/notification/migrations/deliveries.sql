-- One message by one channel to one address. What a provider takes is SUBMITTED; ARRIVED is what the channel itself says.
CREATE TABLE deliveries (
    id             text PRIMARY KEY CHECK (id ~ '^dlv_[0-9a-z]{26}$'),
    message_id     text NOT NULL REFERENCES messages,
    case_id        text NOT NULL CHECK (case_id ~ '^cas_[0-9a-z]{26}$'),
    party_id       text NOT NULL CHECK (party_id ~ '^pty_[0-9a-z]{26}$'),
    agency_id      text CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    channel        text NOT NULL CHECK (channel IN ('SMS', 'EMAIL', 'FAX', 'WECHAT', 'PUSH', 'WEBPUSH', 'POST')),
    role           text NOT NULL CHECK (role IN ('CARRIES', 'HINTS')),
    level          smallint NOT NULL CHECK (level BETWEEN 1 AND 4),
    is_statutory   boolean NOT NULL,
    may_come_twice boolean NOT NULL,
    is_urgent      boolean NOT NULL,
    state          text NOT NULL CHECK (state IN ('ACCEPTED', 'SCHEDULED', 'HELD', 'QUEUED', 'SENDING', 'SUBMITTED',
                       'JOINED', 'ARRIVED', 'UNDELIVERED_TEMPORARY', 'UNDELIVERED_PERMANENT', 'REJECTED', 'EXPIRED', 'SUPPRESSED',
                       'CANCELLED', 'UNKNOWN', 'ARRIVED_LATE')),
    created_at     timestamptz NOT NULL,
    not_before     timestamptz,
    expires_at     timestamptz NOT NULL,
    attempts       integer NOT NULL CHECK (attempts >= 0),
    provider       text,
    reference      text,
    submitted_at   timestamptz,
    arrived_at     timestamptz,
    basis          text,
    code           text,
    is_bare        boolean NOT NULL,
    joined_to      text REFERENCES deliveries,
    address_key    bytea NOT NULL CHECK (length(address_key) = 32),
    sealed         bytea,
    row_salt       bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_message_goes_to_an_address_once_by_a_channel UNIQUE (message_id, channel, address_key),
    CONSTRAINT what_serves_never_comes_twice CHECK (NOT (is_statutory AND may_come_twice)),
    CONSTRAINT a_delivery_ends_after_it_began CHECK (expires_at > created_at),
    CONSTRAINT an_arrival_rests_on_something
        CHECK ((arrived_at IS NULL) = (basis IS NULL) AND (arrived_at IS NULL OR attempts > 0)),
    CONSTRAINT it_has_arrived_when_its_state_says_so
        CHECK ((state IN ('ARRIVED', 'ARRIVED_LATE')) = (arrived_at IS NOT NULL)),
    CONSTRAINT what_travels_with_another_names_it CHECK (state <> 'JOINED' OR joined_to IS NOT NULL),
    CONSTRAINT what_serves_travels_alone CHECK (NOT (is_statutory AND joined_to IS NOT NULL)),
    CONSTRAINT what_was_sent_was_sent_by_somebody CHECK (attempts = 0 OR provider IS NOT NULL)
) WITH (fillfactor = 70);
-- Not unique: some providers give several orders one name. A report that bears it is then about none of them for sure.
CREATE INDEX deliveries_by_the_providers_name ON deliveries (provider, reference) WHERE reference IS NOT NULL;
CREATE INDEX heard_of_an_address ON deliveries (address_key, id)
    WHERE state IN ('ARRIVED', 'ARRIVED_LATE', 'UNDELIVERED_PERMANENT', 'SUPPRESSED');
CREATE INDEX deliveries_that_travel_with_another ON deliveries (joined_to) WHERE joined_to IS NOT NULL;
CREATE INDEX deliveries_that_wait_for_the_hour ON deliveries (address_key)
    WHERE not_before IS NOT NULL AND attempts = 0 AND state IN ('SCHEDULED', 'HELD', 'QUEUED');
CREATE INDEX deliveries_that_were_rejected ON deliveries (id) WHERE state = 'REJECTED';
CREATE INDEX arrivals_by_time ON deliveries (arrived_at) WHERE arrived_at IS NOT NULL;
COMMENT ON COLUMN deliveries.address_key IS 'HMAC of channel and address under the secret of the party: says nothing alone';
COMMENT ON COLUMN deliveries.sealed IS 'address and words, sealed under the secret of the case';
SELECT guard('deliveries', 'delivery', 'id');
SELECT fence('deliveries', 'party_id', 'agency_id');

-- When each delivery is looked at next. A process that takes one moves `next_at` to the end of its lease.
CREATE TABLE delivery_work (
    delivery_id text PRIMARY KEY,
    lane        smallint NOT NULL,
    next_at     timestamptz NOT NULL,
    faults      smallint NOT NULL DEFAULT 0
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX delivery_work_in_its_turn ON delivery_work (lane, next_at);
CREATE INDEX delivery_work_with_faults ON delivery_work (delivery_id) WHERE faults > 0;
SELECT operational('delivery_work', 'when each delivery is looked at next; what happens to it then follows from its own row');

-- Every call of a provider. `ended_at` is null while it runs, and for ever where the process died.
CREATE TABLE delivery_attempts (
    delivery_id text NOT NULL,
    n           integer NOT NULL CHECK (n > 0),
    provider    text NOT NULL,
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    verdict     text,
    code        text,
    took_ms     integer,
    transcript  bytea,
    PRIMARY KEY (delivery_id, n)
);
COMMENT ON COLUMN delivery_attempts.transcript IS 'what was said on the wire, sealed under the secret of the case';
SELECT operational('delivery_attempts', 'the log of the calls; what came of them is in the records of the deliveries');

-- What providers posted, as it came. Each is sealed under the secret of its day, which is destroyed when its time is over.
CREATE TABLE provider_callbacks (
    id          uuid PRIMARY KEY,
    provider    text NOT NULL,
    digest      bytea NOT NULL CHECK (length(digest) = 32),
    day         date NOT NULL,
    received_at timestamptz NOT NULL,
    body        bytea NOT NULL,
    next_at     timestamptz,
    tries       smallint NOT NULL DEFAULT 0,
    CONSTRAINT a_body_that_comes_twice_is_kept_once UNIQUE (provider, digest)
);
CREATE INDEX callbacks_to_read ON provider_callbacks (next_at) WHERE next_at IS NOT NULL;
SELECT operational('provider_callbacks', 'the raw reports of providers; what follows from them is on record');

-- The reports that were read already: a provider repeats what it thinks was not heard.
CREATE TABLE provider_reports (
    provider text NOT NULL,
    name     text NOT NULL,
    code     text NOT NULL,
    read_at  timestamptz NOT NULL,
    PRIMARY KEY (provider, name, code)
);
SELECT operational('provider_reports', 'which reports were read; a repeat of one changes nothing');
