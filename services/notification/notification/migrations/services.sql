-- One service of process: one document for one party, from the order of case until it is served or given up.
CREATE TABLE services (
    id              text PRIMARY KEY CHECK (id ~ '^sop_[0-9a-z]{26}$'),
    agency_id       text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    case_id         text NOT NULL CHECK (case_id ~ '^cas_[0-9a-z]{26}$'),
    party_id        text NOT NULL CHECK (party_id ~ '^pty_[0-9a-z]{26}$'),
    party_kind      text NOT NULL CHECK (party_kind IN ('PERSON', 'ORGANISATION')),
    document_id     text NOT NULL CHECK (document_id ~ '^doc_[0-9a-z]{26}$'),
    document_kind   text NOT NULL,
    document_sha256 text NOT NULL CHECK (document_sha256 ~ '^[0-9a-f]{64}$'),
    first           text NOT NULL,
    cause           uuid NOT NULL,
    ordered_at      timestamptz NOT NULL,
    alarm_on        date NOT NULL,
    serve_by        date,
    state           text NOT NULL CHECK (state IN ('OPEN', 'UNDERWAY', 'SERVED', 'ABANDONED')),
    served_step     integer,
    served_manner   text,
    served_at       timestamptz,
    served_on       date,
    served_basis    text,
    arrived_at      timestamptz,
    first_served_at timestamptz,
    first_served_on date,
    first_basis     text,
    alarmed_at      timestamptz,
    abandoned_at    timestamptz,
    abandoned_for   text CHECK (abandoned_for IN ('RECALLED', 'DOCUMENT_DIFFERS')),
    denied_at       timestamptz,
    doubt_settled_at timestamptz,
    paper_asked_at  timestamptz,
    paper_given_at  timestamptz,
    erased_at       timestamptz,
    row_salt        bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_recorded_order_opens_one_service UNIQUE (cause),
    CONSTRAINT a_service_is_served_when_its_state_says_so CHECK ((state = 'SERVED') = (served_on IS NOT NULL)),
    CONSTRAINT a_date_of_service_has_its_step_manner_and_basis
        CHECK ((served_on IS NULL) = (served_at IS NULL) AND (served_on IS NULL) = (served_step IS NULL)
               AND (served_on IS NULL) = (served_manner IS NULL) AND (served_on IS NULL) = (served_basis IS NULL)),
    CONSTRAINT the_first_date_of_service_stays
        CHECK ((served_on IS NULL) = (first_served_on IS NULL) AND (served_on IS NULL) = (first_served_at IS NULL)),
    CONSTRAINT a_service_is_abandoned_when_its_state_says_so
        CHECK ((state = 'ABANDONED') = (abandoned_at IS NOT NULL) AND (abandoned_at IS NULL) = (abandoned_for IS NULL)),
    CONSTRAINT only_what_was_served_is_denied CHECK (denied_at IS NULL OR served_on IS NOT NULL),
    CONSTRAINT a_doubt_is_settled_after_it_was_raised CHECK (doubt_settled_at IS NULL OR denied_at IS NOT NULL),
    CONSTRAINT paper_is_given_to_whoever_asked CHECK (paper_given_at IS NULL OR paper_asked_at IS NOT NULL)
);
CREATE INDEX services_of_a_case ON services (case_id);
CREATE INDEX services_of_a_document ON services (document_id);
CREATE INDEX services_that_wait ON services (state, id) WHERE state IN ('OPEN', 'UNDERWAY');
SELECT guard('services', 'service', 'id');
SELECT fence('services', 'party_id');

-- One manner that was tried, in the order of the ladder.
CREATE TABLE service_steps (
    service_id text NOT NULL REFERENCES services,
    n          integer NOT NULL CHECK (n > 0),
    manner     text NOT NULL,
    ground     text,
    channel    text,
    consent_id text REFERENCES consents,
    message_id text CHECK (message_id ~ '^msg_[0-9a-z]{26}$'),
    begun_at   timestamptz NOT NULL,
    sent_at    timestamptz,
    arrived_at timestamptz,
    arrival    text,
    deemed_on  date,
    ended_at   timestamptz,
    failure    text,
    row_salt   bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (service_id, n),
    CONSTRAINT only_the_electronic_manner_has_a_consent_and_has_one
        CHECK ((manner = 'ELECTRONIC') = (consent_id IS NOT NULL) OR coalesce(failure, '') = 'CONSENT_REQUIRED'),
    CONSTRAINT a_public_notice_has_a_last_day CHECK ((manner = 'PUBLIC_NOTICE') = (deemed_on IS NOT NULL)),
    CONSTRAINT an_arrival_has_its_sign CHECK ((arrived_at IS NULL) = (arrival IS NULL)),
    CONSTRAINT a_manner_that_failed_is_over CHECK (failure IS NULL OR ended_at IS NOT NULL)
);
CREATE UNIQUE INDEX a_message_carries_one_step ON service_steps (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX steps_on_their_way ON service_steps (message_id)
    WHERE message_id IS NOT NULL AND arrived_at IS NULL;
CREATE INDEX steps_to_be_sent ON service_steps (service_id)
    WHERE manner = 'ELECTRONIC' AND message_id IS NULL AND ended_at IS NULL;
SELECT guard('service_steps', 'service', 'service_id');
SELECT fence_with('service_steps', 'services', 'service_id');

-- What was uploaded: returns, receipts, photographs, snapshots. The bytes are sealed under the secret of the case.
CREATE TABLE service_proofs (
    service_id text NOT NULL REFERENCES services,
    n          integer NOT NULL CHECK (n > 0),
    case_id    text NOT NULL,
    kind       text NOT NULL,
    sha256     text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    added_at   timestamptz NOT NULL,
    size       integer NOT NULL CHECK (size >= 0),
    is_partys  boolean NOT NULL,
    row_salt   bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (service_id, n),
    CONSTRAINT a_proof_is_kept_once UNIQUE (service_id, kind, sha256)
);
SELECT guard('service_proofs', 'service', 'service_id');
SELECT fence_with('service_proofs', 'services', 'service_id');

-- The party says that the document arrived at another time.
CREATE TABLE service_rebuttals (
    service_id text NOT NULL REFERENCES services,
    n          integer NOT NULL CHECK (n > 0),
    claimed_at timestamptz NOT NULL,
    made_at    timestamptz NOT NULL,
    accepted   boolean,
    row_salt   bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (service_id, n)
);
CREATE UNIQUE INDEX one_rebuttal_waits_at_a_time ON service_rebuttals (service_id) WHERE accepted IS NULL;
SELECT guard('service_rebuttals', 'service', 'service_id');
SELECT fence_with('service_rebuttals', 'services', 'service_id');
