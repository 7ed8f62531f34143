-- Phones and browsers of a party that may be woken by a push. The address goes when the registration ends.
CREATE TABLE handsets (
    id              text PRIMARY KEY CHECK (id ~ '^hst_[0-9a-z]{26}$'),
    party_id        text NOT NULL CHECK (party_id ~ '^pty_[0-9a-z]{26}$'),
    push            text NOT NULL
        CHECK (push IN ('WEBPUSH', 'HMS', 'HONOR', 'XIAOMI', 'OPPO', 'VIVO', 'APNS', 'FCM')),
    sealed          bytea,
    registered_at   timestamptz NOT NULL,
    readdressed_at  timestamptz,
    ended_at        timestamptz,
    end_reason      text CHECK (end_reason IN ('UNREGISTERED', 'GONE', 'REPLACED')),
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_phone_that_is_pushed_to_no_more_has_no_address CHECK ((ended_at IS NULL) = (sealed IS NOT NULL)),
    CONSTRAINT a_registration_ends_for_a_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE INDEX handsets_of_a_party ON handsets (party_id, registered_at) WHERE ended_at IS NULL;
COMMENT ON COLUMN handsets.sealed IS 'where a push reaches it, sealed under the secret of its own stream';
SELECT guard('handsets', 'handset', 'id');
SELECT fence('handsets', 'party_id', NULL);
