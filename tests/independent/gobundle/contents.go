package main

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"time"
)

// endings are those of files, by the media types of records.
var endings = map[string]string{"image/jpeg": ".jpg", "image/png": ".png"}

var (
	saltForm  = regexp.MustCompile(`^(?:[0-9a-f]{2}){16,64}$`)
	onlyDigit = regexp.MustCompile(`^[0-9]+$`)
)

// checkMedia makes step `media` (section 8).
func (b *bundle) checkMedia(step *step) {
	for _, name := range b.files.names("media/", "") {
		step.about("media/"+name, func() { b.checkPicture(name, b.file("media/"+name)) })
	}
}

func (b *bundle) checkPicture(name string, content []byte) {
	require(len(name) == 68, "it is named by a digest")
	digest := name[:64]
	require(digestOf(content) == digest, "it is not what its name says")
	taken := false
	for _, e := range b.records {
		said := e.ingests(digest)
		if said == nil {
			continue
		}
		taken = taken || !b.erasedAfter(e, digest)
		require(endings[said.text("media_type")] == name[64:], "its ending is not that of its media_type")
		require(said.number("size") == int64(len(content)), "it has another size than its record says")
		if sm3 := said["sm3"]; sm3 != nil {
			sum := sumSM3(content)
			require(sm3 == hex.EncodeToString(sum[:]), "its SM3 is not that of its record")
		}
	}
	require(taken, "no record takes it in, or it was erased")
}

// checkStatements makes step `statements`: the standing of devices at the second of capture.
func (b *bundle) checkStatements(step *step) {
	streams, _ := b.streams()
	for _, name := range b.files.names("statements/", ".note") {
		if name != "completeness" {
			step.about("statements/"+name, func() { b.checkStanding(name, b.file("statements/"+name+".note"), streams) })
		}
	}
}

func (b *bundle) checkStanding(name string, data []byte, streams map[string][]*entry) {
	require(digestOf(data) == name, "it is not what its name says")
	said, signed := parseStatement(data, "capability")
	named := false
	for _, e := range b.records {
		if e.kind != "evidence.checked" || e.data["capability_sha256"] != name {
			continue
		}
		named = true
		device := e.data.text("device_id")
		require(said.text("device_id") == device, "it is about another device")
		if lawful, there := e.data["lawful"]; there && lawful != nil {
			require(said["lawful"] == lawful, "it says otherwise whether the device was lawful")
		}
		taken := ofKind(streams[e.stream], "evidence.ingested", false)
		require(taken != nil && taken.data.text("device_id") == device, "it is not about the device that took the pictures")
		require(moment(said.text("at")).Equal(captured(taken)), "it is about another time")
		require(b.mayState("device/"+device, e.index, signed), "nobody signed it who may write about this device")
	}
	require(named, "no record names it")
}

// captured is the earlier of the times of capture and receipt of an intake.
func captured(taken *entry) time.Time {
	at, received := moment(taken.data.text("captured_at")), moment(taken.data.text("received_at"))
	if received.Before(at) {
		return received
	}
	return at
}

// mayState says whether a right line is by a key that was registered for the stream before an index, and not revoked
// before it. A key that was rotated away counts: the statement is a little older than the record that names it.
func (b *bundle) mayState(stream string, index int64, signed note) bool {
	for _, each := range b.log.keys {
		if each.since >= index || each.revoked && each.until < index || !each.writes(stream) {
			continue
		}
		for _, line := range signed.lines {
			if each.wrote(line) && each.verifies(signed.text, line.value) {
				return true
			}
		}
	}
	return false
}

// disclosure opens a commitment.
type disclosure struct {
	index                 int64
	digest, member, field string
	stream, salt          string
	value                 any
}

// checkDisclosures makes step `disclosures`.
func (b *bundle) checkDisclosures(step *step) {
	streams, _ := b.streams()
	for _, name := range b.files.names("disclosures/", ".json") {
		step.about("disclosures/"+name, func() {
			read := readDisclosure(b.file("disclosures/" + name + ".json"))
			b.disclosures = append(b.disclosures, read)
			require(read.digest == name, "it is not named by its digest")
			read.check(streams[read.stream])
		})
	}
}

func readDisclosure(data []byte) *disclosure {
	said := asObject(parseCanonical(data))
	said.exactly("digest", "field", "index", "member", "salt", "stream", "value")
	made := &disclosure{
		index: said.number("index"), digest: said.text("digest"), member: said.text("member"),
		field: said.text("field"), stream: said.text("stream"), value: said["value"],
	}
	made.salt = said.text("salt")
	return made
}

// check refuses a disclosure that does not open the first place of its commitment in its stream.
func (d *disclosure) check(stream []*entry) {
	require(saltForm.MatchString(d.salt), "its salt is not 16 to 64 bytes in hex")
	salt, _ := hex.DecodeString(d.salt)
	opened := sha256.Sum256(append(salt, canonical([]any{d.field, d.value})...))
	require(hex.EncodeToString(opened[:]) == d.digest, "salt and value are not those of its digest")
	var first *place
	walk(stream, func(at place, value any) {
		if digest, is := commitment(value); is && digest == d.digest && first == nil {
			first = &at
		}
	})
	require(first != nil && first.index == d.index && first.path == d.member, "its commitment is not at this place")
	require(lastName(d.member) == d.field, "the commitment is not about this field")
	for _, e := range stream {
		require(e.kind != "evidence.erased", "it discloses what was erased")
	}
}

func lastName(path string) string {
	names := strings.Split(path, "/")
	for len(names) > 1 && onlyDigit.MatchString(names[len(names)-1]) {
		names = names[:len(names)-1]
	}
	return names[len(names)-1]
}
