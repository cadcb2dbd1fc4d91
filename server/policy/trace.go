package policy

// Trace is how a decision came about, step by step.
type Trace struct{ Steps []Step }

// Step is what one entry of the file had to say.
type Step struct {
	Entry string // as in "endpoints.prices"; "" for none in particular
	Text  string
}

// add notes a step. A nil Trace is for when nobody wants to know.
func (t *Trace) add(entry, text string) {
	if t != nil {
		t.Steps = append(t.Steps, Step{entry, text})
	}
}
