-- Somebody is at the provider, and comes back with the cookie whose digest this is. Sealed under the cookie itself: where
-- they go on, and what the provider's answer must bring. An attempt is taken once and lasts ten minutes.
CREATE TABLE sign_in_attempts (
    digest bytea PRIMARY KEY CHECK (length(digest) = 32),
    sealed bytea NOT NULL,
    until  timestamptz NOT NULL
);
CREATE INDEX attempts_by_their_end ON sign_in_attempts (until);
SELECT operational('sign_in_attempts', 'whoever was signing in begins again');
