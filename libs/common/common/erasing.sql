-- Streams whose erasure is on record and whose contents are not all destroyed yet. Dropping loses nothing: every
-- start fills it again from the outbox.
DROP TABLE IF EXISTS erasures_due;
CREATE TABLE erasures_due (
    stream text PRIMARY KEY
);
SELECT operational('erasures_due', 'approved, and not yet destroyed; filled again from the outbox at every start');
