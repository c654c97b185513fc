package cause

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// site is 8 hosts: a to e on switch s1 in rack r1 with f, which is on s2 with g and h; z hangs on nothing.
const site = "a,b,c,d,e=switch:s1,rack:r1,subnet:n f=switch:s2,rack:r1,subnet:n g,h=switch:s2,rack:r2,subnet:n z="

// world runs a Grouper by a script and writes down what it decides.
type world struct {
	*Grouper
	second int
	told   []string
}

func newWorld(topology string, b Bounds) *world {
	w := &world{Grouper: New(b)}
	for part := range strings.FieldsSeq(topology) {
		hosts, segments, _ := strings.Cut(part, "=")
		for id := range strings.SplitSeq(hosts, ",") {
			w.Attach(id, split(segments))
		}
	}
	return w
}

// run does what a script's words say: "5" lets time go on to that second, with a Tick in each; "a,b!" are
// deaths, "a+" is heard, "a-" takes its leave, "R=ring:r:a,b" is a claim, and "r2~switch:s1,4,2,b,9" is a
// Tally of r2: of switch s1 4 are up and 2 died, b in its appearance 9 the lowest of them; with ",told" after
// it there is an incident of that name.
func (w *world) run(script string) string {
	for word := range strings.FieldsSeq(script) {
		nowMS := int64(w.second) * 1000
		if until, err := strconv.Atoi(word); err == nil {
			for ; w.second < until; w.second++ {
				w.tick()
			}
			continue
		}
		if from, count, ok := strings.Cut(word, "~"); ok {
			w.Tally(nowMS, parseTally(from, count))
			continue
		}
		hosts, what := split(word[:len(word)-1]), word[len(word)-1]
		for _, id := range hosts {
			switch what {
			case '!':
				w.Died(nowMS, id, "1")
			case '+':
				w.Heard(nowMS, id)
			case '-':
				w.Left(nowMS, id)
			}
		}
		if id, claim, ok := strings.Cut(word, "="); ok {
			at := strings.LastIndex(claim, ":")
			w.Lost(nowMS, id, claim[:at], split(claim[at+1:]))
		}
	}
	w.tick()
	return strings.Join(w.told, "; ")
}

