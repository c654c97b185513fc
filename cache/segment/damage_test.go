package segment_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/cache/segment"
	"github.com/assim-mesh/assim/cache/trigram"
)

// TestDamage changes and drops each field of a segment, and cuts it short: that is always told, with
// its name, and what was told before is not wrong.
func TestDamage(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	f := randomFleet(rng, 50, 100)
	b := segment.NewBuilder(segment.Config{})
	for host, content := range f {
		if err := b.Add(host, []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	fields := store{}
	if _, err := b.Finish(t.Context(), fields.put); err != nil {
		t.Fatal(err)
	}
	for field, whole := range fields {
		for name, c := range map[string]struct {
			value []byte
			want  error
		}{
			"missing":     {nil, segment.ErrMissing},
			"empty":       {[]byte{}, segment.ErrDamaged},
			"cut":         {whole[:len(whole)-1], segment.ErrDamaged},
			"longer":      {append(bytes.Clone(whole), 0), segment.ErrDamaged},
			"another one": {fields[map[bool]string{true: "anchors", false: "meta"}[field == "meta"]], segment.ErrDamaged},
			"turned bit":  {flip(whole, rng.IntN(len(whole)*8)), segment.ErrDamaged},
		} {
			broken := maps.Clone(fields)
			if broken[field] = c.value; c.value == nil {
				delete(broken, field)
			}
			err := readAll(t.Context(), broken)
			if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), fmt.Sprintf("%q", field)) {
				t.Errorf("%s %s: %v, want %v", field, name, err, c.want)
			}
		}
	}
	short := func(context.Context, []string) ([][]byte, error) { return nil, nil }
	if _, err := segment.Open(t.Context(), short); !errors.Is(err, segment.ErrDamaged) {
		t.Errorf("too few values: %v", err)
	}
}

func flip(value []byte, bit int) []byte {
	value = bytes.Clone(value)
	value[bit/8] ^= 1 << (bit % 8)
	return value
}

// readAll reads every field of a segment.
func readAll(ctx context.Context, fields store) error {
	s, err := segment.Open(ctx, fields.get)
	if err != nil {
		return err
	}
	nothing := func(segment.Hit) error { return nil }
	_, err = s.Anchors(ctx)
	q := segment.Query{Trigrams: trigram.Literal([]byte("net.setting"))}
	return errors.Join(err, s.Lookup(ctx, q, nothing), s.Lookup(ctx, segment.Query{}, nothing))
}
