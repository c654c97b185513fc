package graph

import (
	"cmp"
	"fmt"
	"time"

	"github.com/assim-mesh/assim/graph/cypher"
)

// Limits bound what one Query of a Store may take. The zero value is the defaults.
type Limits struct {
	Time time.Duration // 10 s
	Rows int           // of the result; 100,000
	// Memory bounds in bytes what a query keeps at once, and with it the steps that it may take: 100
	// bytes a value and 10 a step, which is what they need at most. By default 200 million, thus the
	// default budget of package cypher.
	Memory int
}

const (
	bytesPerValue = 100
	bytesPerStep  = 10
	// maxMemory is 1 TB, more than a process has.
	maxMemory = 1_000_000_000_000
)

// WithDefaults is l with the defaults for what is zero.
func (l Limits) WithDefaults() Limits {
	return Limits{
		Time: cmp.Or(l.Time, 10*time.Second), Rows: cmp.Or(l.Rows, 100_000), Memory: cmp.Or(l.Memory, 200_000_000),
	}
}

// Validate refuses limits below zero, and a Memory beyond 1 TB.
func (l Limits) Validate() error {
	switch {
	case l.Time < 0:
		return fmt.Errorf("a query's time is %v, below zero", l.Time)
	case l.Rows < 0:
		return fmt.Errorf("a query's rows are %d, below zero", l.Rows)
	case l.Memory < 0 || l.Memory > maxMemory:
		return fmt.Errorf("a query's memory is %d bytes, not 0 to %d", l.Memory, maxMemory)
	}
	return nil
}

// Budget is what the limits allow a run of package cypher; its time is the caller's to bound.
func (l Limits) Budget() cypher.Budget {
	l = l.WithDefaults()
	return cypher.Budget{Steps: l.Memory / bytesPerStep, Rows: l.Rows, Values: l.Memory / bytesPerValue}
}
