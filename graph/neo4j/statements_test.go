package neo4j

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

// A statement has the parts of those before it, until that would be too many.
func TestRepertoire(t *testing.T) {
	r := repertoire{}
	for i, tt := range []struct {
		adds, from, parts int // texts numbered from from, and how many there are then
	}{{2, 0, 2}, {1, 1, 2}, {maxParts - 2, 2, maxParts}, {1, maxParts, 1}, {1, 0, 2}, {maxParts + 1, 0, maxParts + 1}, {1, 0, 1}} {
		s := statements{}
		for n := range tt.adds {
			s.add(fmt.Sprint(tt.from+n), row{})
		}
		all := r.with("test", s)
		if len(all) != tt.parts {
			t.Errorf("step %d: %d parts, want %d", i, len(all), tt.parts)
		}
		if other := r.with("other", statements{}); len(other) != 0 {
			t.Errorf("step %d: %q are of another purpose", i, other)
		}
	}
}

// Every row is run once, whatever the number of rows and parts.
func TestRunAll(t *testing.T) {
	s := openEmpty(t)
	session := s.driver.NewSession(t.Context(), neo4j.SessionConfig{})
	defer session.Close(t.Context())
	tx, err := session.BeginTransaction(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Close(t.Context())
	b := batch{tx: tx, repertoire: repertoire{}}
	for _, rows := range [][]int{{1}, {2, 3, 2}, {maxRows, 1}, {maxRows - 1, 2, maxRows + 1}, slices.Repeat([]int{1}, maxParts+2)} {
		wanted, want, got := statements{}, map[string]int{}, map[string]int{}
		for part, n := range rows {
			text := fmt.Sprintf("RETURN %d AS part, row.i AS i", part)
			for i := range n {
				wanted.add(text, row{"i": i})
				want[fmt.Sprint(part, " ", i)]++
			}
		}
		if err := b.runAll(t.Context(), "test", wanted, func(r *neo4j.Record) error {
			got[fmt.Sprint(r.Values[0], " ", r.Values[1])]++
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("rows %v: %d came, want %d", rows, len(got), len(want))
		}
	}
}

// What SET += is given makes one map of properties another.
func TestDifference(t *testing.T) {
	held := map[string]any{"same": "x", "list": []any{"a", "b"}, "longer": []any{"a"}, "gone": int64(1), "kind": int64(1), "now": []any{"a"}, "odd": []any{int64(1)}}
	wanted := map[string]any{"same": "x", "list": []string{"a", "b"}, "longer": []string{"a", "b"}, "kind": 1.0, "new": true, "now": "a", "odd": []string{"1"}}
	want := map[string]any{"longer": []string{"a", "b"}, "gone": nil, "kind": 1.0, "new": true, "now": "a", "odd": []string{"1"}}
	if got := difference(held, wanted); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
