package tiers

import (
	"testing"
	"time"
)

// TestTiers takes the fleet through the steps of testdata/edges.txt, and asks after each whether both
// graphs have exactly the edges that it says, and answer the questions of testdata/questions.txt so.
func TestTiers(t *testing.T) {
	sections, questions := readEdges(t), readQuestions(t)
	f := newFleet(t)
	steps := []struct {
		name string
		take func(*fleet, *testing.T)
	}{
		{"all is started", (*fleet).startProbes},
		{"the database stops", (*fleet).stopDatabase},
		{"the database starts again", (*fleet).startDatabaseAgain},
		{"an application changes its port", (*fleet).changePort},
		{"an application is added", (*fleet).addApplication},
		{"the failover address moves", (*fleet).moveAddress},
		{"a host is renamed", (*fleet).rename},
		{"a report is added", (*fleet).addReport},
		{"the database's host loses power", (*fleet).cutDatabase},
		{"a resolver stops", (*fleet).stopResolver},
		{"its host loses power", (*fleet).cutResolver},
	}
	if len(steps) != len(sections) {
		t.Fatalf("testdata/edges.txt has %d sections, want one for each of %d steps", len(sections), len(steps))
	}
	for i, step := range steps {
		if sections[i].step != step.name {
			t.Fatalf("section %d of testdata/edges.txt is %q, want %q", i+1, sections[i].step, step.name)
		}
		began := time.Now()
		step.take(f, t)
		f.haveExactly(t, sections[i].want)
		for _, q := range questions[step.name] {
			t.Run(q.command, func(t *testing.T) { f.ask(t, q) })
		}
		t.Logf("%-32s %6.1f s", step.name, time.Since(began).Seconds())
	}
}
