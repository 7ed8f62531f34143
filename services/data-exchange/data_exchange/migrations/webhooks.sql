-- An address to which an agency wants hints about its events. The secrets are sealed under the endpoint's own stream.
CREATE TABLE webhook_endpoints (
    id               text PRIMARY KEY CHECK (id ~ '^whk_[0-9a-z]{26}$'),
    agency_id        text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    url              text NOT NULL CHECK (length(url) <= 500),
    state            text NOT NULL CHECK (state IN ('PENDING', 'ACTIVE', 'DISABLED')),
    secrets          bytea NOT NULL,
    old_secret_until timestamptz,
    created_at       timestamptz NOT NULL,
    verified_at      timestamptz,
    disabled_at      timestamptz,
    disabled_for     text CHECK (disabled_for IN ('GONE', 'CHALLENGE', 'BY_AGENCY')),
    row_salt         bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT hints_begin_with_an_answered_challenge CHECK (state <> 'ACTIVE' OR verified_at IS NOT NULL),
    CONSTRAINT an_end_has_its_reason CHECK ((state = 'DISABLED') = (disabled_for IS NOT NULL))
);
SELECT guard('webhook_endpoints', 'webhook', 'id');
SELECT fence('webhook_endpoints');

-- What is still to be told to which address. Place -1 is the challenge; every other place is that of an event.
CREATE TABLE webhook_deliveries (
    webhook_id  text NOT NULL REFERENCES webhook_endpoints,
    place       bigint NOT NULL,
    message_id  text NOT NULL,
    state       text NOT NULL CHECK (state IN ('DUE', 'TAKEN', 'GIVEN_UP')),
    attempts    integer NOT NULL DEFAULT 0,
    next_at     timestamptz NOT NULL,
    lease_until timestamptz,
    PRIMARY KEY (webhook_id, place)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE state = 'DUE';
SELECT operational('webhook_deliveries', 'hints; the feed holds the events');
SELECT fence_with('webhook_deliveries', 'webhook_endpoints', 'webhook_id');

CREATE TABLE webhook_attempts (
    webhook_id text NOT NULL REFERENCES webhook_endpoints,
    place      bigint NOT NULL,
    n          integer NOT NULL,
    message_id text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    status     integer,
    why        text NOT NULL DEFAULT '',
    PRIMARY KEY (webhook_id, place, n)
);
SELECT operational('webhook_attempts', 'the log of hints that the agency reads');
SELECT fence_with('webhook_attempts', 'webhook_endpoints', 'webhook_id');

-- How far each endpoint's hints have been made from the feed.
CREATE TABLE webhook_positions (
    webhook_id text PRIMARY KEY REFERENCES webhook_endpoints,
    position   bigint NOT NULL
);
SELECT operational('webhook_positions', 'begins again at the end of the feed');
