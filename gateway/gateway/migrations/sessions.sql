-- One sign-in of one person on one device. The device proves itself by `key`, the thumbprint of its public key
-- (RFC 7638), and a browser by its cookie, whose digest is the key; a query code's session is for one case alone.
CREATE TABLE sessions (
    id          text PRIMARY KEY CHECK (id ~ '^ses_[0-7][0-9a-hjkmnp-tv-z]{25}$'),
    sub         text NOT NULL CHECK (sub ~ '^(officer:off|party:pty)_[0-9a-z]{26}$'),
    party_id    text CHECK (party_id ~ '^pty_[0-9a-z]{26}$'),
    agency_id   text REFERENCES agencies,
    how         text NOT NULL CHECK (how IN ('CLIENT_SECRET', 'QUERY_CODE', 'OPENID')),
    client_id   text REFERENCES clients,
    epoch       integer NOT NULL,
    case_id     text CHECK (case_id ~ '^cas_[0-9a-z]{26}$'),
    key         text NOT NULL CHECK (length(key) = 43),
    begun_at    timestamptz NOT NULL,
    lasts_until timestamptz NOT NULL,
    ended_at    timestamptz,
    ending      text CHECK (ending IN ('SIGNED_OUT', 'REUSED', 'REVOKED', 'REPLACED', 'DISABLED', 'PROVIDER')),
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT a_session_is_a_partys_or_an_officers CHECK (num_nulls(party_id, agency_id) = 1),
    CONSTRAINT a_session_lasts CHECK (lasts_until > begun_at),
    CONSTRAINT a_query_code_opens_one_case CHECK ((how = 'QUERY_CODE') = (case_id IS NOT NULL)),
    CONSTRAINT a_client_has_a_secret CHECK ((how = 'CLIENT_SECRET') = (client_id IS NOT NULL)),
    CONSTRAINT a_session_ends_for_a_reason CHECK ((ended_at IS NULL) = (ending IS NULL)),
    CONSTRAINT a_session_ends_after_it_began CHECK (ended_at >= begun_at)
);
CREATE INDEX open_sessions_of_a_person ON sessions (sub, begun_at) WHERE ended_at IS NULL;
SELECT guard('sessions', 'session', 'id');
SELECT fence('sessions', 'party_id', case_column => 'case_id');

-- What buys the next access token of a session: the SHA-256 of the one refresh token that does, of the one before it,
-- and the answer that the one before it bought, sealed under that token itself. No token lies here.
CREATE TABLE session_tickets (
    session_id   text PRIMARY KEY REFERENCES sessions,
    digest       bytea NOT NULL CHECK (length(digest) = 32),
    spent_digest bytea CHECK (length(spent_digest) = 32),
    spent_at     timestamptz,
    answer       bytea,
    used_at      timestamptz NOT NULL,
    ended        boolean NOT NULL DEFAULT false,
    lasts_until  timestamptz NOT NULL,
    -- When the last access token of the session expires, by the clock of the machine: a demo's clock may jump.
    access_until timestamptz NOT NULL,
    -- When the person last showed who they are, where that is known, and the provider's own session, which it may end.
    authenticated_at timestamptz,
    provider_sid text CHECK (length(provider_sid) BETWEEN 1 AND 255),
    -- The public key of the browser (JWK), once it has bound the session to it: see issuer/browserkeys.py.
    browser_key  text,
    CONSTRAINT a_spent_token_has_its_hour_and_its_answer CHECK (num_nulls(spent_digest, spent_at, answer) IN (0, 3))
);
CREATE INDEX tickets_of_ended_sessions ON session_tickets (access_until) WHERE ended;
CREATE INDEX tickets_of_a_provider_s_session ON session_tickets (provider_sid) WHERE provider_sid IS NOT NULL;
CREATE INDEX tickets_by_their_end ON session_tickets (lasts_until);
SELECT operational('session_tickets', 'a phone signs in again');

-- The directory of people is read again when the records move on. It depends on no session.
CREATE INDEX heads_without_sessions ON stream_head (seq) WHERE stream NOT LIKE 'session/%';
