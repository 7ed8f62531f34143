-- Agencies whose own systems connect. The host reviews them; both see the row.
CREATE TABLE partners (
    id             text PRIMARY KEY CHECK (id ~ '^ptn_[0-9a-z]{26}$'),
    agency_id      text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    host_agency_id text NOT NULL CHECK (host_agency_id ~ '^agy_[0-9a-z]{26}$'),
    credit_code    text NOT NULL,
    region         text NOT NULL,
    level          smallint NOT NULL CHECK (level BETWEEN 1 AND 4),
    state          text NOT NULL CHECK (state IN ('DRAFT', 'SUBMITTED', 'REVIEW', 'ADMITTED', 'SUSPENDED',
                                                  'TERMINATED')),
    revision       integer NOT NULL CHECK (revision >= 0),
    row_salt       bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_credit_code_has_eighteen_characters CHECK (credit_code ~ '^[0-9A-Z]{18}$')
);
CREATE UNIQUE INDEX an_agency_is_one_partner ON partners (agency_id) WHERE state <> 'TERMINATED';
SELECT guard('partners', 'partner', 'id');
SELECT fence('partners', NULL, 'agency_id', 'host_agency_id');

-- The systems of partners.
CREATE TABLE applications (
    id             text PRIMARY KEY CHECK (id ~ '^app_[0-9a-z]{26}$'),
    partner_id     text NOT NULL REFERENCES partners,
    agency_id      text NOT NULL,
    host_agency_id text NOT NULL,
    state          text NOT NULL CHECK (state IN ('SANDBOX', 'CONFORMANCE_PASSED', 'PRODUCTION', 'SUSPENDED',
                                                  'TERMINATED')),
    networks       text[] NOT NULL,
    jwks_uri       text,
    keys_at        timestamptz,
    report         text CHECK (report ~ '^[0-9a-f]{64}$'),
    reported_at    timestamptz,
    proposed_by    text,
    live_at        timestamptz,
    resumes_to     text,
    revision       integer NOT NULL CHECK (revision >= 0),
    row_salt       bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT production_rests_on_a_report CHECK (state <> 'PRODUCTION' OR report IS NOT NULL),
    CONSTRAINT a_suspension_says_what_it_interrupted CHECK ((state = 'SUSPENDED') <= (resumes_to IS NOT NULL))
);
CREATE INDEX applications_of_a_partner ON applications (partner_id);
SELECT guard('applications', 'application', 'id');
SELECT fence('applications', NULL, 'agency_id', 'host_agency_id');

-- Their public keys. A key id names one key for ever.
CREATE TABLE application_keys (
    application_id text NOT NULL REFERENCES applications,
    kid            text NOT NULL,
    algorithm      text NOT NULL CHECK (algorithm IN ('ed25519', 'ecdsa-p256-sha256', 'rsa-pss-sha512')),
    jwk            text NOT NULL,
    thumbprint     text NOT NULL,
    added_at       timestamptz NOT NULL,
    proven_at      timestamptz,
    revoked_at     timestamptz,
    row_salt       bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (application_id, kid)
);
SELECT guard('application_keys', 'application', 'application_id');
SELECT fence_with('application_keys', 'applications', 'application_id');

-- What an application may call of another agency, and which fields it gets.
CREATE TABLE agreements (
    id               text PRIMARY KEY CHECK (id ~ '^agr_[0-9a-z]{26}$'),
    application_id   text NOT NULL REFERENCES applications,
    agency_id        text NOT NULL,
    to_agency_id     text NOT NULL,
    state            text NOT NULL CHECK (state IN ('DRAFT', 'WAITING_FOR_APPROVAL', 'ACTIVE', 'SUSPENDED', 'REJECTED',
                                                    'ARCHIVED')),
    services         text[] NOT NULL,
    fields           jsonb NOT NULL,
    regions          text[] NOT NULL,
    level            smallint NOT NULL CHECK (level BETWEEN 1 AND 4),
    daily_calls      integer NOT NULL CHECK (daily_calls > 0),
    monthly_subjects integer NOT NULL CHECK (monthly_subjects > 0),
    valid_from       date NOT NULL,
    valid_until      date NOT NULL,
    revision         integer NOT NULL CHECK (revision >= 0),
    row_salt         bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT an_agreement_has_two_agencies CHECK (agency_id <> to_agency_id),
    CONSTRAINT its_last_day_is_not_before_its_first CHECK (valid_from <= valid_until)
);
CREATE INDEX agreements_of_an_application ON agreements (application_id);
SELECT guard('agreements', 'agreement', 'id');
SELECT fence('agreements', NULL, 'agency_id', 'to_agency_id');

-- What data under an agreement is used for.
CREATE TABLE purposes (
    id           text PRIMARY KEY CHECK (id ~ '^pur_[0-9a-z]{26}$'),
    agreement_id text NOT NULL REFERENCES agreements,
    agency_id    text NOT NULL,
    to_agency_id text NOT NULL,
    code         text NOT NULL,
    power_item   text NOT NULL,
    case_type    text NOT NULL,
    daily_calls  integer NOT NULL CHECK (daily_calls > 0),
    state        text NOT NULL CHECK (state IN ('DRAFT', 'WAITING_FOR_APPROVAL', 'ACTIVE', 'SUSPENDED', 'REJECTED',
                                                'ARCHIVED')),
    revision     integer NOT NULL CHECK (revision >= 0),
    row_salt     bytea NOT NULL DEFAULT uuid_send(gen_random_uuid())
);
CREATE INDEX purposes_of_an_agreement ON purposes (agreement_id);
SELECT guard('purposes', 'purpose', 'id');
SELECT fence('purposes', NULL, 'agency_id', 'to_agency_id');

-- Nonces that a partner signs to show that it holds a private key: each once, within ten minutes.
CREATE TABLE key_challenges (
    nonce          text PRIMARY KEY,
    application_id text NOT NULL,
    expires_at     timestamptz NOT NULL
);
SELECT operational('key_challenges', 'a partner asks for another challenge');

-- Nonces of signed requests. The row is written before the request has any effect, so a second one finds it.
CREATE TABLE request_nonces (
    application_id text NOT NULL,
    kid            text NOT NULL,
    nonce          text NOT NULL,
    expires_at     timestamptz NOT NULL,
    CONSTRAINT a_nonce_is_used_once PRIMARY KEY (application_id, kid, nonce)
);
CREATE INDEX request_nonces_that_expire ON request_nonces (expires_at);
SELECT operational('request_nonces', 'a nonce is needed until its signature has expired');

-- How many calls systems made in a day, under an agreement and for a purpose. One row is written over all day long.
CREATE TABLE calls_counted (
    counted   text NOT NULL CHECK (counted ~ '^(agr|pur)_[0-9a-z]{26}$'),
    called_on date NOT NULL,
    calls     integer NOT NULL CHECK (calls > 0),
    PRIMARY KEY (counted, called_on)
) WITH (fillfactor = 50);
SELECT operational('calls_counted', 'the count of a day; each call that had an effect is on record');
