package cache

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cache/segment"
)

func TestDecide(t *testing.T) {
	id := strings.Repeat("A", generationLen)
	good := newPointer([]generation{{id, 7}})
	for _, tt := range []struct {
		name  string
		state pathState
		want  action
	}{
		{"enough hosts", pathState{wanted: true, hosts: 4, minHosts: 4}, rebuild},
		{"too few", pathState{wanted: true, hosts: 3, minHosts: 4}, leave},
		{"too few by now", pathState{wanted: true, hosts: 3, minHosts: 4, pointer: good}, drop},
		{"none", pathState{wanted: true, pointer: good}, drop},
		{"not wanted", pathState{hosts: 10, pointer: good}, drop},
		{"watched", pathState{wanted: true, hosts: 4, minHosts: 4, pointer: newPointer(nil)}, rebuild},
		{"watched, not wanted", pathState{hosts: 4, pointer: newPointer(nil)}, drop},
		{"indexed", pathState{wanted: true, hosts: 4, minHosts: 4, pointer: good}, update},
		{"damaged", pathState{wanted: true, hosts: 4, minHosts: 4, pointer: good, damaged: true}, rebuild},
		{"void", pathState{wanted: true, hosts: 4, minHosts: 4, pointer: pointer{text: "01", void: true, generations: good.generations}}, rebuild},
	} {
		if got := decide(tt.state); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestTooMuchChanged(t *testing.T) {
	for _, tt := range []struct {
		hosts, changed int
		next           uint32
		want           bool
	}{
		{100, 50, 100, false}, {100, 51, 100, true},
		{100, 1, 200 + spareOrdinals - 1, false}, {100, 1, 200 + spareOrdinals, true},
		{100000, 1, segment.MaxHosts - 1, false}, {100000, 1, segment.MaxHosts, true},
	} {
		if got := tooMuchChanged(tt.hosts, tt.changed, tt.next); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

func TestMergeFrom(t *testing.T) {
	for _, tt := range []struct {
		sizes []int
		want  int
	}{
		{[]int{100}, 1},
		{[]int{100, 25}, 2},
		{[]int{100, 26}, 0},
		{[]int{100, 10, 16}, 0},
		{[]int{100, 1, 1, 1, 1, 1, 1, 1}, 8},
		{[]int{100, 1, 1, 1, 1, 1, 1, 1, 1}, 1},
		{[]int{100, 1, 1, 1, 1, 1, 1, 1, 19}, 0},
		{[]int{0, 0}, 2},
	} {
		if got := mergeFrom(tt.sizes); got != tt.want {
			t.Errorf("%v: %d, want %d", tt.sizes, got, tt.want)
		}
	}
}

func TestMergeEntries(t *testing.T) {
	base := opened{entries: []entry{{0, "a", covered, 1}, {1, "b", covered, 1}, {2, "c", live, 1}}}
	small := opened{entries: []entry{{1, "b", absent, 2}, {3, "d", covered, 2}}}
	entries, masked := mergeEntries([]opened{base, small})
	want := []entry{{0, "a", covered, 1}, {1, "b", absent, 2}, {2, "c", live, 1}, {3, "d", covered, 2}}
	if !slices.Equal(entries, want) {
		t.Errorf("got %v, want %v", entries, want)
	}
	if got := slices.Collect(masked[0].All()); !slices.Equal(got, []uint32{1}) || masked[1].Len() != 0 {
		t.Errorf("masked %v and %v, want 1 and none", got, masked[1])
	}
}

func TestTrainingDue(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tt := range []struct {
		last  training
		after time.Duration
		hosts int
		want  bool
	}{
		{training{}, 0, 3, false}, {training{}, 0, 4, true},
		{training{at, 4}, time.Minute, 15, false}, {training{at, 4}, time.Minute, 16, true},
		{training{at, 4}, trainEvery - 1, 4, false}, {training{at, 4}, trainEvery, 4, true},
	} {
		if got := tt.last.due(at.Add(tt.after), tt.hosts); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

func TestPointer(t *testing.T) {
	a, b := strings.Repeat("A", generationLen), strings.Repeat("7", generationLen)
	p := newPointer([]generation{{a, 7}, {b, 1<<64 - 1}})
	if want := "1 7:" + a + " 18446744073709551615:" + b; p.text != want || p.covers() != 1<<64-1 || !p.usable() {
		t.Errorf("got %+v, want %q", p, want)
	}
	got, err := parsePointer(p.text)
	if err != nil || !slices.Equal(got.generations, p.generations) {
		t.Errorf("got %+v, %v", got, err)
	}
	if left := p.without(newPointer(p.generations[1:])); !slices.Equal(left, p.generations[:1]) {
		t.Errorf("left %v", left)
	}
	void, err := parsePointer("0" + p.text)
	if err != nil || void.usable() || len(void.generations) != 2 {
		t.Errorf("void: %+v, %v", void, err)
	}
	for _, text := range []string{"2", "x", " ", "1 7", "1 7:" + a[1:], "1 -1:" + a, "1 7:" + strings.ToLower(a), "1" + strings.Repeat(" 7:"+a, 17)} {
		if _, err := parsePointer(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
	if p, err := parsePointer("1"); err != nil || p.usable() || p.text != newPointer(nil).text {
		t.Errorf("watched: %+v, %v", p, err)
	}
}

func FuzzHostTable(f *testing.F) {
	for _, entries := range [][]entry{nil, {{0, "a", covered, 0}}, {{3, "web1", live, 1e12}, {4, "web2", absent, -5}, {segment.MaxHosts - 1, "x", covered, 1}}} {
		table, err := packHostTable(entries)
		if err != nil {
			f.Fatal(err)
		}
		if got, err := parseHostTable(table); err != nil || !slices.Equal(got, entries) {
			f.Errorf("got %v, %v, want %v", got, err, entries)
		}
		f.Add(table[5:])
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		entries, err := parseHostTable(sealTable(frame))
		if err != nil {
			return
		}
		for i, e := range entries {
			if e.ordinal >= segment.MaxHosts || i > 0 && e.ordinal <= entries[i-1].ordinal || e.state >= states || checkHostName(e.name) != nil {
				t.Fatalf("entry %d: %+v", i, e)
			}
		}
		table, err := packHostTable(entries)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := parseHostTable(table); err != nil || !slices.Equal(again, entries) {
			t.Errorf("%v became %v, %v", entries, again, err)
		}
	})
}

func TestHostTableFull(t *testing.T) {
	var entries []entry
	for i := range uint32(90_000) {
		entries = append(entries, entry{ordinal: i, name: fmt.Sprintf("%06d%s", i, strings.Repeat("x", 200))})
	}
	if _, err := packHostTable(entries); err == nil {
		t.Error("18 MB of names: no error")
	}
	for _, stored := range [][]byte{nil, []byte("1"), {2, 0, 0, 0, 0}, sealTable([]byte("no zstd")), make([]byte, maxStoredBytes+1)} {
		if _, err := parseHostTable(stored); err == nil {
			t.Errorf("%.20q: no error", stored)
		}
	}
}
