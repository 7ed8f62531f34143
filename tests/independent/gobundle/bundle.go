package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"sort"
	"strconv"
)

// trust is what the reader brings. A bundle is never its own witness.
type trust struct {
	keys, witnesses, monitors []key
	quorum                    int
	authorities               []*x509.Certificate
	saved                     *checkpoint
}

func bring(keys, witnesses []string, quorum int, authorities, monitors []string, saved string) (t trust, err error) {
	defer func() {
		if met, is := recover().(fault); is {
			err = fmt.Errorf("%s", string(met))
		}
	}()
	t = trust{keys: parseKeys(keys), witnesses: parseKeys(witnesses), monitors: parseKeys(monitors), quorum: quorum}
	if quorum < 0 {
		t.quorum = len(witnesses)
	}
	for _, path := range authorities {
		t.bringAuthorities(read(path))
	}
	if saved != "" {
		t.saved = parseCheckpoint(read(saved))
	}
	return t, nil
}

func parseKeys(vkeys []string) []key {
	var made []key
	for _, each := range vkeys {
		made = append(made, parseKey(each))
	}
	return made
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	require(err == nil, "%v", err)
	return data
}

func (t *trust) bringAuthorities(data []byte) {
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			return
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		require(err == nil, "%v", err)
		t.authorities = append(t.authorities, certificate)
		data = rest
	}
}

// bundle is what the steps have read so far.
type bundle struct {
	trust
	report
	files folder
	final *checkpoint
	log   keyLog
	// entries by index; records are those of `records/`.
	entries, records []*entry
	// anchors are the checkpoints `lower` and `upper` that were not refused.
	anchors map[string]*checkpoint
	// stamped are the digests of the tokens that were read.
	stamped map[string]bool
	heads   *heads
	// policy and witnessNames are the keys and the names in the lines of witnesses in keys/policy.txt.
	policy       []key
	witnessNames []string
	disclosures  []*disclosure
	refs         references
}

// verifyBundle makes every step of docs/BUNDLE.md, in the order of its section 1.
func verifyBundle(path string, brought trust) *report {
	b := &bundle{trust: brought, anchors: map[string]*checkpoint{}, stamped: map[string]bool{}}
	b.files = readArchive(path, b.step("archive", true))
	if b.files == nil {
		return &b.report
	}
	layout := b.step("files", true)
	checkLayout(b.files, layout)
	final := b.step("final.note", true)
	if !final.about("checkpoints/final.note", func() { b.final = parseCheckpoint(b.file("checkpoints/final.note")) }) {
		b.compareFiles(layout)
		return &b.report
	}
	b.checkEntries(b.step("signatures", true), b.step("inclusion", true))
	b.checkFinal(b.step("checkpoint", true))
	b.checkTrusted(b.step("trusted-key", true))
	b.readStatement()
	b.checkStreams(b.step("completeness", true))
	b.checkOrder(b.step("order", true))
	b.checkReferences(b.step("references", true))
	b.checkMedia(b.step("media", false))
	b.checkStatements(b.step("statements", false))
	b.checkDisclosures(b.step("disclosures", false))
	b.listClosed()
	witnesses := b.step("witnesses", len(b.witnesses) > 0)
	b.checkWitnesses(witnesses)
	b.checkTimes(b.step("consistency", false), b.step("not-before", false), b.step("not-after", b.authorities != nil))
	b.checkMonitor(b.step("monitor", len(b.monitors) > 0))
	b.checkTwin(b.step("sm3", false))
	b.checkManifest(b.step("manifest", true), layout)
	b.checkReport(b.step("report", true))
	if b.saved != nil {
		b.checkSaved(b.step("saved", true))
	}
	b.listUnchecked()
	return &b.report
}

// file refuses a name that is not in the bundle, or has no content that can be read.
func (b *bundle) file(name string) []byte {
	require(b.files[name] != nil, "%s is not there", name)
	return b.files[name]
}

// checkEntries reads all entries by rising index: who signed them, and that the final checkpoint holds them. An entry
// that nobody may have signed counts for no later step.
func (b *bundle) checkEntries(signatures, inclusion *step) {
	type place struct{ entries, proofs string }
	places := map[string]place{}
	var names []string
	for _, at := range []place{{"keys/", "keys/"}, {"records/", "proofs/"}, {"sm3/anchors/", "sm3/anchors/"}} {
		for _, i := range b.files.numbers(at.entries, ".entry") {
			name := at.entries + strconv.FormatInt(i, 10) + ".entry"
			places[name] = at
			names = append(names, name)
		}
	}
	index := func(name string) int64 {
		i, _ := strconv.ParseInt(name[len(places[name].entries):len(name)-len(".entry")], 10, 64)
		return i
	}
	sort.SliceStable(names, func(i, j int) bool { return index(names[i]) < index(names[j]) })
	records := 0
	for n, name := range names {
		at := places[name]
		var read *entry
		held := signatures.about(name, func() {
			require(n == 0 || index(name) > index(names[n-1]), "this number comes twice")
			read = parseEntry(name, b.file(name))
			require(read.index == index(name), "it is entry %d", read.index)
			require((at.entries == "keys/") == read.aboutKeys(), "the stream %s does not belong here", read.stream)
			require(at.entries != "sm3/anchors/" || read.stream == "log/sm3" && read.kind == "log.anchor", "no anchor")
			// A record about keys that is refused must leave no trace in the key log.
			after := b.log.copied()
			after.checkSignatures(read)
			b.log = after
		})
		if at.entries == "records/" {
			records++
		}
		if held {
			b.take(read, at.entries)
			proof := fmt.Sprintf("%s%d.tlog-proof", at.proofs, read.index)
			inclusion.about(proof, func() { checkInclusion(read, b.file(proof), b.final) })
		}
	}
	if records == 0 {
		signatures.gap("there is no record")
	}
}

func (b *bundle) take(read *entry, folder string) {
	b.entries = append(b.entries, read)
	if folder == "records/" {
		b.records = append(b.records, read)
	}
}

// streams are those of the records, each with its entries by index; and their names, sorted.
func (b *bundle) streams() (map[string][]*entry, []string) {
	found := map[string][]*entry{}
	var names []string
	for _, each := range b.records {
		if found[each.stream] == nil {
			names = append(names, each.stream)
		}
		found[each.stream] = append(found[each.stream], each)
	}
	sort.Strings(names)
	return found, names
}

// checkSaved compares the checkpoint that the reader saved earlier (section 14).
func (b *bundle) checkSaved(saved *step) {
	saved.about("the saved checkpoint", func() {
		require(b.saved.origin == b.log.origin, "it is of another log")
		b.requireLines(b.saved, b.log.origin, false)
		for _, each := range []*checkpoint{b.final, b.anchors["lower"], b.anchors["upper"]} {
			if each != nil && each.size == b.saved.size {
				require(each.root == b.saved.root, "it has another root at this size")
				return
			}
		}
		saved.gap("no checkpoint of the bundle has its size")
	})
}

// listUnchecked says what nobody here looked at (section 15).
func (b *bundle) listUnchecked() {
	list := []string{}
	for _, name := range []string{"verify/verify.py", "verify/verify.sh"} {
		list = append(list, name+" "+digestOf(b.files[name]))
	}
	list = append(list, "the published quorum", "what a picture shows",
		"what the signers of records state: actors, the times that devices report, reasons")
	b.notChecked = append(list, b.notChecked...)
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func same(a, b []byte) bool { return bytes.Equal(a, b) }
