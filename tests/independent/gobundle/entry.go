package main

import (
	"crypto/sha256"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const instantForm = `[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z`

var (
	entryHead = regexp.MustCompile(`^ledger-entry/v1 (0|[1-9][0-9]{0,17}) (` + instantForm + `) ([A-Za-z0-9+/]{43}=)$`)
	recordID  = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	instant   = regexp.MustCompile(`^` + instantForm + `$`)
)

// entry is one of the ledger and the record in it (LEDGER.md), read from a file of the bundle.
type entry struct {
	file   string
	raw    []byte
	index  int64
	time   string
	before []byte
	note   note
	hash   [32]byte
	stream string
	seq    int64
	prev   []byte
	kind   string
	actor  string
	// subject is nil or a text.
	subject any
	data    object
}

func (e *entry) aboutKeys() bool { return aboutKeys(e.stream) }

func aboutKeys(stream string) bool { return stream == "log" || strings.HasPrefix(stream, "keys/") }

func (e *entry) leaf() [32]byte { return sha256.Sum256(append([]byte{0}, e.raw...)) }

// moment reads a time as records write it.
func moment(text string) time.Time {
	require(instant.MatchString(text), "%q is no time", text)
	at, err := time.Parse("2006-01-02T15:04:05.000000Z", text)
	require(err == nil, "%q is no time", text)
	return at
}

func parseEntry(file string, raw []byte) *entry {
	head, rest, _ := strings.Cut(string(raw), "\n")
	parts := entryHead.FindStringSubmatch(head)
	require(parts != nil, "it does not begin like an entry")
	made := &entry{file: file, raw: raw, time: parts[2], before: unbase64(parts[3])}
	made.index, _ = strconv.ParseInt(parts[1], 10, 64)
	moment(made.time)
	require(len(rest) <= 60_000, "a record has at most 60,000 bytes")
	made.note, made.hash = parseNote([]byte(rest)), sha256.Sum256([]byte(rest))
	require(strings.Count(made.note.text, "\n") == 1, "a record is one line")
	made.read(asObject(parseCanonical([]byte(strings.TrimSuffix(made.note.text, "\n")))))
	return made
}

func (e *entry) read(record object) {
	members := []string{"actor", "at", "data", "id", "prev", "seq", "stream", "type", "v"}
	if subject, there := record["subject"]; there {
		members = append(members, "subject")
		e.subject = subject
		if subject != nil {
			asText(subject)
		}
	}
	record.exactly(members...)
	moment(record.text("at"))
	require(recordID.MatchString(record.text("id")), "its id is no UUID")
	require(record.number("v") >= 1 && record.number("seq") >= 0, "v or seq is too small")
	e.actor, e.stream, e.kind = record.text("actor"), record.text("stream"), record.text("type")
	e.seq, e.prev, e.data = record.number("seq"), unbase64(record.text("prev")), asObject(record["data"])
	require(len(e.prev) == 32, "prev has 32 bytes")
}
