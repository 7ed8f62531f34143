-- How often query codes were tried: by code and by address, each under a digest whose key the database does not have.
-- A code that names no case is counted like one that does.
CREATE TABLE code_tries (
    what   text NOT NULL CHECK (what IN ('SOURCE', 'CODE', 'CODE_DAY', 'CODE_EVER')),
    digest bytea NOT NULL CHECK (length(digest) = 32),
    count  integer NOT NULL CHECK (count >= 0),
    until  timestamptz NOT NULL,
    PRIMARY KEY (what, digest)
);
CREATE INDEX code_tries_by_their_end ON code_tries (until);
SELECT operational('code_tries', 'who tried too often waits; without it somebody waits less');
