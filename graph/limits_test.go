package graph

import (
	"testing"
	"time"

	"github.com/assim-mesh/assim/graph/cypher"
)

func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		limits  Limits
		want    cypher.Budget
		refused string
	}{
		{limits: Limits{}, want: cypher.Budget{Steps: 20_000_000, Rows: 100_000, Values: 2_000_000}},
		{limits: Limits{Rows: 7, Memory: 1000}, want: cypher.Budget{Steps: 100, Rows: 7, Values: 10}},
		{limits: Limits{Memory: maxMemory}, want: cypher.Budget{Steps: maxMemory / 10, Rows: 100_000, Values: maxMemory / 100}},
		{limits: Limits{Time: -time.Second}, refused: "a query's time is -1s, below zero"},
		{limits: Limits{Rows: -1}, refused: "a query's rows are -1, below zero"},
		{limits: Limits{Memory: -1}, refused: "a query's memory is -1 bytes, not 0 to 1000000000000"},
		{limits: Limits{Memory: maxMemory + 1}, refused: "a query's memory is 1000000000001 bytes, not 0 to 1000000000000"},
	} {
		err := tt.limits.Validate()
		if (err == nil) != (tt.refused == "") || err != nil && err.Error() != tt.refused {
			t.Errorf("%+v: %v, want %q", tt.limits, err, tt.refused)
		}
		if got := tt.limits.Budget(); err == nil && got != tt.want {
			t.Errorf("%+v: %+v, want %+v", tt.limits, got, tt.want)
		}
	}
}
