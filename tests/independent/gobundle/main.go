// Verifies a court bundle: the second program that follows docs/BUNDLE.md, written from that page alone.
//
//	gobundle PATH --texts bundle-texts.json --key VKEY … [--witness VKEY … --quorum N] [--tsa PEM …]
//	    [--monitor VKEY …] [--checkpoint FILE]
//	gobundle ed25519 FILE
//
// The first form prints one JSON object: verdict, steps by name, and the lists closed, not_included and not_checked.
// The exit code is 0 for VERIFIED, 1 for FORGED, 2 for NOT_VERIFIED, 64 for a wrong command line. The second answers
// each line `<public hex> <signature hex> <text hex>` of FILE with accept or refuse.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

// texts collects an option that may be given several times.
type texts []string

func (t *texts) String() string           { return fmt.Sprint(*t) }
func (t *texts) Set(another string) error { *t = append(*t, another); return nil }

func main() {
	if len(os.Args) == 3 && os.Args[1] == "ed25519" {
		answerSignatures(os.Args[2])
		return
	}
	var keys, witnesses, authorities, monitors texts
	flags := flag.NewFlagSet("gobundle", flag.ExitOnError)
	flags.Var(&keys, "key", "a published root key or log key (vkey)")
	flags.Var(&witnesses, "witness", "a witness's key (vkey)")
	quorum := flags.Int("quorum", -1, "how many witnesses must have cosigned; all by default")
	flags.Var(&authorities, "tsa", "a file of certificates of time-stamping authorities (PEM)")
	flags.Var(&monitors, "monitor", "a monitor's key (vkey)")
	saved := flags.String("checkpoint", "", "a checkpoint that the reader saved earlier")
	printed := flags.String("texts", "docs/bundle-texts.json", "the texts that a bundle prints")
	flags.Bool("json", true, "accepted, as verify.py has it; the output is JSON anyway")
	if len(os.Args) < 2 {
		flags.Usage()
		os.Exit(64)
	}
	_ = flags.Parse(os.Args[2:])
	brought, err := bring(keys, witnesses, *quorum, authorities, monitors, *saved)
	if err == nil {
		err = readTexts(*printed)
	}
	if err != nil || flags.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "couldn't read what was given:", err, flags.Args())
		os.Exit(64)
	}
	report := verifyBundle(os.Args[1], brought)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	if err := out.Encode(report.printed()); err != nil {
		panic(err)
	}
	os.Exit(map[string]int{verified: 0, forged: 1, notVerified: 2}[report.verdict()])
}
