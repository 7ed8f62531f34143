package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// The kinds of keys (c2sp.org/signed-note, tlog-cosignature; LEDGER.md for SM2).
const (
	ed25519Kind     = "\x01"
	cosignatureKind = "\x04"
	mldsaKind       = "\x06"
	sm2Kind         = "\xffSM2-SM3"
)

var keyName = regexp.MustCompile(`^[^\s+\pZ]{1,255}$`)

// line is one signature line: the key's name, its number of 4 bytes, and the bytes after it.
type line struct {
	name   string
	number string
	value  []byte
}

// note is a parsed signed note, unverified. Its text ends in a newline.
type note struct {
	raw   []byte
	text  string
	lines []line
}

func parseNote(data []byte) note {
	require(len(data) <= 1_000_000 && utf8.Valid(data), "a note is at most 1 MB of UTF-8")
	for _, each := range data {
		require(each >= 0x20 || each == '\n', "a note has no control characters")
	}
	cut := bytes.LastIndex(data, []byte("\n\n"))
	require(cut >= 0 && data[len(data)-1] == '\n' && cut+2 < len(data), "a note ends in signature lines")
	made := note{raw: data, text: string(data[:cut+1])}
	for _, each := range strings.Split(string(data[cut+2:len(data)-1]), "\n") {
		parts := strings.Split(each, " ")
		require(len(parts) == 3 && parts[0] == "—" && keyName.MatchString(parts[1]), "no signature line: %q", each)
		value := unbase64(parts[2])
		require(len(value) > 4, "a signature line holds a number and a signature")
		made.lines = append(made.lines, line{parts[1], string(value[:4]), value[4:]})
	}
	require(len(made.lines) <= 100, "a note has at most 100 signatures")
	return made
}

// unbase64 reads base64 in its one canonical spelling.
func unbase64(text string) []byte {
	value, err := base64.StdEncoding.Strict().DecodeString(text)
	require(err == nil && base64.StdEncoding.EncodeToString(value) == text, "this is not canonical base64")
	return value
}

// key is a public key under its note name.
type key struct {
	vkey   string
	name   string
	number string
	kind   string
	public []byte
}

// parseKey reads a vkey: <name>+<number, hex>+<base64(kind || public key)>.
func parseKey(vkey string) key {
	parts := strings.SplitN(vkey, "+", 3)
	require(len(parts) == 3 && keyName.MatchString(parts[0]), "a vkey has three parts")
	material := unbase64(parts[2])
	number := sha256.Sum256(append([]byte(parts[0]+"\n"), material...))
	require(hex.EncodeToString(number[:4]) == parts[1], "the number in the vkey of %s is not its key's", parts[0])
	made := key{vkey: vkey, name: parts[0], number: string(number[:4])}
	lengths := map[string]int{ed25519Kind: 32, cosignatureKind: 32, mldsaKind: 1312, sm2Kind: 65}
	for kind, length := range lengths {
		if strings.HasPrefix(string(material), kind) && len(material) == len(kind)+length {
			made.kind, made.public = kind, material[len(kind):]
		}
	}
	switch made.kind {
	case ed25519Kind, cosignatureKind:
		require(soundKey(made.public), "%s is no sound Ed25519 key", made.name)
	case sm2Kind:
		require(onCurve(made.public), "%s is no point of SM2", made.name)
	case "":
		refuse("the vkey of %s is of no known kind", made.name)
	}
	return made
}

// wrote says whether a line has this key's name and number.
func (k key) wrote(of line) bool { return of.name == k.name && of.number == k.number }

// verifies says whether the value of a line is this key's signature, or cosignature, of a text.
func (k key) verifies(text string, value []byte) bool {
	switch k.kind {
	case ed25519Kind:
		return verifyEd25519(k.public, []byte(text), value)
	case cosignatureKind:
		if len(value) != 72 {
			return false
		}
		message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(value), text)
		return verifyEd25519(k.public, []byte(message), value[8:])
	case sm2Kind:
		return verifySM2(k.public, []byte(text), value)
	}
	return false
}

// signed says whether this key has a line on a note. A wrong line of it is refused, whatever other lines are there.
func (k key) signed(on note) bool {
	found := false
	for _, each := range on.lines {
		if k.wrote(each) {
			require(k.verifies(on.text, each.value), "the signature of %s does not fit", k.name)
			found = true
		}
	}
	return found
}

// parseStatement gives the object in a statement of a kind (LEDGER.md), and its note.
func parseStatement(data []byte, kind string) (object, note) {
	is := parseNote(data)
	head := "mingzheng-statement/v1 " + kind + "\n"
	require(strings.HasPrefix(is.text, head), "this is no statement of the kind %s", kind)
	return asObject(parseCanonical([]byte(strings.TrimSuffix(is.text[len(head):], "\n")))), is
}
