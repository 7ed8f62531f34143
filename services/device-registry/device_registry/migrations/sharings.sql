-- The use of one agency's device by another (NJ 9(3)): `agency_id` owns it, `to_agency_id` asked. Both see the row.
CREATE TABLE device_sharings (
    id           text PRIMARY KEY CHECK (id ~ '^shr_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    device_id    text NOT NULL REFERENCES devices,
    agency_id    text NOT NULL,
    to_agency_id text NOT NULL,
    state        text NOT NULL CHECK (state IN ('REQUESTED', 'GIVEN', 'REFUSED', 'ENDED')),
    violations   jsonb NOT NULL CHECK (jsonb_array_length(violations) > 0),
    until_on     date NOT NULL,
    purpose      text NOT NULL CHECK (purpose <> ''),
    basis        jsonb NOT NULL,
    instead_of   text REFERENCES devices,
    requested_at timestamptz NOT NULL,
    answered_at  timestamptz,
    ended_at     timestamptz,
    reason       text NOT NULL,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT nobody_shares_with_itself CHECK (agency_id <> to_agency_id),
    CONSTRAINT what_ended_was_given CHECK ((ended_at IS NOT NULL) = (state = 'ENDED')),
    CONSTRAINT only_a_request_has_no_answer CHECK ((answered_at IS NULL) = (state = 'REQUESTED'))
);
CREATE INDEX sharings_by_state ON device_sharings (state, id);
CREATE INDEX sharings_instead_of_a_draft ON device_sharings (instead_of);
SELECT guard('device_sharings', 'sharing', 'id');
SELECT fence('device_sharings', NULL, 'agency_id', 'to_agency_id');
