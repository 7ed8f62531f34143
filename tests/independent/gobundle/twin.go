package main

import "fmt"

// checkTwin makes step `sm3`: the same entries in the tree over SM3 (section 13).
func (b *bundle) checkTwin(step *step) {
	if len(b.files.names("sm3/", "")) == 0 {
		step.gap("there is no twin in the bundle")
		return
	}
	origin := b.log.origin + "/sm3"
	var twin *checkpoint
	held := step.about("sm3/checkpoint.note", func() {
		twin = parseCheckpoint(b.file("sm3/checkpoint.note"))
		require(twin.size == b.final.size, "it has another size than the final checkpoint")
		b.requireLines(twin, origin, true)
	})
	if !held {
		return
	}
	anchored := false
	for _, e := range b.entries {
		e := e
		proof := fmt.Sprintf("sm3/proofs/%d.tlog-proof", e.index)
		step.about(proof, func() { checkTwinInclusion(e, b.file(proof), twin) })
		if prefixed(e.file, "sm3/anchors/") {
			anchored = true
			step.about(e.file, func() { b.checkAnchor(e, origin, twin) })
		}
	}
	if !anchored {
		step.gap("there is no anchor")
	}
}

// checkAnchor refuses an entry of the log that states another history of the twin.
func (b *bundle) checkAnchor(e *entry, origin string, twin *checkpoint) {
	stated := parseCheckpoint([]byte(e.data.text("checkpoint")))
	require(e.data.text("origin") == origin && e.data.number("size") == stated.size, "it states two sizes or origins")
	require(stated.size <= e.index, "it is about entries behind it")
	b.requireLines(stated, origin, false)
	checkTwinConsistency(stated, twin, b.file("sm3/anchor-final.txt"))
}
