package cache

import (
	"errors"
	"testing"
	"time"
)

// TestImport imports for hosts of all kinds, and has them write themselves then.
func TestImport(t *testing.T) {
	onServers(t, func(t *testing.T, start func(testing.TB) Server) {
		f := newFixture(t, start(t))
		ctx := t.Context()
		age := func() time.Duration {
			t.Helper()
			row, err := Get(ctx, f.site, "h", "/f")
			if err != nil || row.HostID != importedID {
				t.Fatalf("%+v, %v, want an imported row", row, err)
			}
			return row.Age.Truncate(time.Minute)
		}
		for _, step := range []struct {
			path    string
			silent  time.Duration
			written bool
			want    time.Duration
		}{
			{"/f", 3 * time.Hour, true, 3 * time.Hour},
			{"/f", 2 * time.Hour, false, 2 * time.Hour}, // again, and it was renewed there meanwhile
			{"/g", 5 * time.Hour, true, 2 * time.Hour},  // a row that was written less often
			{"/h", -time.Hour, true, 0},
		} {
			written, err := f.Import(ctx, snap("h", step.path, "theirs\n"), step.silent)
			if err != nil || written != step.written {
				t.Fatalf("%+v: %v, %v", step, written, err)
			}
			if got := age(); got != step.want {
				t.Errorf("%+v: age %v", step, got)
			}
		}
		f.mustPut(t, snap("h", "/f", "its own\n"))
		if hits, sum := grep(t, []Site{f.site}, Query{Pattern: "."}); len(hits) != 1 || hits[0] != "h:/f:1:its own" || sum.Rows != 1 {
			t.Errorf("after the host's first write: %q, %+v", hits, sum)
		}
		f.silent(t, "h", 2*DefaultStaleAfter)
		if _, err := f.Import(ctx, snap("h", "/g", "theirs\n"), 0); !errors.Is(err, ErrHostTaken) {
			t.Errorf("import for a host that was here once: %v, want ErrHostTaken", err)
		}
		if row, err := Get(ctx, f.site, "h", "/f"); err != nil || row.Age < DefaultStaleAfter {
			t.Errorf("it counts as heard: %v, %v", row.Age, err)
		}
	})
}

// TestImportSegmented lets a host write itself when its imported rows are in segments.
func TestImportSegmented(t *testing.T) {
	f := newFixture(t, startLocal(t))
	for _, host := range []string{"a", "b", "c"} {
		if _, err := f.Import(t.Context(), snap(host, "/f", "line\n"), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	f.round(t)
	if _, sum := grep(t, []Site{f.site}, Query{Pattern: "line"}); sum.Segmented != 3 || sum.Hits != 3 {
		t.Errorf("before: %+v", sum)
	}
	f.mustPut(t, snap("b", "/other", "x\n"))
	if hits, sum := grep(t, []Site{f.site}, Query{Pattern: "line"}); sum.Hits != 2 || sum.Segmented != 2 {
		t.Errorf("after: %q, %+v, want a and c", hits, sum)
	}
}
