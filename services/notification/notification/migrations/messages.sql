-- One message to a party. A NOTICE informs, a SERVICE serves process.
CREATE TABLE messages (
    id              text PRIMARY KEY CHECK (id ~ '^msg_[0-9a-z]{26}$'),
    agency_id       text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    party_id        text NOT NULL CHECK (party_id ~ '^pty_[0-9a-z]{26}$'),
    case_id         text NOT NULL CHECK (case_id ~ '^cas_[0-9a-z]{26}$'),
    kind            text NOT NULL CHECK (kind IN ('NOTICE', 'SERVICE')),
    code            text NOT NULL,
    template        text NOT NULL,
    sealed          bytea,
    document_id     text CHECK (document_id ~ '^doc_[0-9a-z]{26}$'),
    document_kind   text,
    document_sha256 text CHECK (document_sha256 ~ '^[0-9a-f]{64}$'),
    cause           uuid NOT NULL,
    state           text NOT NULL CHECK (state IN ('CREATED', 'DELIVERED', 'FAILED')),
    created_at      timestamptz NOT NULL,
    delivered_at    timestamptz,
    told_by         text,
    failure         text,
    failed_because  text[] NOT NULL,
    erased_at       timestamptz,
    seen_at         timestamptz,
    read_at         timestamptz,
    downloaded_at   timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text,
    refused_at      timestamptz,
    refused_by      text,
    disputed_at     timestamptz,
    dispute_reason  text CHECK (dispute_reason IN ('NOT_ME', 'NOT_MY_ADDRESS')),
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_recorded_order_makes_one_message UNIQUE (cause),
    CONSTRAINT a_document_has_a_kind_and_a_digest
        CHECK (num_nonnulls(document_id, document_kind, document_sha256) IN (0, 3)),
    CONSTRAINT a_service_brings_a_document CHECK (kind = 'NOTICE' OR document_id IS NOT NULL),
    CONSTRAINT a_message_that_arrived_came_by_some_way CHECK ((told_by IS NULL) = (delivered_at IS NULL)),
    CONSTRAINT a_message_arrives_when_its_state_says_so
        CHECK ((state = 'DELIVERED') = (delivered_at IS NOT NULL)),
    CONSTRAINT a_party_does_something_only_with_a_message_that_arrived CHECK (delivered_at IS NOT NULL
        OR coalesce(seen_at, read_at, downloaded_at, acknowledged_at, refused_at, disputed_at) IS NULL),
    CONSTRAINT an_acknowledgement_says_how_the_party_logged_in
        CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)),
    CONSTRAINT a_refusal_to_sign_says_how_the_party_logged_in
        CHECK ((refused_at IS NULL) = (refused_by IS NULL)),
    CONSTRAINT who_signed_did_not_decline CHECK (acknowledged_at IS NULL OR refused_at IS NULL),
    CONSTRAINT a_dispute_says_why CHECK ((disputed_at IS NULL) = (dispute_reason IS NULL)),
    CONSTRAINT a_message_fails_for_a_reason CHECK ((state = 'FAILED') = (failure IS NOT NULL))
);
CREATE INDEX messages_of_a_case ON messages (case_id);
CREATE INDEX messages_that_no_list_showed ON messages (party_id)
    WHERE state = 'DELIVERED' AND erased_at IS NULL AND seen_at IS NULL;
CREATE INDEX messages_that_nobody_opened ON messages (party_id) WHERE state = 'DELIVERED' AND erased_at IS NULL
    AND coalesce(read_at, downloaded_at, acknowledged_at, refused_at, disputed_at) IS NULL;
CREATE INDEX messages_that_are_disputed ON messages (case_id) WHERE disputed_at IS NOT NULL;
COMMENT ON COLUMN messages.sealed IS 'title and text, sealed under the secret of the case';
SELECT guard('messages', 'message', 'id');
COMMENT ON COLUMN messages.agency_id IS 'the officers of the agency see how it went, and never the words';
SELECT fence('messages', 'party_id', case_column => 'case_id');

-- What changed in an inbox, place by place, without a gap: a message that came, one that changed, one that is gone.
CREATE TABLE inbox_entries (
    party_id   text NOT NULL CHECK (party_id ~ '^pty_[0-9a-z]{26}$'),
    place      bigint NOT NULL CHECK (place > 0),
    message_id text NOT NULL CHECK (message_id ~ '^msg_[0-9a-z]{26}$'),
    change     text NOT NULL CHECK (change IN ('ITEM', 'UPDATE', 'TOMBSTONE')),
    is_needless boolean NOT NULL,
    noted_at   timestamptz NOT NULL,
    PRIMARY KEY (party_id, place)
);
CREATE INDEX entries_of_a_message ON inbox_entries (message_id, place);
CREATE INDEX entries_to_thin_out ON inbox_entries (noted_at) WHERE is_needless;
COMMENT ON COLUMN inbox_entries.is_needless IS 'a later entry of the same message stands, or the message is gone';
SELECT operational('inbox_entries', 'the order in which a phone learns of messages; the messages themselves are kept');

CREATE TABLE inbox_counters (
    party_id text PRIMARY KEY,
    last     bigint NOT NULL CHECK (last > 0),
    thinned  bigint NOT NULL DEFAULT 0,
    CONSTRAINT only_a_place_that_was_given_is_thinned_out CHECK (thinned BETWEEN 0 AND last)
);
SELECT operational('inbox_counters', 'the last place given in each inbox, and the last that was thinned out: a phone begins anew without them');
