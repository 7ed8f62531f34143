-- What each caller may still ask, for all processes of the gateway together: the tokens of its bucket, by a digest of who
-- it is, under a key that the database does not have. It is worth nothing after a minute, so a crash may empty it.
CREATE UNLOGGED TABLE rate_buckets (
    digest bytea PRIMARY KEY CHECK (length(digest) = 32),
    tokens double precision NOT NULL,
    at     timestamptz NOT NULL
);
CREATE INDEX rate_buckets_by_age ON rate_buckets (at);
SELECT operational('rate_buckets', 'who asked too often waits; without it somebody waits less');
