package ring

import (
	"slices"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// TestJudge holds the oracle itself to what it says.
func TestJudge(t *testing.T) {
	died, back := fact{ring.Dead, "h1", ring.HostDead}, fact{ring.Alive, "h1", ""}
	other := fact{ring.Dead, "h2", ring.HostDead}
	downOnly := fact{ring.Dead, "h1", ring.NanoprobeDown}
	for _, tt := range []struct {
		name            string
		told, want, may []fact
		wrong           []int
		missing         []fact
	}{
		{"as it was", []fact{died, back}, []fact{back, died}, nil, nil, nil},
		{"nothing told, nothing done", nil, nil, nil, nil, nil},
		{"told twice", []fact{died, died}, []fact{died}, nil, []int{1}, nil},
		{"died twice, told once", []fact{died}, []fact{died, died}, nil, nil, []fact{died}},
		{"of the wrong kind", []fact{downOnly}, []fact{died}, nil, []int{0}, []fact{died}},
		{"false death", []fact{other, died}, []fact{died}, nil, []int{0}, nil},
		{"allowed by kind", []fact{other}, nil, []fact{{kind: ring.Dead}}, nil, nil},
		{"allowed of another host", []fact{other}, nil, []fact{{kind: ring.Dead, about: "h1"}}, []int{0}, nil},
		{"allowed of another kind", []fact{back}, nil, []fact{{kind: ring.Dead}}, []int{0}, nil},
		{"allowed in another state", []fact{downOnly}, nil, []fact{{state: ring.HostDead}}, []int{0}, nil},
	} {
		wrong, missing := judge(tt.told, tt.want, tt.may)
		if !slices.Equal(wrong, tt.wrong) || !slices.Equal(missing, tt.missing) {
			t.Errorf("%s: wrong %v, missing %v, want %v and %v", tt.name, wrong, missing, tt.wrong, tt.missing)
		}
	}
}

func TestQuantiles(t *testing.T) {
	var took []time.Duration
	for n := 50; n > 0; n-- {
		took = append(took, time.Duration(n)*time.Second)
	}
	if got, want := quantilesOf(took), (quantiles{P50: 25, P99: 50}); got != want {
		t.Errorf("of 1 to 50 s: %+v, want %+v", got, want)
	}
	if got, want := quantilesOf(took[:1]), (quantiles{P50: 1, P99: 1}); got != want { // they are sorted by now
		t.Errorf("of 1 s: %+v, want %+v", got, want)
	}
}
