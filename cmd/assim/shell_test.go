package main

import (
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assim-mesh/assim/cmd/shell/shelltest"
)

// sitDown runs assim on a terminal of its own and does what a file says, a step a line:
//
//	type "KEYS"   presses keys, in Go's notation; Enter is \r
//	see TEXT      waits until it is shown, behind what was seen before
//
// The program must then end by itself, and well.
func sitDown(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: terminal FILE ARG...")
	}
	terminal, err := shelltest.Open()
	ts.Check(err)
	defer terminal.Close()
	cmd := program(ts, "assim", args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal.Program, terminal.Program, terminal.Program
	ts.Check(cmd.Start())
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		if err := step(terminal, strings.TrimSuffix(line, "\n")); err != nil {
			cmd.Process.Kill()
			<-done
			ts.Fatalf("%s: %v", line, err)
		}
	}
	ts.Check(<-done)
}

// step does one line of a file.
func step(terminal *shelltest.Terminal, line string) error {
	if text, ok := strings.CutPrefix(line, "see "); ok {
		return terminal.Await(text)
	}
	keys, err := strconv.Unquote(strings.TrimPrefix(line, "type "))
	if err != nil {
		return err
	}
	return terminal.Type(keys)
}
