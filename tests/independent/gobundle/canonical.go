package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	largest = 1<<53 - 1
	deepest = 8
)

var memberKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

// object is a JSON object. Other values are []any, string, int64, bool and nil.
type object map[string]any

// parseCanonical gives the value whose canonical JSON (RFC 8785, the profile of LEDGER.md) is data, or refuses it.
// Writing it again and comparing refuses members that come twice and every other spelling.
func parseCanonical(data []byte) any {
	value := parseJSON(data)
	inProfile(value, 0)
	require(bytes.Equal(canonical(value), data), "these bytes are not canonical JSON")
	return value
}

// parseJSON gives the value of any JSON text whose numbers are whole.
func parseJSON(data []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	require(utf8.Valid(data) && decoder.Decode(&value) == nil, "this is no JSON")
	_, err := decoder.Token()
	require(err == io.EOF, "there is something behind the JSON")
	return whole(value)
}

func whole(value any) any {
	switch is := value.(type) {
	case map[string]any:
		made := object{}
		for name, each := range is {
			made[name] = whole(each)
		}
		return made
	case []any:
		for i, each := range is {
			is[i] = whole(each)
		}
	case json.Number:
		n, err := strconv.ParseInt(is.String(), 10, 64)
		require(err == nil && n <= largest && n >= -largest, "a number is a whole one below 2^53")
		return n
	}
	return value
}

func inProfile(value any, depth int) {
	require(depth <= deepest, "it nests too deep")
	switch is := value.(type) {
	case object:
		for name, each := range is {
			require(memberKey.MatchString(name), "no member is named %q", name)
			inProfile(each, depth+1)
		}
	case []any:
		for _, each := range is {
			inProfile(each, depth+1)
		}
	}
}

// canonical is the RFC 8785 form of a value.
func canonical(value any) []byte { return []byte(written(value, "", "")) }

// indented is the form of manifest.json: members by name, two blanks a level.
func indented(value any) []byte { return []byte(written(value, "\n", "  ")) }

// written writes a value after the line break and blanks of its level; both are empty in the canonical form.
func written(value any, line, blanks string) string {
	inner, colon := line, ":"
	if line != "" {
		inner, colon = line+blanks, ": "
	}
	join := func(open string, parts []string, end string) string {
		if len(parts) == 0 {
			return open + end
		}
		return open + inner + strings.Join(parts, ","+inner) + line + end
	}
	var parts []string
	switch is := value.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(is)
	case int64:
		return strconv.FormatInt(is, 10)
	case string:
		return quoted(is)
	case []any:
		for _, each := range is {
			parts = append(parts, written(each, inner, blanks))
		}
		return join("[", parts, "]")
	case object:
		for _, name := range sorted(is) {
			parts = append(parts, quoted(name)+colon+written(is[name], inner, blanks))
		}
		return join("{", parts, "}")
	}
	panic(fault(fmt.Sprintf("JSON cannot hold a %T", value)))
}

func quoted(text string) string {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}
	var out strings.Builder
	out.WriteByte('"')
	for _, char := range text {
		if escaped, is := short[char]; is {
			out.WriteString(escaped)
		} else if char < 0x20 {
			fmt.Fprintf(&out, `\u%04x`, char)
		} else {
			out.WriteRune(char)
		}
	}
	out.WriteByte('"')
	return out.String()
}

// sorted are the names of an object's members.
func sorted(of object) []string {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// exactly refuses an object that has other members than these.
func (o object) exactly(names ...string) object {
	sort.Strings(names)
	require(strings.Join(sorted(o), " ") == strings.Join(names, " "), "its members are not %v", names)
	return o
}

func (o object) text(name string) string {
	is, ok := o[name].(string)
	require(ok, "%s is no text", name)
	return is
}

func (o object) number(name string) int64 {
	is, ok := o[name].(int64)
	require(ok, "%s is no number", name)
	return is
}

// list is the list at a member; an absent or null one is empty.
func (o object) list(name string) []any {
	if o[name] == nil {
		return nil
	}
	is, ok := o[name].([]any)
	require(ok, "%s is no list", name)
	return is
}

func asObject(value any) object {
	is, ok := value.(object)
	require(ok, "this is no object")
	return is
}

func asText(value any) string {
	is, ok := value.(string)
	require(ok, "this is no text")
	return is
}
