package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph/embedded"
	"github.com/assim-mesh/assim/nanoprobe"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// ringFleet is a CMA and three nanoprobes, web1 to web3, that watch each other on loopback.
type ringFleet struct {
	config string // file for --config
	client *api.Client
	keys   map[string]ed25519.PrivateKey // of the hosts, by name
	self   map[string]ring.Member        // as the rings know them
}

func startRingFleet(t *testing.T) *ringFleet {
	t.Helper()
	dir, logger := t.TempDir(), slog.New(slog.DiscardHandler)
	own, err1 := cma.Init(dir, time.Now())
	journal, err2 := cma.OpenJournal(filepath.Join(dir, "journal.db"))
	store, err3 := embedded.Open(filepath.Join(dir, "graph.db"), logger)
	listener, err4 := net.Listen("tcp", "127.0.0.1:0")
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { errors.Join(store.Close(), journal.Close()) })
	server, err := cma.New(cma.Config{
		Listener: listener, Installation: own, Journal: journal, Store: store, Logger: logger, Rand: rand.New(rand.NewPCG(1, 1)),
	})
	if err != nil {
		t.Fatal(err)
	}
	runUntilEnd(t, server.Run)
	f := &ringFleet{config: filepath.Join(dir, "assim.yaml"), keys: map[string]ed25519.PrivateKey{}, self: map[string]ring.Member{}}
	text := fmt.Sprintf("fleet: %s\ncma: https://%s\n", filepath.Join(dir, cma.FleetFile), listener.Addr())
	if err := os.WriteFile(f.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if f.client, err = api.Dial("https://"+listener.Addr().String(), own.Fleet, api.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.client.Close)
	f.startHosts(t, own.Fleet, logger)
	return f
}

