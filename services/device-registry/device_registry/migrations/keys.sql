-- The keys with which a device signs its captures. Nothing is deleted: a capture is judged by the key of its second.
CREATE TABLE device_signing_keys (
    device_id    text NOT NULL REFERENCES devices,
    kid          text NOT NULL CHECK (kid ~ '^[0-9]{20}#[1-9][0-9]{0,3}$'),
    algorithm    text NOT NULL,
    public_key   bytea NOT NULL,
    holder       text NOT NULL,
    valid_from   timestamptz NOT NULL,
    valid_until  timestamptz NOT NULL,
    enrolled_at  timestamptz NOT NULL,
    revoked_at   timestamptz,
    revoked_from timestamptz,
    revocation   text,
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, kid),
    CONSTRAINT a_key_is_of_a_known_algorithm CHECK (algorithm IN ('ed25519', 'ecdsa-p256-sha256', 'sm2-sm3')),
    CONSTRAINT a_key_lies_in_a_camera_or_beside_it CHECK (holder IN ('CAMERA', 'EDGE_GATEWAY')),
    CONSTRAINT a_key_is_valid_for_a_time_after_its_enrolment
        CHECK (enrolled_at <= valid_from AND valid_from < valid_until),
    CONSTRAINT a_revoked_key_says_since_when_and_why CHECK ((revoked_at IS NULL) = (revoked_from IS NULL)
        AND (revoked_at IS NULL) = (revocation IS NULL)),
    CONSTRAINT a_key_ends_for_a_known_reason
        CHECK (revocation IN ('REPLACED', 'LOST', 'COMPROMISED', 'WITHDRAWN'))
);
CREATE INDEX device_signing_keys_by_name ON device_signing_keys (kid);
SELECT guard('device_signing_keys', 'device', 'device_id');
SELECT fence_with('device_signing_keys', 'devices', 'device_id');
