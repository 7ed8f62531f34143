package main

import (
	"regexp"
	"sort"
	"strconv"
	"strings"
)

const (
	numberForm = `(?:0|[1-9][0-9]{0,17})`
	digestForm = `[0-9a-f]{64}`
)

// known are the names of section 3, one pattern a row.
var known = regexp.MustCompile(`^(?:` + strings.Join([]string{
	`README\.zh-CN\.md|report\.html`,
	`manifest\.(?:json|note)`,
	`checkpoints/(?:final|lower|upper)\.note`,
	`consistency/(?:lower|upper|statement)-final\.txt`,
	`timestamps/(?:lower|upper|final)\.[a-z0-9][a-z0-9-]*\.tsr`,
	`keys/` + numberForm + `\.(?:entry|tlog-proof)|keys/policy\.txt`,
	`records/` + numberForm + `\.entry|proofs/` + numberForm + `\.tlog-proof`,
	`media/` + digestForm + `\.(?:jpg|png)`,
	`statements/(?:` + digestForm + `|completeness)\.note`,
	`disclosures/` + digestForm + `\.json`,
	`sm3/(?:checkpoint\.note|anchor-final\.txt|proofs/` + numberForm + `\.tlog-proof)`,
	`sm3/anchors/` + numberForm + `\.(?:entry|tlog-proof)`,
	`verify/verify\.(?:py|sh)`,
}, "|") + `)$`)

var always = []string{
	"README.zh-CN.md", "report.html", "manifest.json", "manifest.note", "keys/policy.txt", "checkpoints/final.note",
	"verify/verify.py", "verify/verify.sh",
}

// folder is the files of a bundle by name.
type folder map[string][]byte

func (f folder) has(name string) bool { _, there := f[name]; return there }

// names are the files between a beginning and an ending, without both, sorted by bytes.
func (f folder) names(beginning, ending string) []string {
	var found []string
	for name := range f {
		if strings.HasPrefix(name, beginning) && strings.HasSuffix(name, ending) &&
			len(name) >= len(beginning)+len(ending) {
			found = append(found, name[len(beginning):len(name)-len(ending)])
		}
	}
	sort.Strings(found)
	return found
}

// numbers are the <i> of the files between a beginning and an ending, rising.
func (f folder) numbers(beginning, ending string) []int64 {
	var found []int64
	for _, name := range f.names(beginning, ending) {
		if n, err := strconv.ParseInt(name, 10, 64); err == nil && strconv.FormatInt(n, 10) == name {
			found = append(found, n)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i] < found[j] })
	return found
}

// authorities are those in the names timestamps/<role>.<authority>.tsr, sorted.
func (f folder) authorities(role string) []string { return f.names("timestamps/"+role+".", ".tsr") }

// checkLayout makes the part of step `files` that needs no other step.
func checkLayout(files folder, step *step) {
	for _, name := range files.names("", "") {
		step.check(known.MatchString(name), "%s: nobody reads this file", name)
	}
	for _, name := range always {
		step.check(files.has(name), "%s is not there", name)
	}
	together := func(one, other string) {
		step.check(files.has(one) == files.has(other), "%s and %s come together", one, other)
	}
	pairs := [][2]string{{"keys/", "keys/"}, {"records/", "proofs/"}, {"sm3/anchors/", "sm3/anchors/"}}
	for _, pair := range pairs {
		for _, i := range append(files.numbers(pair[0], ".entry"), files.numbers(pair[1], ".tlog-proof")...) {
			named := strconv.FormatInt(i, 10)
			together(pair[0]+named+".entry", pair[1]+named+".tlog-proof")
		}
	}
	for _, role := range []string{"lower", "upper"} {
		note := "checkpoints/" + role + ".note"
		together(note, "consistency/"+role+"-final.txt")
		stamped := len(files.authorities(role)) > 0
		step.check(files.has(note) == stamped, "%s and its time stamps come together", note)
	}
	together("statements/completeness.note", "consistency/statement-final.txt")
	if len(files.names("sm3/", "")) > 0 {
		checkTwinLayout(files, step)
	}
}

func checkTwinLayout(files folder, step *step) {
	step.check(files.has("sm3/checkpoint.note"), "sm3/checkpoint.note is not there")
	anchors := files.numbers("sm3/anchors/", ".entry")
	wanted := map[int64]bool{}
	for _, some := range [][]int64{files.numbers("keys/", ".entry"), files.numbers("records/", ".entry"), anchors} {
		for _, i := range some {
			wanted[i] = true
		}
	}
	for _, i := range files.numbers("sm3/proofs/", ".tlog-proof") {
		step.check(wanted[i], "sm3/proofs/%d.tlog-proof belongs to no entry", i)
		delete(wanted, i)
	}
	step.check(len(wanted) == 0, "%d entries have no proof in sm3/proofs", len(wanted))
	step.check(len(anchors) <= 1, "there is more than one anchor")
	anchored := files.has("sm3/anchor-final.txt")
	step.check(anchored == (len(anchors) == 1), "sm3/anchor-final.txt belongs to exactly one anchor")
}
