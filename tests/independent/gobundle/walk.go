package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var (
	idForm     = regexp.MustCompile(`^[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}$`)
	streamForm = regexp.MustCompile(`^[a-z]+/[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}$`)
	digestOnly = regexp.MustCompile(`^` + digestForm + `$`)
)

// place is where a value lies in a record: names of members and numbers of elements, joined by slashes.
type place struct {
	index  int64
	path   string
	member string
}

func (p place) String() string { return fmt.Sprintf("第 %d 条 %s", p.index, p.path) }

// walk visits every value of the records as section 7 says, containers before their content.
func walk(records []*entry, visit func(place, any)) {
	for _, e := range records {
		if e.subject != nil {
			visit(place{e.index, "subject", "subject"}, e.subject)
		}
		for _, name := range sorted(e.data) {
			if name != "rows" && name != "permit" {
				walkInto(place{e.index, name, name}, e.data[name], visit)
			}
		}
	}
}

func walkInto(at place, value any, visit func(place, any)) {
	visit(at, value)
	switch is := value.(type) {
	case object:
		for _, name := range sorted(is) {
			walkInto(place{at.index, at.path + "/" + name, name}, is[name], visit)
		}
	case []any:
		for i, each := range is {
			name := strconv.Itoa(i)
			walkInto(place{at.index, at.path + "/" + name, name}, each, visit)
		}
	}
}

// isReference says whether a text at a place is an id, a stream or a digest.
func isReference(at place, text string) bool {
	return idForm.MatchString(text) || streamForm.MatchString(text) ||
		digestOnly.MatchString(text) && at.member != "c" && at.member != "sm3"
}

// commitment gives the digest of an object `{"c": <64 hex>}` with no other member.
func commitment(value any) (string, bool) {
	is, ok := value.(object)
	digest, text := is["c"].(string)
	return digest, ok && len(is) == 1 && text && digestOnly.MatchString(digest)
}

// listClosed lists the commitments that no disclosure of their stream opens.
func (b *bundle) listClosed() {
	opened := map[string]bool{}
	for _, each := range b.disclosures {
		opened[each.stream+" "+each.digest] = true
	}
	for _, e := range b.records {
		walk([]*entry{e}, func(at place, value any) {
			if digest, is := commitment(value); is && !opened[e.stream+" "+digest] {
				b.closed = append(b.closed, at.String())
			}
		})
	}
}

// idOf is what stands behind the first slash of a stream.
func idOf(stream string) string {
	_, id, _ := strings.Cut(stream, "/")
	return id
}

func prefixed(stream, prefix string) bool { return strings.HasPrefix(stream, prefix) }
