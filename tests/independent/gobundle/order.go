package main

import (
	"sort"
	"strings"
)

// checkStreams makes step `completeness` (section 6).
func (b *bundle) checkStreams(step *step) {
	inBundle := map[string]bool{}
	seq, hash := map[string]int64{}, map[string][32]byte{}
	for _, each := range b.entries {
		inBundle[each.stream] = true
		if strings.HasPrefix(each.file, "sm3/") {
			continue
		}
		next, before := seq[each.stream], hash[each.stream]
		step.check(each.seq == next && same(each.prev, before[:]), "%s does not continue %s", each.file, each.stream)
		seq[each.stream], hash[each.stream] = each.seq+1, each.hash
	}
	if b.heads == nil {
		return
	}
	var absent []string
	for stream, head := range b.heads.streams {
		if head.seq >= 0 && !inBundle[stream] {
			absent = append(absent, stream)
		}
	}
	sort.Strings(absent)
	for _, stream := range absent {
		step.gap("the monitor saw %s, of which the bundle has no entry", stream)
	}
}

// checkOrder makes step `order`: times never fall, neighbours are chained.
func (b *bundle) checkOrder(step *step) {
	for i := 1; i < len(b.entries); i++ {
		before, each := b.entries[i-1], b.entries[i]
		step.check(before.time <= each.time, "the time of %s lies before that of %s", each.file, before.file)
		if before.index+1 == each.index {
			leaf := before.leaf()
			step.check(same(each.before, leaf[:]), "%s does not name the leaf before it", each.file)
		}
	}
}
