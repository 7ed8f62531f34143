-- Which day asks for which notice. A row goes when its notice was made, or when there is no reason for it any more.
CREATE TABLE reminders (
    cause   uuid PRIMARY KEY,
    case_id text NOT NULL CHECK (case_id ~ '^cas_[0-9a-z]{26}$'),
    code    text NOT NULL,
    due_at  timestamptz NOT NULL
);
CREATE INDEX reminders_in_their_turn ON reminders (due_at);
SELECT operational('reminders', 'what a day will ask for; the records of the ledger ask for it again');
