package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cma/api"
)

// sitesPassword is the one of all cache servers of scripts.
const sitesPassword = "secret"

// scriptSites are the sites of one script, each with in-process servers. Its commands are:
//
//	site NAME [SERVERS]          starts a site, of 1 server; $SITES is a configuration that names all of them
//	put SITE HOST PATH FILE      writes FILE's content as what HOST has at PATH; "-": a notice instead
//	stale SITE HOST HOURS        makes HOST one that was last heard so long ago
//	raw SITE SERVER COMMAND...   tells a server, from 0, a Redis command
//	halt SITE SERVER             ends a server
type scriptSites struct {
	names   []string
	servers map[string][]*scriptServer
	puts    uint64
}

type scriptServer struct {
	cache.Server
	stop func()
}

// sitesKey is that of a script's *scriptSites.
type sitesKey struct{}

func sitesOf(ts *testscript.TestScript) *scriptSites { return ts.Value(sitesKey{}).(*scriptSites) }

func startSite(ts *testscript.TestScript, neg bool, args []string) {
	s, servers := sitesOf(ts), 1
	if len(args) == 2 {
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		servers = n
	}
	for range servers {
		local, err := cache.NewLocalServer("127.0.0.1:0", sitesPassword)
		ts.Check(err)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			local.Run(ctx)
		}()
		stop := func() { cancel(); <-done }
		ts.Defer(stop)
		s.servers[args[0]] = append(s.servers[args[0]], &scriptServer{cache.Server{Addr: local.Addr(), Password: sitesPassword}, stop})
	}
	s.names = append(s.names, args[0])
	s.configure(ts)
}

// configure writes what assim needs to know of the sites.
func (s *scriptSites) configure(ts *testscript.TestScript) {
	fleet, password, file := ts.MkAbs("sites-fleet.json"), ts.MkAbs("sites-password"), ts.MkAbs("sites.yaml")
	if !isFile(fleet) {
		ts.Check(api.NewFleet(nil).Write(fleet))
	}
	ts.Check(os.WriteFile(password, []byte(sitesPassword), 0o600))
	var text strings.Builder
	fmt.Fprintf(&text, "fleet: %s\ncma: https://127.0.0.1:1\nsites:\n", fleet)
	for _, name := range s.names {
		fmt.Fprintf(&text, "  - name: %s\n    caches:\n", name)
		for _, server := range s.servers[name] {
			fmt.Fprintf(&text, "      - {addr: %q, password-file: %s}\n", server.Addr, password)
		}
	}
	ts.Check(os.WriteFile(file, []byte(text.String()), 0o600))
	ts.Setenv("SITES", file)
}

func putRow(ts *testscript.TestScript, neg bool, args []string) {
	s := sitesOf(ts)
	s.puts++
	row := cache.Snapshot{Host: args[1], Path: args[2], Stat: "-rw-r--r-- root root", HostID: "id of " + args[1], Boot: 1, Seq: s.puts,
		Changed: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	if args[3] == "-" {
		row.Notice = "too large"
	} else {
		row.Content = []byte(ts.ReadFile(args[3]))
	}
	for _, server := range s.servers[args[0]] {
		client := cache.Dial(server.Server, cache.Config{})
		_, err := client.Put(context.Background(), row)
		client.Close()
		ts.Check(err)
	}
}

func makeStale(ts *testscript.TestScript, neg bool, args []string) {
	hours, err := strconv.Atoi(args[2])
	ts.Check(err)
	heard := time.Now().Add(-time.Duration(hours) * time.Hour).UnixMilli()
	for i := range sitesOf(ts).servers[args[0]] {
		tellServer(ts, neg, []string{args[0], strconv.Itoa(i), "ZADD", "hosts", strconv.FormatInt(heard, 10), args[1]})
	}
}

func tellServer(ts *testscript.TestScript, neg bool, args []string) {
	server := serverOf(ts, args)
	client := redis.NewClient(&redis.Options{Addr: server.Addr, Password: server.Password, Protocol: 2, DisableIdentity: true})
	defer client.Close()
	var command []any
	for _, arg := range args[2:] {
		command = append(command, arg)
	}
	ts.Check(client.Do(context.Background(), command...).Err())
}

func haltServer(ts *testscript.TestScript, neg bool, args []string) { serverOf(ts, args).stop() }

func serverOf(ts *testscript.TestScript, args []string) *scriptServer {
	i, err := strconv.Atoi(args[1])
	ts.Check(err)
	return sitesOf(ts).servers[args[0]][i]
}
