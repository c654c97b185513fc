package cma

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestJournalLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	openJournal(t, path)
	if _, err := OpenJournal(path); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Errorf("second open: %v, want ErrLocked with the path", err)
	}
}

func TestJournalOtherFormat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no bbolt file\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJournal(path); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), path) {
		t.Errorf("text file: %v, want ErrFormat with the path", err)
	}
}

// TestJournalDamage opens copies of a journal that were cut short or altered anywhere: each is refused
// as damaged, or holds what the original held.
func TestJournalDamage(t *testing.T) {
	dir := t.TempDir()
	original := filepath.Join(dir, "journal.db")
	j := openJournal(t, original)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		junk := make([]byte, rng.IntN(3000))
		for k := range junk {
			junk[k] = 'a' + byte(rng.IntN(26))
		}
		mustPut(t, j, time.Now(), seal(t, fmt.Sprint("host", i%7), fmt.Sprint("instance", i%20), 1, uint64(i+1), string(junk)))
	}
	for i := range 20 {
		mustPutEvents(t, j, time.Now(), say(t, fmt.Sprint("host", i%7), fmt.Sprintf("dead@%d link@%[1]d", i+1))...)
	}
	want := contents(t, j)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, altered []byte) (refused bool) {
		path := filepath.Join(dir, "altered.db")
		if err := os.WriteFile(path, altered, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := OpenJournal(path)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v, want ErrDamaged or ErrFormat with the path", name, err)
			}
			return true
		}
		defer j.Close()
		if got := contents(t, j); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: opened with other contents", name)
		}
		return false
	}
	for range 40 {
		n := rng.IntN(len(whole))
		check(fmt.Sprintf("cut at %d", n), whole[:n]) // the end of the file is not in use yet
	}
	refused := 0
	for range 150 {
		altered := append([]byte(nil), whole...)
		at := rng.IntN(len(altered))
		altered[at] ^= 1 << rng.IntN(8)
		if check(fmt.Sprintf("bit flipped at %d", at), altered) {
			refused++
		}
	}
	if refused < 15 { // most of the file is free pages
		t.Errorf("%d of 150 flips noticed: the test reaches nothing", refused)
	}
}

func contents(t *testing.T, j *Journal) (all []any) {
	t.Helper()
	events, err := j.Events(0, 1<<20)
	if err != nil {
		t.Error(err)
	}
	alerts, err := j.Alerts(0, 1<<20)
	if err != nil {
		t.Error(err)
	}
	all = append(all, events, alerts)
	hosts, err := j.Hosts()
	if err != nil {
		t.Error(err)
	}
	for _, h := range hosts {
		held, err := j.Documents(h.ID, 1<<30)
		if err != nil {
			t.Error(err)
		}
		all = append(all, held)
	}
	return all
}
