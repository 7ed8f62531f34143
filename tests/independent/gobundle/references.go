package main

import "strings"

// references is what step `references` finds.
type references struct {
	root    string
	reached map[string]bool
	// followed are the ids and digests that the table of section 7 led to.
	followed map[string]bool
}

// target is what a record names: exactly one of the three is not empty.
type target struct{ stream, picture, statement string }

// targets are the references of a record that are followed (the table of section 7).
func (e *entry) targets() []target {
	var found []target
	stream := func(prefix string, id any) {
		if id != nil {
			found = append(found, target{stream: prefix + asText(id)})
		}
	}
	picture := func(digest any) {
		if digest != nil {
			found = append(found, target{picture: asText(digest)})
		}
	}
	if prefixed(e.stream, "evidence/") {
		stream("device/", e.data["device_id"])
	}
	// A type means what it says only in the streams of its own service: another one may write it too.
	service, _, _ := strings.Cut(e.kind, ".")
	if !prefixed(e.stream, service+"/") {
		return found
	}
	switch e.kind {
	case "evidence.ingested":
		for _, each := range e.data.list("media") {
			if each != nil {
				picture(asObject(each)["sha256"])
			}
		}
	case "evidence.checked":
		if digest := e.data["capability_sha256"]; digest != nil {
			found = append(found, target{statement: asText(digest)})
		}
	case "case.opened":
		stream("evidence/", e.data["evidence_id"])
		stream("device/", e.data["device_id"])
		for _, each := range e.data.list("media") {
			picture(each)
		}
	case "case.decided":
		for _, each := range e.data.list("evidence_ids") {
			stream("evidence/", each)
		}
	case "case.backup_noted":
		stream("evidence/", e.data["evidence_id"])
	}
	return found
}

// checkReferences follows the references from the root of the bundle.
func (b *bundle) checkReferences(step *step) {
	streams, names := b.streams()
	b.refs = references{reached: map[string]bool{}, followed: map[string]bool{}}
	step.about("the root", func() { b.refs.root = rootOf(names) })
	if b.refs.root != "" {
		b.follow(b.refs.root, streams, step)
		for _, name := range names {
			step.check(b.refs.reached[name], "no reference leads to %s", name)
			b.checkIntakes(step, name, streams[name])
		}
	}
	b.listNotIncluded(names)
}

// checkIntakes refuses a second evidence.ingested in a stream.
func (b *bundle) checkIntakes(step *step, name string, stream []*entry) {
	taken := false
	for _, e := range stream {
		if e.kind == "evidence.ingested" {
			step.check(!taken, "%s is taken in twice", name)
			taken = true
		}
	}
}

func rootOf(streams []string) string {
	var cases, evidence []string
	for _, name := range streams {
		switch {
		case prefixed(name, "case/"):
			cases = append(cases, name)
		case prefixed(name, "evidence/"):
			evidence = append(evidence, name)
		default:
			require(prefixed(name, "device/"), "a bundle has no stream %s", name)
		}
	}
	if len(cases) == 0 {
		cases = evidence
	}
	require(len(cases) == 1, "a bundle is about one case, or about one evidence")
	return cases[0]
}

// follow takes a stream as reached and what its records name, and so on. What is absent is a gap.
func (b *bundle) follow(stream string, streams map[string][]*entry, step *step) {
	if b.refs.reached[stream] {
		return
	}
	b.refs.reached[stream] = true
	if streams[stream] == nil {
		step.gap("the stream %s is not in the bundle", stream)
	}
	for _, e := range streams[stream] {
		var found []target
		step.about(e.file, func() { found = e.targets() })
		for _, to := range found {
			switch {
			case to.stream != "":
				b.refs.followed[idOf(to.stream)] = true
				b.follow(to.stream, streams, step)
			case to.picture != "":
				b.refs.followed[to.picture] = true
				if b.picture(to.picture) == "" && !b.erased(to.picture) {
					step.gap("the picture %s is not in the bundle", to.picture)
				}
			default:
				b.refs.followed[to.statement] = true
				if !b.files.has("statements/" + to.statement + ".note") {
					step.gap("the statement %s is not in the bundle", to.statement)
				}
			}
		}
	}
}

// picture is the name of the file in media/ with this digest, or empty.
func (b *bundle) picture(digest string) string {
	for _, ending := range []string{".jpg", ".png"} {
		if b.files.has("media/" + digest + ending) {
			return digest + ending
		}
	}
	return ""
}

// ingests gives the element of `media` of an evidence.ingested that names a picture; nil if none does.
func (e *entry) ingests(digest string) object {
	if e.kind == "evidence.ingested" {
		media, _ := e.data["media"].([]any)
		for _, each := range media {
			if is, ok := each.(object); ok && is["sha256"] == digest {
				return is
			}
		}
	}
	return nil
}

func (e *entry) erases(digest string) bool {
	if e.kind == "evidence.erased" {
		media, _ := e.data["media"].([]any)
		for _, each := range media {
			if each == digest {
				return true
			}
		}
	}
	return false
}

// erasedAfter says whether a later record of the stream of e erases a picture.
func (b *bundle) erasedAfter(e *entry, digest string) bool {
	for _, each := range b.records {
		if each.stream == e.stream && each.index > e.index && each.erases(digest) {
			return true
		}
	}
	return false
}

// erased says whether a picture was erased after it was taken in, in every stream that took it in.
func (b *bundle) erased(digest string) (everywhere bool) {
	for _, each := range b.records {
		if each.ingests(digest) != nil {
			if !b.erasedAfter(each, digest) {
				return false
			}
			everywhere = true
		}
	}
	return everywhere
}

// listNotIncluded lists each reference that is not here and was not followed, once.
func (b *bundle) listNotIncluded(streams []string) {
	here := map[string]bool{}
	for _, name := range streams {
		here[idOf(name)] = true
	}
	for _, beginning := range []string{"media/", "statements/"} {
		for _, name := range b.files.names(beginning, "") {
			if len(name) > 64 {
				here[name[:64]] = true
			}
		}
	}
	listed := map[string]bool{}
	walk(b.records, func(at place, value any) {
		text, is := value.(string)
		if !is || !isReference(at, text) || listed[text] {
			return
		}
		about := text
		if streamForm.MatchString(text) {
			about = idOf(text)
		}
		if !here[about] && !b.refs.followed[about] {
			listed[text] = true
			b.notIncluded = append(b.notIncluded, text+"（"+at.String()+"）")
		}
	})
}
