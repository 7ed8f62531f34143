-- The feed: what the ledger says about cases and exchanges, in the ledger's own order. Nothing here is evidence.
CREATE TABLE event_objects (
    stream          text PRIMARY KEY,
    agency_id       text NOT NULL,
    other_agency_id text
);
SELECT operational('event_objects', 'which agencies an object belongs to; read from the ledger again');

CREATE TABLE events (
    place           bigint PRIMARY KEY CHECK (place >= 0),
    record_id       uuid NOT NULL UNIQUE,
    stream          text NOT NULL,
    type            text NOT NULL,
    recorded_at     timestamptz NOT NULL,
    sequenced_at    timestamptz NOT NULL,
    agency_id       text,
    other_agency_id text
);
CREATE INDEX events_by_age ON events (sequenced_at);
SELECT operational('events', 'kept 30 days; read from the ledger again');
SELECT fence('events', NULL, 'agency_id', 'other_agency_id');
