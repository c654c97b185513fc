package alert

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// script drives a queue with a retry of 10 s by words, and writes what it starts and settles:
//
//	add:EVENT:SUBJECT:HOOK,HOOK   ok:HOOK:EVENT   no:HOOK:EVENT   +SECONDS
//
// After each word it says "HOOK:EVENT#TRY" of what starts, "HOOK:EVENT=" of what settled and "EVENT!" of
// an event that is over.
func script(t *testing.T, words string) string {
	t.Helper()
	q, now := newQueue(10*time.Second), time.Unix(0, 0)
	running := map[string]attempt{}
	var said []string
	for _, word := range strings.Fields(words) {
		f := strings.Split(word, ":")
		switch f[0] {
		case "add":
			q.add(number(t, f[1]), f[2], strings.Split(f[3], ","))
		case "ok", "no":
			a, ok := running[f[1]+":"+f[2]]
			if !ok {
				t.Fatalf("%s does not run", word)
			}
			delete(running, f[1]+":"+f[2])
			settled, last := q.ended(a, f[0] == "ok", now)
			if settled {
				said = append(said, f[1]+":"+f[2]+"=")
			}
			if last {
				said = append(said, f[2]+"!")
			}
		default:
			now = now.Add(time.Duration(number(t, word[1:])) * time.Second)
		}
		for _, a := range q.start(now) {
			running[fmt.Sprintf("%s:%d", a.hook, a.event)] = a
			said = append(said, fmt.Sprintf("%s:%d#%d", a.hook, a.event, a.try))
		}
		if due, ok := q.next(now); ok && !due.After(now) {
			t.Errorf("after %s: next at %v, which is not after %v", word, due, now)
		}
	}
	return strings.Join(said, " ")
}

func number(t *testing.T, s string) uint64 {
	t.Helper()
	var n uint64
	if _, err := fmt.Sscan(s, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestQueue(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"all hooks at once", "add:1:h:a,b ok:b:1 ok:a:1", "a:1#1 b:1#1 b:1= a:1= 1!"},
		{"a failure waits", "add:1:h:a no:a:1 +9 +1 ok:a:1", "a:1#1 a:1#2 a:1= 1!"},
		{"the third failure is final", "add:1:h:a no:a:1 +10 no:a:1 +39 +1 no:a:1 +999", "a:1#1 a:1#2 a:1#3 a:1= 1!"},
		{"one fails, the other is done", "add:1:h:a,b no:a:1 ok:b:1 +10 ok:a:1", "a:1#1 b:1#1 b:1= a:1#2 a:1= 1!"},
		{"a host's events in order", "add:1:h:a add:2:h:a ok:a:1 ok:a:2", "a:1#1 a:1= 1! a:2#1 a:2= 2!"},
		{"also while the first waits", "add:1:h:a add:2:h:a no:a:1 +9 +1 ok:a:1", "a:1#1 a:1#2 a:1= 1! a:2#1"},
		{"another hook does not wait", "add:1:h:a,b add:2:h:a,b ok:b:1", "a:1#1 b:1#1 b:1= b:2#1"},
		{"hosts at once, but not too many", "add:1:p:a add:2:q:a add:3:r:a add:4:s:a add:5:t:a ok:a:2",
			"a:1#1 a:2#1 a:3#1 a:4#1 a:2= 2! a:5#1"},
		{"one that waits holds no place", "add:1:p:a add:2:q:a add:3:r:a add:4:s:a add:5:t:a no:a:1 +10 ok:a:5",
			"a:1#1 a:2#1 a:3#1 a:4#1 a:5#1 a:5= 5! a:1#2"},
		{"a full hook holds no other's place", "add:1:p:a add:2:q:a add:3:r:a add:4:s:a add:5:t:a,b", "a:1#1 a:2#1 a:3#1 a:4#1 b:5#1"},
	}
	for _, tt := range tests {
		if got := script(t, tt.script); got != tt.want {
			t.Errorf("%s: %s\n got %s\nwant %s", tt.name, tt.script, got, tt.want)
		}
	}
}

func TestQueueNext(t *testing.T) {
	q, now := newQueue(10*time.Second), time.Unix(0, 0)
	q.add(1, "p", []string{"a", "b"})
	if due, ok := q.next(now.Add(-1)); ok {
		t.Errorf("before anything failed: %v", due)
	}
	for _, a := range q.start(now) {
		if a.hook == "b" {
			now = now.Add(time.Second)
		}
		q.ended(a, false, now)
	}
	if due, ok := q.next(now); !ok || !due.Equal(time.Unix(10, 0)) {
		t.Errorf("next %v, %v, want the earlier of two, at 10 s", due, ok)
	}
	if due, ok := q.next(time.Unix(10, 0)); !ok || !due.Equal(time.Unix(11, 0)) {
		t.Errorf("next after 10 s %v, %v, want at 11 s", due, ok)
	}
}

func TestRetryAfter(t *testing.T) {
	got := []time.Duration{retryAfter(5*time.Second, 1), retryAfter(5*time.Second, 2)}
	if want := []time.Duration{5 * time.Second, 20 * time.Second}; !slices.Equal(got, want) {
		t.Errorf("waits %v, want %v", got, want)
	}
}

// TestQueueForgets: nothing is left of events that are over.
func TestQueueForgets(t *testing.T) {
	q, now := newQueue(time.Second), time.Unix(0, 0)
	for event := range uint64(100) {
		q.add(event+1, fmt.Sprint(event%7), []string{"a", "b", "c"})
	}
	over := 0
	for range 1000 {
		for _, a := range q.start(now) {
			if _, last := q.ended(a, a.event%3 != 0, now); last {
				over++
			}
		}
		now = now.Add(time.Second)
	}
	if over != 100 || len(q.lines) != 0 || len(q.left) != 0 {
		t.Errorf("%d of 100 over, %d lines and %d events left", over, len(q.lines), len(q.left))
	}
}
