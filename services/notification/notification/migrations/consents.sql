-- Consent of a party to electronic service. A withdrawn one stays, because it stood before.
CREATE TABLE consents (
    id            text PRIMARY KEY CHECK (id ~ '^cns_[0-9a-z]{26}$'),
    party_id      text NOT NULL CHECK (party_id ~ '^pty_[0-9a-z]{26}$'),
    documents     text[] NOT NULL,
    channel       text NOT NULL CHECK (channel IN ('INBOX', 'EMAIL', 'FAX')),
    address       bytea NOT NULL CHECK (length(address) = 32),
    text_version  text NOT NULL,
    signed_at     timestamptz NOT NULL,
    withdrawn_at  timestamptz,
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_consent_covers_some_document CHECK (cardinality(documents) > 0),
    CONSTRAINT a_consent_is_withdrawn_after_it_was_signed CHECK (withdrawn_at >= signed_at)
);
CREATE INDEX consents_of_a_party ON consents (party_id, signed_at);
COMMENT ON COLUMN consents.address IS 'the commitment to the address; the address itself lies in the vault, erasable';
SELECT guard('consents', 'consent', 'id');
SELECT fence('consents', 'party_id', NULL);