func (f *ringFleet) startHosts(t *testing.T, fleet api.Fleet, logger *slog.Logger) {
	t.Helper()
	var seeds []string
	for i, name := range []string{"web1", "web2", "web3"} {
		seed, err := freePort()
		if err != nil {
			t.Fatal(err)
		}
		identity, err := nanoprobe.LoadIdentity(t.TempDir(), t.TempDir(), "id-of-"+name, name, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		f.keys[name] = identity.Key
		f.self[name] = ring.Member{ID: ring.HostID(identity.HostID), Name: name, Addr: seed, Boot: identity.Boot}
		probe, err := nanoprobe.New(nanoprobe.Config{
			Host: discovery.Host{Dir: t.TempDir()}, Identity: identity, Labels: nanoprobe.Labels{"rack": "r7"},
			CMAs: []*api.Client{f.client}, Rand: rand.New(rand.NewPCG(2, uint64(i))), Logger: logger,
			Ring: &nanoprobe.Ring{Bind: seed, Seeds: seeds, Key: fleet.RingKey(), Profile: ring.Local(), Group: "north"},
		})
		if err != nil {
			t.Fatal(err)
		}
		runUntilEnd(t, probe.Run)
		seeds = append(seeds, seed)
	}
}

// freePort is an address that was free a moment ago, for UDP and TCP.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// runUntilEnd runs a daemon; all of them are told to end at once.
func runUntilEnd(t *testing.T, run func(context.Context) error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- run(t.Context()) }()
	t.Cleanup(func() {
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

// assim runs a command and returns its output.
func (f *ringFleet) assim(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), append(args, "--config", f.config), nil, &stdout, &stderr); status != exitOK && status != exitNothing {
		t.Fatalf("assim %q: exit status %d\n%s", args, status, &stderr)
	}
	return stdout.String()
}

// until runs a command until its output matches.
func (f *ringFleet) until(t *testing.T, pattern string, args ...string) string {
	t.Helper()
	want := regexp.MustCompile(pattern)
	deadline := time.Now().Add(20 * time.Second)
	for {
		out := f.assim(t, args...)
		if want.MatchString(out) {
			return out
		}
		if time.Now().After(deadline) {
			t.Fatalf("assim %q says for 20 s\n%s\nwant %q", args, out, pattern)
		}
		time.Sleep(100 * time.Millisecond) // hosts tell of a change within 2 s
	}
}

// TestRingOfAFleet: the commands show a real ring, a death in it as it is told, and who told it.
func TestRingOfAFleet(t *testing.T) {
	f := startRingFleet(t)
	table := f.until(t, `(?s)north  level 0, of hosts, 3 members\n.*web1 +web2 web3 +web2 web3.*\nweb2 +web1 web3 +web1 web3.*\nweb3 +web1 web2 +web1 web2`, "ring")
	if strings.Contains(table, "!") {
		t.Errorf("something is found wrong:\n%s", table)
	}
	text := f.assim(t, "ring", "--draw", "--ring", "north")
	if !strings.HasPrefix(text, "ring north  level 0, of hosts, 3 members\n  ╭ ") || strings.Count(text, "\n") != 4 {
		t.Errorf("picture:\n%s", text)
	}
	if nothing := f.assim(t, "ring", "--ring", "south"); nothing != "" {
		t.Errorf("of a ring that there is not:\n%s", nothing)
	}
	var places []place
	if err := json.Unmarshal([]byte(f.assim(t, "ring", "--json")), &places); err != nil {
		t.Fatal(err)
	}
	if len(places) != 3 || fmt.Sprint(places[0].Watches, places[0].WatchedBy, places[0].Segments) != "[web2 web3] [web2 web3] [rack:r7]" {
		t.Errorf("places %+v", places)
	}
	f.follow(t)
	f.until(t, `(?s)^web3 is dead: host dead.*web3 is dead: host dead, silent for 4\.2 s; seen by web1\n.*heard it last at about .*web2 could not reach it either.*got no answer`,
		"ring", "doctor", "web3")
	o := options{config: f.config}
	if dead, err := o.deadHosts(t.Context()); err != nil || len(dead) != 1 || !dead["web3"] {
		t.Errorf("a search takes %v for dead, want web3: %v", dead, err)
	}
	o.config = filepath.Join(t.TempDir(), "none.yaml")
	if dead, err := o.deadHosts(t.Context()); err == nil || dead != nil {
		t.Errorf("without a CMA a search takes %v for dead, want none: %v", dead, err)
	}
}

// follow has web1 report the death of web3, and reads of it on the other side.
func (f *ringFleet) follow(t *testing.T) {
	t.Helper()
	out, in := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"ring", "--follow", "--config", f.config}, nil, in, io.Discard)
		in.Close()
	}()
	lines := make(chan string)
	go func() {
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			lines <- scanner.Text()
		}
		close(lines)
	}()
	// It tells what comes after it has begun, so there has to be more until it tells of something.
	for n, begun := uint64(1), false; !begun; n++ {
		f.report(t, ring.Event{Kind: ring.LinkUp, Subject: ring.Member{ID: "id-of-web9", Name: "web9", Addr: "192.0.2.9:1", Boot: n}, Number: 1000 + n})
		select {
		case line := <-lines:
			begun = strings.Contains(line, "web9 can be reached again")
		case <-time.After(100 * time.Millisecond):
		}
	}
	f.report(t, ring.Event{
		Kind: ring.Dead, Subject: f.self["web3"], State: ring.HostDead, SilentMS: 4200, Dial: "silence",
		Asked: []ring.HostID{f.self["web2"].ID}, SecondedBy: []ring.HostID{f.self["web2"].ID}, Number: 5000,
	})
	const want = "Z  web3 is dead: host dead, silent for 4.2 s; seen by web1"
	for line := range lines {
		if strings.HasSuffix(line, want) {
			break
		}
		if !strings.Contains(line, "web9") {
			t.Errorf("told %q, want the end %q", line, want)
			break
		}
	}
	cancel()
	for range lines { // until it has ended
	}
	if status := <-done; status != exitInterrupted {
		t.Errorf("interrupted, it ends with status %d, want %d", status, exitInterrupted)
	}
}

// report has web1 report an event.
func (f *ringFleet) report(t *testing.T, e ring.Event) {
	t.Helper()
	e.Witness = f.self["web1"].ID
	stored, err := f.client.SendEvents(t.Context(), api.Events{Events: []ring.Event{e.Sign(f.keys["web1"])}})
	if err != nil || len(stored.Refused) > 0 {
		t.Fatalf("%+v, %v", stored, err)
	}
}
