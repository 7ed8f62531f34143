package main

import (
	"strings"
)

const never = int64(1) << 62

// registration is a key and what it may do, from the entry that registered it to the one that ended it.
type registration struct {
	key
	// prefixes of the streams it may sign; a log key has none.
	prefixes []string
	since    int64
	until    int64
	revoked  bool
}

func (r *registration) writes(stream string) bool {
	for _, prefix := range r.prefixes {
		if strings.HasPrefix(stream, prefix) {
			return true
		}
	}
	return false
}

// keyLog is what the entries in `log` and `keys/…` say so far (LEDGER.md, The key log).
type keyLog struct {
	origin    string
	clock     string
	roots     []key
	threshold int
	keys      []*registration
}

// logKeys are the keys whose lines a checkpoint of this origin and size bears, in the order of registration.
func (k *keyLog) logKeys(origin string, size int64) []*registration {
	var found []*registration
	for _, each := range k.keys {
		if each.name == origin && each.prefixes == nil && each.since < size && each.until >= size {
			found = append(found, each)
		}
	}
	return found
}

// copied is another key log that says the same.
func (k *keyLog) copied() keyLog {
	made := *k
	made.keys = nil
	for _, each := range k.keys {
		same := *each
		made.keys = append(made.keys, &same)
	}
	return made
}

func (k *keyLog) find(vkey string) *registration {
	for _, each := range k.keys {
		if each.vkey == vkey {
			return each
		}
	}
	return nil
}

func (k *keyLog) valid(vkey string) *registration {
	found := k.find(vkey)
	require(found != nil && found.until == never, "it names a key that is not valid")
	return found
}

// checkSignatures refuses an entry that the keys before it do not vouch for.
func (k *keyLog) checkSignatures(e *entry) {
	if e.kind == "log.genesis" && k.origin == "" {
		k.begin(e)
	}
	require(k.origin != "", "the first entry of a bundle is log.genesis")
	for _, root := range k.roots {
		root.signed(e.note)
	}
	by := map[string]bool{}
	for _, each := range k.keys {
		if each.until == never && each.signed(e.note) {
			by[each.vkey] = true
		}
	}
	if e.aboutKeys() || e.kind == "log.genesis" || strings.HasPrefix(e.kind, "key.") {
		k.checkKeyRecord(e)
		return
	}
	for _, each := range k.keys {
		if by[each.vkey] && each.writes(e.stream) {
			return
		}
	}
	refuse("no key that may write %s signed it", e.stream)
}

// begin reads the genesis, whose own content says who must sign it.
func (k *keyLog) begin(e *entry) {
	require(e.index == 0, "log.genesis is entry 0")
	k.threshold, k.clock = 1, "real"
	for _, vkey := range e.data.list("root_keys") {
		k.roots = append(k.roots, parseKey(asText(vkey)))
	}
	if e.data["root_threshold"] != nil {
		k.threshold = int(e.data.number("root_threshold"))
	}
	require(k.threshold >= 1, "root_threshold is 1 or more")
	if clock, there := e.data["clock"]; there {
		require(clock == "demo", "the genesis has another clock")
		k.clock = "demo"
	}
	k.origin = e.data.text("origin")
}

func (k *keyLog) checkKeyRecord(e *entry) {
	genesis := e.kind == "log.genesis"
	require(genesis == (e.stream == "log"), "log.genesis is the one type in the stream log")
	require(!genesis || e.index == 0, "log.genesis is entry 0")
	require(genesis || strings.HasPrefix(e.stream, "keys/"), "%s belongs into keys/…", e.kind)
	switch e.kind {
	case "log.genesis":
		k.signedByRoots(e)
		k.registerLogKeys(e, "log_keys", k.origin)
		k.registerLogKeys(e, "twin_keys", k.origin+"/sm3")
		require(len(k.logKeys(k.origin, 1)) > 0, "the genesis names no log key")
	case "key.register":
		k.signedByRoots(e)
		k.register(e, newKey(e))
	case "key.rotate":
		old, fresh := k.valid(e.data.text("replaces")), newKey(e)
		require(old.prefixes != nil, "a log key is not rotated")
		require(old.signed(e.note), "the old key did not sign")
		old.until = e.index
		k.add(&registration{key: fresh, prefixes: old.prefixes, since: e.index, until: never})
	case "key.revoke":
		k.signedByRoots(e)
		ended := k.valid(e.data.text("key"))
		ended.until, ended.revoked = e.index, true
	default:
		refuse("%s is no record about keys", e.kind)
	}
}

// newKey is the new key of a record, which must have signed it too.
func newKey(e *entry) key {
	fresh := parseKey(e.data.text("key"))
	require(fresh.signed(e.note), "the new key did not sign")
	return fresh
}

func (k *keyLog) signedByRoots(e *entry) {
	signed := map[string]bool{}
	for _, root := range k.roots {
		if root.signed(e.note) {
			signed[string(root.public)] = true // one key under two names counts once
		}
	}
	require(len(signed) >= k.threshold, "%d root keys must sign", k.threshold)
}

func (k *keyLog) registerLogKeys(e *entry, member, name string) {
	for _, vkey := range e.data.list(member) {
		fresh := parseKey(asText(vkey))
		require(fresh.name == name, "a key in %s is named %s", member, name)
		k.add(&registration{key: fresh, since: e.index, until: never})
	}
}

func (k *keyLog) register(e *entry, fresh key) {
	if e.data["signs"] == "checkpoints" {
		require(e.data["streams"] == nil, "a log key writes no stream")
		require(fresh.name == k.origin || fresh.name == k.origin+"/sm3", "a log key is named like its log")
		require(k.find(fresh.vkey) == nil, "this log key is registered already")
		k.add(&registration{key: fresh, since: e.index, until: never})
		return
	}
	require(fresh.kind == ed25519Kind, "records are signed with Ed25519")
	prefixes := []string{}
	for _, each := range e.data.list("streams") {
		prefix := asText(each)
		require(strings.HasSuffix(prefix, "/") && len(prefix) > 1 && prefix != "keys/", "no prefix: %q", prefix)
		prefixes = append(prefixes, prefix)
	}
	require(len(prefixes) > 0, "a key is registered for prefixes")
	if known := k.find(fresh.vkey); known != nil {
		require(known.until == never && known.prefixes != nil, "this key cannot be registered again")
		known.prefixes = prefixes
		return
	}
	k.add(&registration{key: fresh, prefixes: prefixes, since: e.index, until: never})
}

func (k *keyLog) add(fresh *registration) {
	require(k.find(fresh.vkey) == nil, "the key %s was registered before", fresh.name)
	for _, root := range k.roots {
		require(root.vkey != fresh.vkey, "a root key signs only records about keys")
	}
	k.keys = append(k.keys, fresh)
}
