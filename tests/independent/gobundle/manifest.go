package main

import (
	"sort"
)

const format = "mingzheng-bundle/v2"

// manifest is what section 9 computes from the other files.
func (b *bundle) manifest() object {
	_, streams := b.streams()
	require(b.log.origin != "", "there is no genesis")
	made := object{
		"authorities": texted(b.everyAuthority()), "case_id": nil, "clock": b.log.clock, "files": b.listFiles(),
		"first_at": nil, "last_at": nil, "format": format,
		"keys": b.numbered("keys/"), "log_size": b.final.size,
		"lower": b.sizeOf("checkpoints/lower.note"), "upper": b.sizeOf("checkpoints/upper.note"), "twin": b.sizeOf("sm3/checkpoint.note"), "origin": b.log.origin,
		"records": b.numbered("records/"), "statement": nil, "streams": texted(streams),
		"witnesses": texted(b.witnessNames),
	}
	if len(b.records) > 0 {
		made["first_at"], made["last_at"] = b.records[0].time, b.records[len(b.records)-1].time
	}
	evidence := []string{}
	for _, name := range streams {
		switch {
		case prefixed(name, "case/") && made["case_id"] == nil:
			made["case_id"] = idOf(name)
		case prefixed(name, "evidence/"):
			evidence = append(evidence, idOf(name))
		}
	}
	sort.Strings(evidence)
	made["evidence_ids"] = texted(evidence)
	attempt().about("", func() {
		said, _ := parseStatement(b.file("statements/completeness.note"), "stream-heads")
		made["statement"] = said.number("size")
	})
	return made
}

// sizeOf is the size that a checkpoint states, whoever signed it; nil if there is none that can be read.
func (b *bundle) sizeOf(name string) (size any) {
	attempt().about(name, func() { size = parseCheckpoint(b.file(name)).size })
	return size
}

func (b *bundle) listFiles() []any {
	list := []any{}
	for _, name := range b.files.names("", "") {
		if !prefixed(name, "manifest.") && b.files[name] != nil {
			size := int64(len(b.files[name]))
			list = append(list, object{"path": name, "sha256": digestOf(b.files[name]), "size": size})
		}
	}
	return list
}

func (b *bundle) everyAuthority() []string {
	found := map[string]bool{}
	for _, role := range []string{"lower", "upper", "final"} {
		for _, name := range b.files.authorities(role) {
			found[name] = true
		}
	}
	names := []string{}
	for name := range found {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// checkManifest makes step `manifest`, and the part of `files` that compares the list of a wrong one.
func (b *bundle) checkManifest(step, layout *step) {
	step.about("manifest.json", func() {
		given := b.file("manifest.json")
		var wanted object
		computed := attempt().about("", func() { wanted = b.manifest() })
		if computed && same(indented(wanted), given) {
			return
		}
		b.compareFiles(layout)
		require(computed, "no manifest follows from the other files")
		said := asObject(parseJSON(given))
		if said["format"] != format {
			step.gap("this program does not know the format %v", said["format"])
			return
		}
		differ := []string{}
		for _, name := range sorted(wanted) {
			if !same(canonical(wanted[name]), canonical(said[name])) {
				differ = append(differ, name)
			}
		}
		refuse("it is not what follows from the other files: %v", differ)
	})
	step.about("manifest.note", func() {
		said, signed := parseStatement(b.file("manifest.note"), "bundle-manifest")
		said.exactly("sha256", "size")
		body := b.files["manifest.json"]
		require(said.text("sha256") == digestOf(body), "it is about another manifest.json")
		require(said.number("size") == int64(len(body)), "it has another size")
		require(len(signed.lines) == 1, "it has not one line")
		for _, each := range b.log.keys {
			if each.until == never && each.writes("evidence/") && each.signed(signed) {
				return
			}
		}
		refuse("no key signed it that may write evidence/")
	})
}

// compareFiles names the files in which the bundle and the list of its manifest differ, if there is such a list.
func (b *bundle) compareFiles(layout *step) {
	listed, there := map[string]string{}, map[string]string{}
	for _, each := range b.listFiles() {
		there[each.(object).text("path")] = summed(each.(object))
	}
	read := attempt().about("", func() {
		for _, each := range asObject(parseJSON(b.files["manifest.json"])).list("files") {
			listed[asObject(each).text("path")] = summed(asObject(each))
		}
	})
	if !read {
		return
	}
	for path, each := range listed {
		layout.check(there[path] == each, "%s is not as manifest.json lists it", path)
	}
	for path := range there {
		layout.check(listed[path] != "", "manifest.json does not list %s", path)
	}
}

func summed(file object) string { return file.text("sha256") + " " + shown(file["size"]) }

func texted(list []string) []any {
	made := []any{}
	for _, each := range list {
		made = append(made, each)
	}
	return made
}

// numbered are the numbers of the entries of a folder that count, rising.
func (b *bundle) numbered(folder string) []any {
	made := []any{}
	for _, e := range b.entries {
		if prefixed(e.file, folder) {
			made = append(made, e.index)
		}
	}
	return made
}