func (w *world) tick() {
	w.Tick(int64(w.second) * 1000)
	for _, d := range w.Ready().Decisions {
		line := fmt.Sprintf("%d %s", w.second, d.Kind)
		for _, part := range []string{d.Claim, d.Incident, strings.Join(d.Hosts, ",")} {
			if part != "" {
				line += " " + part
			}
		}
		if d.Elsewhere > 0 {
			line += fmt.Sprintf(" and %d", d.Elsewhere)
		}
		w.told = append(w.told, line)
	}
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

func TestGrouper(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"a stranger", "x!", "0 released x"},
		{"hangs on nothing", "z!", "0 released z"},
		{"alone, with segments", "a! 9", ""},
		{"alone, released at the window's end", "a! 20", "10 released a"},
		{"its witness is on its switch", "b+ a!", "0 released a"},
		{"its witness is on another switch of the rack", "f+ a! 9", ""},
		{"somebody was heard before", "b+ 1 a! 9", ""},
		{"a later word of a neighbour ends the wait", "a! 3 b+", "3 released a"},
		{"a switch", "a,b,c,d,e! 10", "10 opened switch:s1/a/1 a,b,c,d,e"},
		{"three of five", "a,b,c! 10", "10 opened switch:s1/a/1 a,b,c"},
		{"two of five", "a,b! 10", "10 released a; 10 released b"},
		{"three of five, one heard", "a,b,c! 5 d+", "5 released a; 5 released b; 5 released c"},
		{"three of five, one left", "e- a,b,c! 10", "10 opened switch:s1/a/1 a,b,c"},
		{"one that left is no host that is up", "d,e- a,b! 10", "10 released a; 10 released b"},
		{"the window is extended", "a! 9 b! 18 c! 27", ""},
		{"and ends", "a! 9 b! 18 c! 28", "28 opened switch:s1/a/1 a,b,c"},
		{"but not for ever", "a! 9 b! 18 c! 27 d! 36 e! 45 f! 54 g! 59", ""},
		{"a minute is the end", "a! 9 b! 18 c! 27 d! 36 e! 45 f! 54 g! 60", "60 opened subnet:n/a/1 a,b,c,d,e,f,g"},
		{"joins after", "a,b,c! 15 d! 15", "10 opened switch:s1/a/1 a,b,c; 15 joined switch:s1/a/1 d"},
		{"one that was heard dies as well", "a! 1 d+ d! b! 11", "11 opened switch:s1/a/1 a,b,d"},
		{"dies after it is restored", "a,b,c! 20 a,b+ 25 d! 35", "10 opened switch:s1/a/1 a,b,c; 20 back switch:s1/a/1 a; " +
			"20 back switch:s1/a/1 b; 20 restored switch:s1/a/1 a,b; 35 released d"},
		{"told twice", "a,b,c! a! 10 a!", "10 opened switch:s1/a/1 a,b,c"},
		{"returns before the end", "a,b,c! 5 a+", "5 released a; 5 released b; 5 released c"},
		{"leaves before the end", "a,b,c,d! 5 d- 10", "5 released d; 10 opened switch:s1/a/1 a,b,c"},
		{"restored by half", "a,b,c,d! 20 a+ 21 b+ 22 c+", "10 opened switch:s1/a/1 a,b,c,d; 20 back switch:s1/a/1 a; " +
			"21 back switch:s1/a/1 b; 21 restored switch:s1/a/1 a,b; 22 back switch:s1/a/1 c"},
		{"restored by who is left", "a,b,c! 20 a+ 21 b- 22 c-", "10 opened switch:s1/a/1 a,b,c; 20 back switch:s1/a/1 a; 22 restored switch:s1/a/1 a"},
		{"all gone", "a,b,c! 20 a,b,c-", "10 opened switch:s1/a/1 a,b,c"},
		{"left behind", "a,b,c! 20 a,b+ 319 320", "10 opened switch:s1/a/1 a,b,c; 20 back switch:s1/a/1 a; 20 back switch:s1/a/1 b; " +
			"20 restored switch:s1/a/1 a,b; 320 released switch:s1/a/1 c"},
		{"back just in time", "a,b,c! 20 a,b+ 319 c+ 400", "10 opened switch:s1/a/1 a,b,c; 20 back switch:s1/a/1 a; 20 back switch:s1/a/1 b; " +
			"20 restored switch:s1/a/1 a,b; 319 back switch:s1/a/1 c"},
		{"two switches of one subnet", "a,b,c,d,e,f,g,h! 10", "10 opened subnet:n/a/1 a,b,c,d,e,f,g,h"},
		{"a ring", "L=ring:r:a,g,z 10", "10 opened L a,g,z"},
		{"a ring, one heard", "L=ring:r:a,g,z 5 g+ 10", "10 opened L a,z"},
		{"a ring, all heard", "L=ring:r:a,g,z 5 a,g,z+ 10", "5 merged L"},
		{"a ring of the unknown", "L=ring:r:x,y 11 x+", "10 opened L x,y; 11 back L x; 11 restored L x"},
		{"a ring on one switch", "L=ring:r:a,b,c,d,e 10", "10 opened switch:s1/a a,b,c,d,e; 10 merged L switch:s1/a"},
		{"a ring joins a switch", "a,b! 3 L=ring:r:c,d 13", "13 opened switch:s1/a/1 a,b,c,d; 13 merged L switch:s1/a/1"},
		{"a ring joins a switch that is known", "a,b,c! 11 L=ring:r:d,e", "10 opened switch:s1/a/1 a,b,c; 11 joined switch:s1/a/1 d; " +
			"11 joined switch:s1/a/1 e; 11 merged L switch:s1/a/1"},
		{"a ring, half on a switch", "a,b,c! L=ring:r:d,e,z 10", "10 opened switch:s1/a/1 a,b,c,d,e; 10 opened L z"},
		{"a claim told again", "L=ring:r:a,g,z L=ring:r:a 10 L=ring:r:a", "10 opened L a,g,z"},
		{"a switch by claim", "L=switch:s1:a,b 11 c!", "10 opened L a,b; 11 joined L c"},
		{"two claims of one switch", "L=switch:s1:a,b K=switch:s1:b,c 10", "10 opened L a,b,c; 10 merged K L"},
	}
	for _, tt := range tests {
		if got := newWorld(site, Bounds{}).run(tt.script); got != tt.want {
			t.Errorf("%s: %q:\n%s, want\n%s", tt.name, tt.script, got, tt.want)
		}
	}
}

