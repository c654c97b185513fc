package tiers

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/scripts/testbed"
)

// question is a call of assim with what it answers, in the words of testdata/questions.txt.
type question struct {
	line    int
	command string
	want    string
}

// readQuestions reads testdata/questions.txt: the questions after each step.
func readQuestions(t testing.TB) map[string][]question {
	t.Helper()
	text, err := os.ReadFile("testdata/questions.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]question{}
	step, number := "", 0
	for line := range strings.Lines(string(text)) {
		number++
		after := all[step]
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "== "):
			step = strings.TrimSpace(line[3:])
		case strings.HasPrefix(line, "$ assim "):
			all[step] = append(after, question{line: number, command: strings.TrimSpace(line[2:])})
		case len(after) > 0:
			after[len(after)-1].want += line
		case strings.TrimSpace(line) != "":
			t.Fatalf("testdata/questions.txt:%d: %q answers no question", number, line)
		}
	}
	return all
}

// ask asks both graphs.
func (f *fleet) ask(t *testing.T, q question) {
	t.Helper()
	for _, c := range []*cma{f.first, f.second} {
		f.eventually(t, c, func() error {
			got, err := f.answer(c.cli, q.command)
			if err != nil {
				return err
			}
			if want := inWords(q.want); got != want {
				return fmt.Errorf("testdata/questions.txt:%d: %s: on %s\n%s\nwant\n%s", q.line, q.command, c.graph, got, want)
			}
			return nil
		})
	}
}

// answer returns what assim says, on whichever output. The exit status that says that nothing was found is
// no error.
func (f *fleet) answer(cli testbed.CLI, command string) (string, error) {
	cmd := exec.Command("sh", "-c", strings.Replace(command, "assim", `"$0" --config "$1"`, 1), cli.Program, cli.Config)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if testbed.NothingMatched(err) {
		err = nil
	}
	return inWords(strings.ReplaceAll(string(out), f.path("bin"), "DIR")), err
}

// What differs from run to run. A document that changed since it first showed an edge stands as well as
// one that did not.
var changing = []struct {
	pattern *regexp.Regexp
	word    string
}{
	{regexp.MustCompile(`\b20\d\d-\d\d-\d\dT[0-9:.]+Z`), "TIME"},
	{regexp.MustCompile(`\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b`), "MAC"},
	{regexp.MustCompile(`\b(\d+[smh])+\b`), "AGE"},
	{regexp.MustCompile(`stands, changed`), "stands"},
	{regexp.MustCompile(`(?m)^assim: note: .*\n`), ""},
	{regexp.MustCompile(`(\S) +`), "$1 "},
	{regexp.MustCompile(` +\n`), "\n"},
}

// inWords returns an answer in the words of testdata/questions.txt.
func inWords(answer string) string {
	for _, c := range changing {
		answer = c.pattern.ReplaceAllString(answer, c.word)
	}
	return strings.TrimSpace(answer)
}
