package main

import (
	"encoding/json"
	"fmt"
	"os"
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

func esc(text string) string { return escapes.Replace(text) }

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