func TestBounds(t *testing.T) {
	const two = "a,b,c=switch:s1 d,e,f=switch:s2"
	tests := []struct {
		name         string
		bounds       Bounds
		script, want string
	}{
		{"more hosts", Bounds{MaxHosts: 3}, "d! 1 a,b,c! 11", "0 released d; 11 opened switch:s1/a/1 a,b,c"},
		{"a claim of them", Bounds{MaxHosts: 3}, "L=ring:r:a,d 10", "10 opened L a"},
		{"more incidents", Bounds{MaxIncidents: 1}, "a,b,c,d,e,f! 10",
			"10 opened switch:s1/a/1 a,b,c; 10 released d; 10 released e; 10 released f"},
		{"a place is free again", Bounds{MaxIncidents: 1}, "a,b,c! 11 a,b,c+ d,e,f! 21",
			"10 opened switch:s1/a/1 a,b,c; 11 back switch:s1/a/1 a; 11 back switch:s1/a/1 b; 11 restored switch:s1/a/1 a,b; " +
				"11 back switch:s1/a/1 c; 21 opened switch:s2/d/1 d,e,f"},
		{"a claim above", Bounds{MaxIncidents: 1}, "a,b,c! 11 L=ring:r:d 21 22 d+", "10 opened switch:s1/a/1 a,b,c; 21 opened L d"},
		{"claims", Bounds{MaxIncidents: 1}, "L=ring:r:a K=ring:q:d", "0 opened K d"},
	}
	for _, tt := range tests {
		if got := newWorld(two, tt.bounds).run(tt.script); got != tt.want {
			t.Errorf("%s: %q:\n%s, want\n%s", tt.name, tt.script, got, tt.want)
		}
	}
}

