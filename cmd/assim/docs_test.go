package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "rewrite docs/cli.md")

// TestReference keeps docs/cli.md equal to what the commands say of themselves.
func TestReference(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("# The assim command\n\nMade from the commands: `go test ./cmd/assim -update`.\n")
	reference(&b, newRootCommand())
	const path = "../../docs/cli.md"
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, b.Bytes()) {
		t.Error("docs/cli.md is stale; run 'go test ./cmd/assim -update' and read the diff")
	}
}

func reference(b *bytes.Buffer, cmd *cobra.Command) {
	if cmd.Hidden || cmd.Name() == "help" || cmd.Name() == "completion" {
		return
	}
	cmd.InitDefaultHelpFlag()
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	fmt.Fprintf(b, "\n## %s\n\n```\n%s\n```\n\n```\n%s```\n", cmd.CommandPath(), text, strings.TrimLeft(cmd.UsageString(), "\n"))
	for _, c := range cmd.Commands() {
		reference(b, c)
	}
}

// TestHelpTeaches: every command says what it does, in a line and at length or with an example.
func TestHelpTeaches(t *testing.T) {
	for _, cmd := range newRootCommand().Commands() {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: short help %q: want one sentence without a full stop", cmd.Name(), cmd.Short)
		}
		for line := range strings.Lines(cmd.Long) {
			if len(line) > 101 {
				t.Errorf("%s: help has a line of %d columns, at most 100: %q", cmd.Name(), len(line)-1, line)
			}
		}
	}
}
