package main

import "encoding/hex"

// heads are the last records of streams that a monitor saw (section 12).
type heads struct {
	size       int64
	said       object
	note       note
	checkpoint *checkpoint
	streams    map[string]head
}

type head struct {
	seq    int64
	sha256 string
}

// readStatement reads completeness.note as far as its form goes; step `monitor` judges it, and names what is wrong.
func (b *bundle) readStatement() {
	if !b.files.has("statements/completeness.note") {
		return
	}
	attempt().about("", func() { b.heads = readHeads(b.file("statements/completeness.note")) })
}

func readHeads(data []byte) *heads {
	said, signed := parseStatement(data, "stream-heads")
	said.exactly("at", "checkpoint", "origin", "size", "streams")
	moment(said.text("at"))
	said.text("origin")
	made := &heads{size: said.number("size"), said: said, note: signed, streams: map[string]head{}}
	made.checkpoint = parseCheckpoint([]byte(said.text("checkpoint")))
	for _, each := range said.list("streams") {
		one := asObject(each).exactly("seq", "sha256", "stream")
		_, twice := made.streams[one.text("stream")]
		require(!twice, "it names the stream %s twice", one.text("stream"))
		require(one.number("seq") >= -1, "it has a seq below -1")
		made.streams[one.text("stream")] = head{one.number("seq"), one.text("sha256")}
	}
	return made
}

// checkMonitor makes step `monitor`: nothing was cut off behind the last record of a stream.
func (b *bundle) checkMonitor(step *step) {
	if !b.files.has("statements/completeness.note") {
		step.gap("there is no statement by a monitor")
		return
	}
	step.about("statements/completeness.note", func() {
		read := readHeads(b.file("statements/completeness.note"))
		require(len(read.note.lines) == 1, "it has not exactly one line")
		require(read.said.text("origin") == b.log.origin, "it is about another log")
		require(read.checkpoint.size == read.size, "its checkpoint has another size")
		require(read.size <= b.final.size, "it is about a larger log")
		b.requireLines(read.checkpoint, b.log.origin, false)
		checkConsistency(read.checkpoint, b.final, b.file("consistency/statement-final.txt"))
	})
	if b.heads != nil {
		b.compareHeads(step)
	}
	if len(b.monitors) == 0 {
		step.gap("no monitor was given")
	} else if b.heads != nil {
		step.check(b.byMonitor(), "no given monitor signed it")
	}
}

func (b *bundle) byMonitor() bool {
	for _, line := range b.heads.note.lines {
		for _, each := range b.monitors {
			if each.wrote(line) && each.verifies(b.heads.note.text, line.value) {
				return true
			}
		}
	}
	return false
}

// compareHeads compares the last entry below the statement's size in each stream of the bundle, and in each that is
// about keys: otherwise the revocation of a key could be left out.
func (b *bundle) compareHeads(step *step) {
	lasts, size := map[string]*entry{}, b.heads.size
	for _, e := range b.entries {
		if before := lasts[e.stream]; e.index < size || before == nil {
			lasts[e.stream] = e
		}
	}
	for stream, said := range b.heads.streams {
		if prefixed(stream, "keys/") && lasts[stream] == nil {
			step.check(said.seq == -1, "the bundle lacks the records of %s", stream)
		}
	}
	for stream, e := range lasts {
		said, listed := b.heads.streams[stream]
		switch {
		case stream == "log/sm3":
		case !listed:
			step.gap("the statement does not list %s", stream)
		case e.index >= size:
			step.check(said.seq == -1, "the monitor saw records of %s before its size", stream)
		default:
			fits := said.seq == e.seq && said.sha256 == hex.EncodeToString(e.hash[:])
			step.check(fits, "the monitor saw another last record of %s", stream)
		}
	}
	if len(b.records) > 0 && size <= b.records[len(b.records)-1].index {
		step.gap("the statement is older than the last record")
	}
}
