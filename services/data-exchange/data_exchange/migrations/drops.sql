-- Files that a register dropped: taken, or set aside with their fault. The newest taken one is what the register knows.
CREATE TABLE register_drops (
    register text NOT NULL,
    sha256   text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    state    text NOT NULL CHECK (state IN ('TAKEN', 'QUARANTINED')),
    fault    text CHECK ((fault IS NULL) = (state = 'TAKEN')),
    rows     integer NOT NULL CHECK (rows >= 0),
    at       timestamptz NOT NULL,
    PRIMARY KEY (register, sha256)
);
CREATE INDEX register_drops_by_age ON register_drops (register, at);
SELECT operational('register_drops', 'copies of what a register holds itself; it drops its file again');
