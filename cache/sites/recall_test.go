package sites

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

// flaky is a directory that can't be read while broken is set.
type flaky struct {
	List
	broken error
}

func (f *flaky) Sites(ctx context.Context) ([]Site, error) {
	if f.broken != nil {
		return nil, f.broken
	}
	return f.List.Sites(ctx)
}

func TestRecall(t *testing.T) {
	ctx, now := t.Context(), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	file := filepath.Join(t.TempDir(), "below", "sites.json")
	d := &flaky{List: List{{"a", []Server{{Addr: "h:1", TLS: true}, {Master: "m", Sentinels: []string{"h:2"}}}}}}
	down := errors.New("down")

	d.broken = down
	if _, err := Recall(ctx, d, "dns x", file, now); !errors.Is(err, down) {
		t.Errorf("nothing is kept: %v, want the directory's error", err)
	}
	d.broken = nil
	first, err := Recall(ctx, d, "dns x", file, now)
	if err != nil || first.Err != nil || !reflect.DeepEqual(first.Sites, []Site(d.List)) {
		t.Errorf("got %+v, %v, want what the directory has", first, err)
	}
	d.broken = down
	again, err := Recall(ctx, d, "dns x", file, now.Add(time.Hour))
	if err != nil || !errors.Is(again.Err, down) || again.Age != time.Hour || !reflect.DeepEqual(again.Sites, first.Sites) {
		t.Errorf("got %+v, %v, want what was kept an hour ago, and why", again, err)
	}
	if _, err := Recall(ctx, d, "dns y", file, now); !errors.Is(err, down) {
		t.Errorf("another directory: %v, want its error", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := Recall(cancelled, d, "dns x", file, now); err == nil {
		t.Error("cancelled: no error")
	}
	for name, text := range map[string]string{"no JSON": "{", "not valid": `{"directory":"dns x","sites":[{"name":"a"}]}`} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Recall(ctx, d, "dns x", file, now); !errors.Is(err, down) {
			t.Errorf("%s is kept: %v, want the directory's error", name, err)
		}
	}
	d.broken = nil
	if got, err := Recall(ctx, d, "dns x", filepath.Join(file, "under-a-file"), now); err != nil || len(got.Sites) != 1 {
		t.Errorf("nothing can be kept: %+v, %v, want the answer all the same", got, err)
	}
}
