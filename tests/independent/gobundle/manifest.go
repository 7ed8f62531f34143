package main

import (
	"sort"
	"strings"
)

const format = "mingzheng-bundle/v2"

// manifest is what section 9 computes from the other files.
func (b *bundle) manifest() object {
	_, streams := b.streams()
	require(len(b.records) > 0 && b.log.origin != "", "there is no record, or no genesis")
	made := object{
		"authorities": texted(b.everyAuthority()), "case_id": nil, "clock": b.log.clock, "files": b.listFiles(),
		"first_at": b.records[0].time, "last_at": b.records[len(b.records)-1].time, "format": format,
		"keys": numbered(b.files.numbers("keys/", ".entry")), "log_size": b.final.size,
		"lower": b.sizeOf("lower"), "upper": b.sizeOf("upper"), "twin": b.sizeOf("twin"), "origin": b.log.origin,
		"records": numbered(b.files.numbers("records/", ".entry")), "statement": nil, "streams": texted(streams),
		"witnesses": texted(b.witnessNames()),
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
	if b.heads != nil {
		made["statement"] = b.heads.size
	}
	return made
}

func (b *bundle) sizeOf(role string) any {
	if b.anchors[role] == nil {
		return nil
	}
	return b.anchors[role].size
}

func (b *bundle) listFiles() []any {
	list := []any{}
	for _, name := range b.files.names("", "") {
		if !prefixed(name, "manifest.") {
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

// witnessNames are the names in the policy's lines of witnesses.
func (b *bundle) witnessNames() []string {
	names := []string{}
	for _, each := range strings.Split(string(b.files["keys/policy.txt"]), "\n") {
		if words := strings.Split(each, " "); words[0] == "witness" && len(words) == 3 {
			names = append(names, words[1])
		}
	}
	return names
}

// checkManifest makes step `manifest`, and the part of `files` that compares the list of a wrong one.
func (b *bundle) checkManifest(step, layout *step) {
	step.about("manifest.json", func() {
		given := b.file("manifest.json")
		wanted := b.manifest()
		if same(indented(wanted), given) {
			return
		}
		said := asObject(parseJSON(given))
		compareFiles(wanted["files"].([]any), said, layout)
		if said.text("format") != format {
			step.gap("this program does not know the format %s", said.text("format"))
			wanted["format"] = said.text("format")
			if same(indented(wanted), given) {
				return
			}
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

// compareFiles names the files in which the manifest's list and the bundle differ.
func compareFiles(wanted []any, said object, layout *step) {
	listed, there := map[string]string{}, map[string]string{}
	layout.about("the list in manifest.json", func() {
		for _, each := range wanted {
			there[each.(object).text("path")] = string(canonical(each))
		}
		for _, each := range said.list("files") {
			listed[asObject(each).text("path")] = string(canonical(each))
		}
	})
	for path, each := range listed {
		layout.check(there[path] == each, "%s is not as manifest.json lists it", path)
	}
	for path := range there {
		layout.check(listed[path] != "", "manifest.json does not list %s", path)
	}
}

func texted(list []string) []any {
	made := []any{}
	for _, each := range list {
		made = append(made, each)
	}
	return made
}

func numbered(list []int64) []any {
	made := []any{}
	for _, each := range list {
		made = append(made, each)
	}
	return made
}
