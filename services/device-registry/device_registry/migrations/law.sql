-- What the catalogue of legal sources published, read from the ledger: the record of each publication counts, not these.
CREATE TABLE known_articles (
    source_id     text NOT NULL,
    version       integer NOT NULL,
    n             integer NOT NULL,
    level         text NOT NULL,
    title         text NOT NULL,
    article       text NOT NULL,
    from_on       date NOT NULL,
    until_on      date,
    published_at  timestamptz NOT NULL,
    superseded_at timestamptz,
    PRIMARY KEY (source_id, version, n)
);
CREATE INDEX known_articles_of_a_title ON known_articles (title);
SELECT operational('known_articles', 'read from the ledger again');

CREATE TABLE known_successions (
    id           text PRIMARY KEY,
    old_title    text NOT NULL,
    old_article  text NOT NULL,
    new_title    text NOT NULL,
    new_article  text NOT NULL,
    from_on      date NOT NULL,
    published_at timestamptz NOT NULL
);
CREATE INDEX known_successions_of_a_title ON known_successions (old_title);
SELECT operational('known_successions', 'read from the ledger again');

-- Which functions were warned of, and of which last day of their basis.
CREATE TABLE basis_warnings (
    device_id     text NOT NULL REFERENCES devices,
    function_code text NOT NULL,
    last_on       date NOT NULL,
    warned_at     timestamptz NOT NULL,
    row_salt      bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    PRIMARY KEY (device_id, function_code, last_on)
);
SELECT guard('basis_warnings', 'device', 'device_id');
SELECT fence_with('basis_warnings', 'devices', 'device_id');
