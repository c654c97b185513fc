package cypher

import (
	"context"
	"errors"
	"fmt"
	"os"
)

func Example() {
	g := &memory{}
	if err := g.create("CREATE (:Process {exe: 'sshd'})-[:RUNS_ON]->(:Host {name: 'web1'})", nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	q, err := Parse("MATCH (h:Host)<-[:RUNS_ON]-(p) WHERE p.exe = $exe RETURN h.name, p")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	res, err := q.Run(context.Background(), g, map[string]any{"exe": "sshd"}, Budget{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	fmt.Println(res.Columns, res.Rows[0][0], res.Rows[0][1].(Node).Props["exe"])
	// Output: [h.name p] web1 sshd
}

func ExampleError() {
	_, err := Parse("MATCH (host:Host)\nRETURN hots.name")
	var e *Error
	if errors.As(err, &e) {
		fmt.Printf("%s at %d:%d: %s; nearest: %s\n", e.Kind, e.Line, e.Column, e.Msg, e.Nearest)
	}
	// Output: SyntaxError at 2:8: variable "hots" is not defined; nearest: host
}
