-- What a request for data says beside its exchange, which begins when it is sent and has the same id. Until then nobody
-- but the asking agency sees it: `shown_to` is the provider from the sending on, `authority_id` the data authority.
CREATE TABLE data_requests (
    id               text PRIMARY KEY CHECK (id ~ '^exc_[0-9a-z]{26}$'),
    agency_id        text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    provider_id      text NOT NULL CHECK (provider_id ~ '^agy_[0-9a-z]{26}$'),
    shown_to         text,
    authority_id     text CHECK (authority_id ~ '^agy_[0-9a-z]{26}$'),
    item_id          text NOT NULL REFERENCES catalogue_items,
    fields           text[] NOT NULL,
    manner           text NOT NULL,
    use_until        date NOT NULL,
    purpose          text NOT NULL,
    case_id          text CHECK (case_id ~ '^cas_[0-9a-z]{26}$'),
    share            text NOT NULL CHECK (share IN ('UNCONDITIONAL', 'CONDITIONAL', 'NOT_SHARED')),
    state            text NOT NULL CHECK (state IN ('DRAFT', 'CONSENTED', 'SENT', 'DISCARDED')),
    consented_answer text CHECK (consented_answer IN ('SHARE', 'REFUSE')),
    delivered_in     text CHECK (delivered_in IN ('API', 'BATCH', 'FILE', 'VERIFICATION_ONLY')),
    revision         integer NOT NULL CHECK (revision >= 0),
    sealed           bytea,
    row_salt         bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT an_agency_asks_no_data_of_itself CHECK (agency_id <> provider_id),
    CONSTRAINT a_sent_request_is_shown CHECK ((state = 'SENT') = (shown_to IS NOT NULL)
        AND (state = 'SENT') = (authority_id IS NOT NULL)),
    CONSTRAINT data_is_delivered_with_the_officers_consent CHECK (delivered_in IS NULL OR consented_answer = 'SHARE')
);
CREATE INDEX data_requests_of_an_agency ON data_requests (agency_id, id);
SELECT guard('data_requests', 'exchange', 'id');
SELECT fence('data_requests', NULL, 'agency_id', 'shown_to');
CREATE POLICY of_the_data_authority ON data_requests USING (sees(authority_id));
CREATE POLICY of_the_data_authority ON exchanges
    USING (EXISTS (SELECT FROM data_requests d WHERE d.id = exchanges.id AND sees(d.authority_id)));
