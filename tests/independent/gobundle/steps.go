package main

import (
	"fmt"
	"runtime"
)

const (
	forged      = "FORGED"
	notVerified = "NOT_VERIFIED"
	verified    = "VERIFIED"
)

// fault is the panic of a reader that met a contradiction or malformed content. A step recovers it.
type fault string

// refuse ends the check that runs: its step has a fault.
func refuse(format string, values ...any) {
	panic(fault(fmt.Sprintf(format, values...)))
}

func require(holds bool, format string, values ...any) {
	if !holds {
		refuse(format, values...)
	}
}

// step is one named kind of check (section 1).
type step struct {
	name     string
	demanded bool
	checks   int
	faults   []string
	gaps     []string
}

// about makes one check. A refusal inside is a fault, and so is any mistake that content provokes in this program:
// no content may end it without a verdict. The result says whether the check held.
func (s *step) about(what string, check func()) (held bool) {
	s.checks++
	defer func() {
		switch met := recover().(type) {
		case nil:
			held = true
		case fault:
			s.faults = append(s.faults, what+": "+string(met))
		case runtime.Error:
			s.faults = append(s.faults, what+": malformed: "+met.Error())
		default:
			panic(met)
		}
	}()
	check()
	return
}

// attempt is a step that is in no report, to read what another step judges.
func attempt() *step { return &step{} }

func (s *step) check(holds bool, format string, values ...any) {
	s.checks++
	if !holds {
		s.faults = append(s.faults, fmt.Sprintf(format, values...))
	}
}

func (s *step) gap(format string, values ...any) {
	s.gaps = append(s.gaps, fmt.Sprintf(format, values...))
}

func (s *step) state() string {
	switch {
	case len(s.faults) > 0:
		return forged
	case len(s.gaps) > 0 || s.checks == 0:
		return notVerified
	}
	return verified
}

// report is every step in order, and the lists that change no verdict.
type report struct {
	steps       []*step
	closed      []string
	notIncluded []string
	notChecked  []string
}

func (r *report) step(name string, demanded bool) *step {
	made := &step{name: name, demanded: demanded}
	r.steps = append(r.steps, made)
	return made
}

func (r *report) verdict() string {
	verdict := verified
	for _, each := range r.steps {
		if each.state() == forged {
			return forged
		}
		if each.demanded && each.state() != verified {
			verdict = notVerified
		}
	}
	return verdict
}

// printed is the object that main prints.
func (r *report) printed() map[string]any {
	steps := map[string]any{}
	for _, each := range r.steps {
		steps[each.name] = map[string]any{
			"state": each.state(), "faults": none(each.faults), "gaps": none(each.gaps), "demanded": each.demanded,
		}
	}
	return map[string]any{
		"verdict": r.verdict(), "steps": steps, "closed": none(r.closed),
		"not_included": none(r.notIncluded), "not_checked": none(r.notChecked),
	}
}

// none makes an absent list an empty one, so that JSON has [] and not null.
func none(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
