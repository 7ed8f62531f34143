package main

import (
	"fmt"
	"strings"
)

// requireLines refuses a checkpoint of an origin without a right line, in exactly one line, of each key that is valid
// at its size; alone also refuses lines of anybody else.
func (b *bundle) requireLines(of *checkpoint, origin string, alone bool) {
	keys := b.log.logKeys(origin, of.size)
	require(of.origin == origin, "its origin is %s", of.origin)
	require(len(keys) > 0, "no key of the log is valid at its size")
	for _, each := range keys {
		found := 0
		for _, line := range of.lines {
			if each.wrote(line) {
				found++
			}
		}
		require(found == 1 && each.signed(of.note), "not exactly one right line by the log key %s", each.vkey)
	}
	require(!alone || len(of.lines) == len(keys), "it has lines of others")
}

// checkFinal makes step `checkpoint` (section 4).
func (b *bundle) checkFinal(step *step) {
	step.about("checkpoints/final.note", func() { b.requireLines(b.final, b.log.origin, false) })
	step.about("keys/policy.txt", func() { b.checkPolicy(b.file("keys/policy.txt")) })
	written := map[string]bool{}
	for _, line := range b.cosignatures() {
		step.about("a line by "+line.name, func() {
			for _, witness := range b.policy {
				if witness.wrote(line) {
					require(!written[witness.vkey], "there are two lines of this key")
					written[witness.vkey] = true
					require(witness.kind == mldsaKind || witness.verifies(b.final.text, line.value), "it is wrong")
					if witness.kind == mldsaKind {
						b.notChecked = append(b.notChecked, "the cosignature by "+witness.name)
					}
					return
				}
			}
			refuse("keys/policy.txt names no such witness")
		})
	}
}

// cosignatures are the lines of the final checkpoint by others than the log.
func (b *bundle) cosignatures() []line {
	var found []line
	for _, line := range b.final.lines {
		ours := false
		for _, each := range b.log.logKeys(b.log.origin, b.final.size) {
			ours = ours || each.wrote(line)
		}
		if !ours {
			found = append(found, line)
		}
	}
	return found
}

// checkPolicy refuses a policy that is not the one of section 4.
func (b *bundle) checkPolicy(policy []byte) {
	b.policy, b.witnessNames = witnessesOf(policy)
	var wanted strings.Builder
	for _, each := range b.log.logKeys(b.log.origin, b.final.size) {
		if each.kind == ed25519Kind {
			fmt.Fprintf(&wanted, "log %s\n", each.vkey)
		}
	}
	for _, line := range b.cosignatures() {
		for _, each := range b.policy {
			if each.wrote(line) {
				fmt.Fprintf(&wanted, "witness %s %s\n", each.name, each.vkey)
				break
			}
		}
	}
	wanted.WriteString("quorum none\n")
	require(wanted.String() == string(policy), "it is not the policy that follows from the checkpoint")
}

// witnessesOf are the keys and the names in a policy's lines of witnesses.
func witnessesOf(policy []byte) (found []key, names []string) {
	for _, each := range strings.Split(string(policy), "\n") {
		if words := strings.Split(each, " "); words[0] == "witness" && len(words) == 3 {
			witness := parseKey(words[2])
			require(witness.kind == cosignatureKind || witness.kind == mldsaKind, "%s is no witness", witness.name)
			found, names = append(found, witness), append(names, witness.name)
		}
	}
	return found, names
}

// checkTrusted makes step `trusted-key`: does a key of the reader's stand behind this log?
func (b *bundle) checkTrusted(step *step) {
	if len(b.keys) == 0 {
		step.gap("no key was given")
		return
	}
	given := map[string]bool{}
	for _, each := range b.keys {
		given[each.vkey] = true
	}
	for _, each := range b.log.logKeys(b.log.origin, b.final.size) {
		if given[each.vkey] {
			step.check(true, "")
			return
		}
	}
	absent := map[string]bool{}
	for _, root := range b.log.roots {
		if !given[root.vkey] {
			absent[string(root.public)] = true
		}
	}
	step.check(len(b.log.roots) > 0 && len(absent) < b.log.threshold, "the keys of this log are not those that were given")
}

// latest is the begin of the year 9999 in seconds since 1970; no cosignature is as late.
const latest = 253_370_764_800

// checkNamesake leaves the step open where a line bears a given witness's name, and none is by the key that was given.
func (b *bundle) checkNamesake(step *step, witness key) {
	named := false
	for _, line := range b.final.lines {
		if witness.wrote(line) {
			return
		}
		named = named || line.name == witness.name && line.name != b.final.origin
	}
	if named {
		step.gap("the line by %s is not by the key that was given", witness.name)
	}
}

// checkWitnesses makes step `witnesses`: the lines of the witnesses that the reader knows.
func (b *bundle) checkWitnesses(step *step) {
	if len(b.witnesses) == 0 {
		step.gap("no witness was given")
		return
	}
	right := map[string]bool{}
	for _, witness := range b.witnesses {
		b.checkNamesake(step, witness)
		for _, line := range b.final.lines {
			switch {
			case !witness.wrote(line):
			case witness.kind == mldsaKind:
				step.gap("the cosignature by %s is of a kind that this program cannot verify", witness.name)
			default:
				fits := witness.kind == cosignatureKind && witness.verifies(b.final.text, line.value)
				fits = fits && bigEndian(line.value[:8]) > 0 && bigEndian(line.value[:8]) < latest
				step.check(fits, "the cosignature by %s is wrong", witness.name)
				if fits {
					right[string(witness.public)] = true
				}
			}
		}
	}
	if len(right) < b.quorum {
		step.gap("%d of %d witnesses have cosigned", len(right), b.quorum)
	}
}
