package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

var (
	originForm = regexp.MustCompile(`^[^\s+\pZ]{1,200}$`)
	sizeForm   = regexp.MustCompile(`^(?:0|[1-9][0-9]{0,17})$`)
)

// checkpoint is the state of a log that a note states.
type checkpoint struct {
	note
	origin string
	size   int64
	root   [32]byte
}

func parseCheckpoint(data []byte) *checkpoint {
	made := &checkpoint{note: parseNote(data)}
	lines := strings.Split(made.text, "\n")
	require(len(lines) == 4 && originForm.MatchString(lines[0]) && sizeForm.MatchString(lines[1]),
		"a checkpoint is an origin, a size and a root")
	made.origin, made.root = lines[0], parseHash(lines[2])
	made.size, _ = strconv.ParseInt(lines[1], 10, 64)
	return made
}

func parseHash(text string) (made [32]byte) {
	hash := unbase64(text)
	require(len(hash) == 32, "a hash has 32 bytes")
	copy(made[:], hash)
	return made
}

// parseProof reads `<head>\n<hash>\n…\n\n` before the bytes of the final checkpoint.
func parseProof(data []byte, head string, final *checkpoint) [][32]byte {
	end := "\n\n" + string(final.raw)
	require(strings.HasSuffix(string(data), end), "it does not end in the bytes of the checkpoint")
	text := strings.TrimSuffix(string(data), end)
	require(text == head || strings.HasPrefix(text, head+"\n"), "it does not begin with %q", head)
	var hashes [][32]byte
	for _, each := range strings.Split(strings.TrimPrefix(text, head), "\n")[1:] {
		hashes = append(hashes, parseHash(each))
	}
	return hashes
}

// checkInclusion refuses a proof that does not lead from an entry to the root of a checkpoint. The tree over SHA-256
// is the library's; the twin's is the one below.
func checkInclusion(e *entry, data []byte, final *checkpoint) {
	hashes := parseProof(data, fmt.Sprintf("c2sp.org/tlog-proof@v1\nindex %d", e.index), final)
	proof := tlog.RecordProof(forLibrary(hashes))
	err := tlog.CheckRecord(proof, final.size, final.root, e.index, tlog.Hash(e.leaf()))
	require(err == nil, "%v", err)
}

// checkConsistency refuses an older checkpoint that does not begin the history of a newer one.
func checkConsistency(older, newer *checkpoint, file []byte) {
	hashes := parseProof(file, fmt.Sprintf("old %d", older.size), newer)
	err := tlog.CheckTree(tlog.TreeProof(forLibrary(hashes)), newer.size, newer.root, older.size, older.root)
	require(err == nil, "%v", err)
}

func forLibrary(hashes [][32]byte) []tlog.Hash {
	made := make([]tlog.Hash, len(hashes))
	for i, each := range hashes {
		made[i] = each
	}
	return made
}

// checkTwinInclusion is checkInclusion in the twin's tree, which is over SM3.
func checkTwinInclusion(e *entry, data []byte, final *checkpoint) {
	hashes := parseProof(data, fmt.Sprintf("c2sp.org/tlog-proof@v1\nindex %d", e.index), final)
	require(e.index < final.size, "the checkpoint is smaller than the index")
	root, rest := climb(e.index, final.size, sumSM3(append([]byte{0}, e.raw...)), hashes)
	require(len(rest) == 0 && root == final.root, "the proof does not lead to the root")
}

// checkTwinConsistency is checkConsistency in the twin's tree.
func checkTwinConsistency(older, newer *checkpoint, file []byte) {
	hashes := parseProof(file, fmt.Sprintf("old %d", older.size), newer)
	require(older.size > 0 && older.size <= newer.size, "the older checkpoint is empty, or larger")
	roots, rest := grow(older, older.size, newer.size, true, hashes)
	require(len(rest) == 0 && roots[0] == older.root && roots[1] == newer.root, "the proof leads to other roots")
}

// climb is the root of a tree of size leaves, from leaf n and the hashes beside its way, lowest first; and what is left.
func climb(n, size int64, leaf [32]byte, hashes [][32]byte) ([32]byte, [][32]byte) {
	if size == 1 {
		return leaf, hashes
	}
	half := halfOf(size)
	var under [32]byte
	if n < half {
		under, hashes = climb(n, half, leaf, hashes)
	} else {
		under, hashes = climb(n-half, size-half, leaf, hashes)
	}
	require(len(hashes) > 0, "the proof is too short")
	if n < half {
		return node(under, hashes[0]), hashes[1:]
	}
	return node(hashes[0], under), hashes[1:]
}

// halfOf is the largest power of two below size.
func halfOf(size int64) int64 {
	half := int64(1)
	for half*2 < size {
		half *= 2
	}
	return half
}

func node(left, right [32]byte) [32]byte {
	return sumSM3(bytes.Join([][]byte{{1}, left[:], right[:]}, nil))
}

// grow is SUBPROOF of RFC 6962, 2.1.2, read backwards: the roots of the first n and of all size leaves of a subtree.
// whole says that the first n leaves are the older tree itself, whose root is known.
func grow(older *checkpoint, n, size int64, whole bool, hashes [][32]byte) ([2][32]byte, [][32]byte) {
	if n == size && whole {
		return [2][32]byte{older.root, older.root}, hashes
	}
	take := func() (next [32]byte) {
		require(len(hashes) > 0, "the proof is too short")
		next, hashes = hashes[0], hashes[1:]
		return next
	}
	if n == size {
		same := take()
		return [2][32]byte{same, same}, hashes
	}
	half := halfOf(size)
	var roots [2][32]byte
	if n <= half {
		roots, hashes = grow(older, n, half, whole, hashes)
		return [2][32]byte{roots[0], node(roots[1], take())}, hashes
	}
	roots, hashes = grow(older, n-half, size-half, false, hashes)
	left := take()
	return [2][32]byte{node(left, roots[0]), node(left, roots[1])}, hashes
}