// TestCover: which segments are blamed for deaths that several explain.
func TestCover(t *testing.T) {
	tests := []struct{ name, topology, want string }{
		{"the same hosts", "a,b,c=subnet:n,rack:r,pdu:p,switch:s", "switch:s"},
		{"without a switch", "a,b,c=subnet:n,pdu:p,rack:r", "rack:r"},
		{"without a rack", "a,b,c=subnet:n,pdu:p", "pdu:p"},
		{"by name at last", "a,b,c=pdu:q,pdu:p", "pdu:p"},
		{"one for two", "a,b,c=switch:s,rack:r d,e,f=switch:t,rack:r", "rack:r"},
		{"two apart", "a,b,c=switch:s d,e,f=switch:t", "switch:s switch:t"},
		{"what the rest covers is dropped", "a,b=rack:r c,d,e,f=rack:r,switch:s g,h,i,j=rack:q,switch:s k,l=rack:q", "rack:q rack:r"},
		{"what no other covers is not", "a,b=rack:r c,d,e,f=rack:r,subnet:n g,h,i,j=subnet:n", "rack:r subnet:n"},
	}
	for _, tt := range tests {
		w := newWorld(tt.topology, Bounds{})
		for _, id := range sortedKeys(w.hosts) {
			w.Died(0, id, "1")
		}
		w.Tick(windowMS)
		var blamed []string
		for _, d := range w.Ready().Decisions {
			blamed = append(blamed, d.Segment)
		}
		slices.Sort(blamed)
		if got := strings.Join(blamed, " "); got != tt.want {
			t.Errorf("%s: blamed %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestResume: a Grouper that takes up what another left goes on as that one would have.
func TestResume(t *testing.T) {
	const opened = "a,b,c,d! 20 a+"
	for _, tt := range []struct{ name, before, after, want string }{
		{"open", opened, "b+", "0 back switch:s1/a/1 b; 0 restored switch:s1/a/1 a,b"},
		{"joined", opened, "e!", "0 joined switch:s1/a/1 e"},
		{"restored", opened + " b+", "299 300", "300 released switch:s1/a/1 c,d"},
		{"one had left", opened + " b-", "c-", ""},
		{"and another comes", opened + " b-", "c- d+", "0 back switch:s1/a/1 d; 0 restored switch:s1/a/1 a,d"},
	} {
		w := newWorld(site, Bounds{})
		kept := map[string]Incident{}
		for word := range strings.FieldsSeq(tt.before) {
			at, err := strconv.Atoi(word)
			if err != nil {
				at = w.second
			}
			for ; w.second < at; w.second++ {
				w.Tick(int64(w.second) * 1000)
			}
			if err != nil {
				w.run(word)
			}
			for _, i := range w.Ready().Incidents {
				kept[i.ID] = i
			}
		}
		for _, i := range w.incidents {
			kept[i.id] = i.snapshot()
		}
		next := newWorld(site, Bounds{})
		for _, i := range kept {
			next.Resume(0, i)
		}
		if got := next.run(tt.after); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestAppearance: of several deaths of one host, the lowest appearance names the incident, whichever came first.
func TestAppearance(t *testing.T) {
	for _, appearances := range [][]string{{"1", "2"}, {"2", "1"}} {
		w := newWorld(site, Bounds{})
		for _, appearance := range appearances {
			w.Died(0, "a", appearance)
		}
		if got, want := w.run("b,c! 10"), "10 opened switch:s1/a/1 a,b,c"; got != want {
			t.Errorf("%v: %q, want %q", appearances, got, want)
		}
	}
}

func TestForget(t *testing.T) {
	w := newWorld(site, Bounds{})
	for _, id := range sortedKeys(w.hosts) {
		w.Forget(0, id)
	}
	if len(w.hosts)+len(w.segments) > 0 {
		t.Errorf("%d hosts and %d segments are left", len(w.hosts), len(w.segments))
	}
	w.run("L=ring:r:a,b 20 a,b+")
	w.Forget(0, "a")
	w.Forget(0, "b")
	if len(w.hosts)+len(w.segments)+len(w.claims)+len(w.incidents)+len(w.waiting) > 0 {
		t.Errorf("a claim leaves %d hosts, %d segments, %d claims, %d incidents", len(w.hosts), len(w.segments), len(w.claims), len(w.incidents))
	}
}

func TestValidateSegments(t *testing.T) {
	for _, tt := range []struct {
		segments string
		err      string
	}{
		{"", ""},
		{"switch:00-01-30,rack:r7,subnet:2001:db8::/64", ""},
		{"a:" + strings.Repeat("x", MaxSegmentBytes-2), ""},
		{"a:" + strings.Repeat("x", MaxSegmentBytes-1), "has 65 bytes, at most 64"},
		{"a:1,b:1,c:1,d:1,e:1,f:1,g:1,h:1,i:1", "9 segments, at most 8"},
		{"rack", `"rack" is not KIND:VALUE`},
		{":r7", `":r7" is not KIND:VALUE`},
		{"rack:", `"rack:" is not KIND:VALUE`},
		{"rack:\x00", "not printable"},
		{"rack:\xff", "not printable"},
		{"ring:r", "a ring is no segment"},
	} {
		err := ValidateSegments(split(tt.segments))
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: %v, want %q", tt.segments, err, tt.err)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
