-- An address of an agency that wants a word when its feed of delivery events goes on.
CREATE TABLE hooks (
    id          text PRIMARY KEY CHECK (id ~ '^hok_[0-9a-z]{26}$'),
    agency_id   text NOT NULL CHECK (agency_id ~ '^agy_[0-9a-z]{26}$'),
    url         text NOT NULL CHECK (length(url) <= 500),
    state       text NOT NULL CHECK (state IN ('PENDING', 'ACTIVE', 'ENDED')),
    secret      bytea NOT NULL,
    named_at    timestamptz NOT NULL,
    verified_at timestamptz,
    ended_at    timestamptz,
    ended_for   text CHECK (ended_for IN ('GONE', 'CHALLENGE', 'BY_AGENCY')),
    row_salt    bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()),
    CONSTRAINT hints_begin_with_an_answered_challenge CHECK (state <> 'ACTIVE' OR verified_at IS NOT NULL),
    CONSTRAINT an_end_of_hints_has_its_reason CHECK ((state = 'ENDED') = (ended_for IS NOT NULL))
);
COMMENT ON COLUMN hooks.secret IS 'what signs the hints, sealed under the secret of the address itself';
SELECT guard('hooks', 'hook', 'id');
SELECT fence('hooks');

-- How far each address was told, and when it is looked at next.
CREATE TABLE hook_work (
    hook_id  text PRIMARY KEY,
    told     bigint NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    due_at   timestamptz NOT NULL,
    status   integer
);
SELECT operational('hook_work', 'how far an address was told; the feed itself has every event');
