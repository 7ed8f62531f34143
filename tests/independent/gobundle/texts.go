package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"
)

// printedTexts are those of bundle-texts.json.
type printedTexts struct {
	Head     string            `json:"head"`
	RowsHead string            `json:"rows_head"`
	Checks   string            `json:"checks"`
	Rules    string            `json:"rules"`
	Tail     string            `json:"tail"`
	Readme   string            `json:"readme"`
	Types    map[string]string `json:"types"`
	Codes    map[string]string `json:"codes"`
	Clocks   map[string]string `json:"clocks"`
}

var t printedTexts

func readTexts(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, &t)
}

const absent = "—"

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#x27;")

// unseen are characters that nobody sees, or that change the direction in which others are read.
var unseen = regexp.MustCompile(`[\x00-\x1f\x7f-\x{9f}\x{ad}\x{61c}\x{180e}\x{200b}-\x{200f}\x{2028}-\x{202e}` +
	`\x{2060}-\x{206f}\x{feff}\x{fff9}-\x{fffb}]`)

// esc is a text for a page: what nobody sees as \u and four hex digits, what is markup as its entity.
func esc(text string) string {
	return escapes.Replace(unseen.ReplaceAllStringFunc(text, func(found string) string {
		return fmt.Sprintf(`\u%04x`, []rune(found)[0])
	}))
}

// beijing is the time of a record eight hours on, cut to seconds.
func beijing(at any) string {
	if at == nil {
		return absent
	}
	return moment(asText(at)).Add(8 * time.Hour).Format("2006年01月02日 15:04:05")
}

// shown is a value in words: a text itself, canonical JSON of anything else.
func shown(value any) string {
	if text, is := value.(string); is {
		return text
	}
	return string(canonical(value))
}

func orAbsent(value any) string {
	if value == nil {
		return absent
	}
	return shown(value)
}

func orNone(text string) string {
	if text == "" {
		return "无"
	}
	return text
}

func table(rows [][2]string) string {
	var out strings.Builder
	out.WriteString("<table>")
	for _, row := range rows {
		fmt.Fprintf(&out, "<tr><th>%s</th><td>%s</td></tr>", esc(row[0]), esc(row[1]))
	}
	return out.String() + "</table>"
}

func listed(items []string) string {
	if len(items) == 0 {
		return "<p>无</p>"
	}
	var out strings.Builder
	for _, item := range items {
		fmt.Fprintf(&out, "<li>%s</li>", esc(item))
	}
	return "<ul>" + out.String() + "</ul>"
}
