package discovery

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// numbered is one of many addresses.
func numbered(n int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 18, byte(n >> 8), byte(n)}), 5432)
}

// lookAt takes a look that reads "MINUTE PROCESS>ADDRESS,ADDRESS PROCESS>": when, which processes run, and
// what each has open, as numbers. The process's id is its name.
func (r *recent) lookAt(t *testing.T, script string) {
	t.Helper()
	f := strings.Fields(script)
	running := map[string]found{}
	for _, p := range f[1:] {
		key, addrs, _ := strings.Cut(p, ">")
		process := found{pids: []string{key}}
		for _, a := range strings.FieldsFunc(addrs, func(r rune) bool { return r == ',' }) {
			var n int
			if _, err := fmt.Sscan(a, &n); err != nil {
				t.Fatal(err)
			}
			process.opened = append(process.opened, numbered(n))
		}
		running[key] = process
	}
	minutes, err := time.ParseDuration(f[0] + "m")
	if err != nil {
		t.Fatal(err)
	}
	r.look(testTime.Add(minutes), running)
}

// String is what is remembered, in the words of lookAt.
func (r *recent) String() string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(r.seen)) {
		var addrs []string
		for _, a := range slices.SortedFunc(maps.Keys(r.seen[key]), netip.AddrPort.Compare) {
			b := a.Addr().As4()
			addrs = append(addrs, fmt.Sprint(int(b[2])<<8+int(b[3])))
		}
		all = append(all, key+">"+strings.Join(addrs, ","))
	}
	return strings.Join(all, " ")
}

func TestRecent(t *testing.T) {
	for _, tt := range []struct {
		name  string
		looks []string
		want  string
	}{
		{"connected", []string{"0 a>1,2"}, "a>1,2"},
		{"two connections to one address", []string{"0 a>1,1"}, "a>1"},
		{"given up", []string{"0 a>1", "59 a>"}, "a>1"},
		{"given up for an hour", []string{"0 a>1", "59 a>", "60 a>"}, ""},
		{"seen again", []string{"0 a>1", "50 a>1", "109 a>"}, "a>1"},
		{"each address has its hour", []string{"0 a>1", "30 a>2", "60 a>"}, "a>2"},
		{"each process has its addresses", []string{"0 a>1 b>2", "1 a>2 b>"}, "a>1,2 b>2"},
		{"the process ended", []string{"0 a>1 b>1", "1 b>1"}, "b>1"},
		{"the process ended, and runs again", []string{"0 a>1", "1 b>2", "2 a>"}, ""},
		{"never connected", []string{"0 a>", "1 a>"}, ""},
	} {
		r := &recent{linger: time.Hour}
		for _, look := range tt.looks {
			r.lookAt(t, look)
		}
		if got := r.String(); got != tt.want {
			t.Errorf("%s: after %q it remembers %q, want %q", tt.name, tt.looks, got, tt.want)
		}
		for _, pid := range []string{"a", "b"} {
			if got, want := r.holds(pid), strings.Contains(tt.want, pid+">"); got != want {
				t.Errorf("%s: holds(%q) is %t, want %t", tt.name, pid, got, want)
			}
		}
	}
	off := &recent{}
	if off.lookAt(t, "0 a>1"); off.String() != "" || off.holds("a") {
		t.Errorf("with nothing to remember: %q", off)
	}
}

// TestRecentBounds: the latest of a process stay, and of them the latest of a host.
func TestRecentBounds(t *testing.T) {
	r := &recent{linger: time.Hour}
	numbers := func(from, to int) (addrs []netip.AddrPort) {
		for n := from; n < to; n++ {
			addrs = append(addrs, numbered(n))
		}
		return addrs
	}
	for i, opened := range [][]netip.AddrPort{numbers(0, 2), numbers(2, 4), numbers(4, maxRecentOfProcess+2)} {
		r.look(testTime.Add(time.Duration(i)*time.Minute), map[string]found{"a": {opened: opened}})
	}
	checkRemembered(t, r, "a", 2, maxRecentOfProcess+2)

	running := map[string]found{"a": {}}
	for i := range maxRecentOfHost/maxRecentOfProcess - 1 {
		running[fmt.Sprint("b", i)] = found{opened: numbers(0, maxRecentOfProcess)}
	}
	running["c"] = found{opened: numbers(0, 2)}
	r.look(testTime.Add(time.Hour/2), running)
	checkRemembered(t, r, "a", 4, maxRecentOfProcess+2) // the two of c in place of its oldest
	checkRemembered(t, r, "b0", 0, maxRecentOfProcess)
	checkRemembered(t, r, "c", 0, 2)
}

// checkRemembered checks that the addresses of a process are those from one number to before another.
func checkRemembered(t *testing.T, r *recent, key string, from, to int) {
	t.Helper()
	got := r.seen[key]
	for n := from; n < to; n++ {
		if _, ok := got[numbered(n)]; !ok {
			t.Fatalf("%s: address %d is forgotten, want %d to %d", key, n, from, to-1)
		}
	}
	if len(got) != to-from {
		t.Errorf("%s: %d addresses, want %d", key, len(got), to-from)
	}
}
