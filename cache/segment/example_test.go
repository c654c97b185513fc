package segment_test

import (
	"context"
	"fmt"
	"os"

	"github.com/assim-mesh/assim/cache/segment"
	"github.com/assim-mesh/assim/cache/trigram"
)

// Three hosts' files become a segment, in which a line is looked up. Host 2 has changed since: it is
// masked, and would be read where it is.
func Example() {
	fields := store{} // a Redis hash, elsewhere
	b := segment.NewBuilder(segment.Config{})
	for host, content := range []string{
		"PermitRootLogin no\nPort 22\n",
		"PermitRootLogin yes\nPort 22\n",
		"PermitRootLogin yes\n",
	} {
		if err := b.Add(uint32(host), []byte(content)); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	ctx := context.Background()
	if _, err := b.Finish(ctx, fields.put); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	s, err := segment.Open(ctx, fields.get)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	term := []byte("PermitRoot")
	q := segment.Query{Trigrams: trigram.Literal(term), Literal: trigram.NewFinder(term, false)}
	q.Masked.Add(2)
	err = s.Lookup(ctx, q, func(h segment.Hit) error {
		for _, in := range h.In {
			fmt.Printf("host %d: %s\n", in.Host, h.Line)
		}
		return nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	// Output:
	// host 0: PermitRootLogin no
	// host 1: PermitRootLogin yes
}
