package main

import (
	"strings"
	"time"
)

const tolerance = 60 * time.Second

// checkTimes makes the steps `consistency`, `not-before` and `not-after` (section 11).
func (b *bundle) checkTimes(consistency, notBefore, notAfter *step) {
	for _, role := range []string{"lower", "upper"} {
		name := "checkpoints/" + role + ".note"
		if b.files.has(name) {
			consistency.about(name, func() {
				anchor := parseCheckpoint(b.file(name))
				b.requireLines(anchor, b.log.origin, true)
				checkConsistency(anchor, b.final, b.file("consistency/"+role+"-final.txt"))
				b.anchors[role] = anchor
			})
		}
	}
	first, last := b.span()
	if lower := b.anchors["lower"]; lower != nil && first != nil {
		notBefore.check(lower.size <= first.index, "lower is not before the records")
	}
	if upper := b.anchors["upper"]; upper != nil && last != nil {
		notAfter.check(upper.size > last.index && upper.size <= b.final.size, "upper is not behind the records")
	}
	before := b.tokens("lower", notBefore)
	after := append(b.tokens("upper", notAfter), b.tokens("final", notAfter)...)
	if b.authorities == nil {
		notBefore.gap("no authority was given")
		notAfter.gap("no authority was given")
	} else {
		if len(before) == 0 {
			notBefore.gap("no token before the records counts")
		}
		if len(after) == 0 {
			notAfter.gap("no token behind the records counts")
		}
	}
	for _, early := range before {
		for _, late := range after {
			notAfter.check(!early.After(late), "a token of lower is later than one behind the records")
		}
	}
	if b.log.clock == "real" && first != nil {
		b.compareClocks(before, append(after, b.cosigned()...), notBefore, notAfter)
	}
}

// span is the first record outside `device/` (or the first of all), and the last record.
func (b *bundle) span() (first, last *entry) {
	for _, e := range b.records {
		if first == nil && !prefixed(e.stream, "device/") {
			first = e
		}
		last = e
	}
	if first == nil && last != nil {
		first = b.records[0]
	}
	return first, last
}

func (b *bundle) compareClocks(before, after []time.Time, notBefore, notAfter *step) {
	first, last := b.span()
	for _, each := range before {
		late := each.Sub(moment(first.time)) > tolerance
		notBefore.check(!late, "the first record bears a time before a token that precedes it")
	}
	for _, each := range after {
		late := moment(last.time).Sub(each) > tolerance
		notAfter.check(!late, "the last record bears a time behind an outsider's that follows it")
	}
}

// cosigned are the times of right cosignatures by witnesses that the reader gave.
func (b *bundle) cosigned() []time.Time {
	var found []time.Time
	for _, witness := range b.witnesses {
		for _, line := range b.final.lines {
			right := witness.kind == cosignatureKind && witness.wrote(line) && witness.verifies(b.final.text, line.value)
			right = right && bigEndian(line.value[:8]) < latest
			if right {
				found = append(found, time.Unix(int64(bigEndian(line.value[:8])), 0))
			}
		}
	}
	return found
}

// tokens are the times of the tokens of a role that count.
func (b *bundle) tokens(role string, step *step) []time.Time {
	var times []time.Time
	for _, authority := range b.files.authorities(role) {
		name := "timestamps/" + role + "." + authority + ".tsr"
		step.about(name, func() {
			require(!b.stamped[digestOf(b.file(name))], "it is the same token as another one")
			b.stamped[digestOf(b.file(name))] = true
			token := parseToken(b.file(name))
			require(role == "final" || b.anchors[role] != nil, "its checkpoint is not there, or was refused")
			require(token.hash == 0 || token.stamps(b.stampedBytes(role)), "it is over other bytes")
			if b.authorities == nil || !token.ledTo(b.authorities) {
				b.notChecked = append(b.notChecked, name)
				return
			}
			times = append(times, token.at)
		})
	}
	return times
}

// stampedBytes are those over which the tokens of a role were made.
func (b *bundle) stampedBytes(role string) []byte {
	if role != "final" {
		return b.file("checkpoints/" + role + ".note")
	}
	lines := strings.SplitAfter(string(b.final.raw[len(b.final.text)+1:]), "\n")
	text := b.final.text + "\n"
	for i, each := range b.final.lines {
		for _, ours := range b.log.logKeys(b.log.origin, b.final.size) {
			if ours.wrote(each) {
				text += lines[i]
			}
		}
	}
	return []byte(text)
}

func bigEndian(data []byte) (n uint64) {
	for _, each := range data {
		n = n<<8 | uint64(each)
	}
	return n
}
