package cma

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// TestManifest: what a host no longer names goes from the graph, and what the CMA lacks comes again.
func TestManifest(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	netconfig := seal(t, "db1", "netconfig", 1, 1, raw(netconfigOf, 1))
	listener := seal(t, "db1", "tcpdiscovery", 1, 2, raw(`{"redis:1":{"exe":"/usr/bin/redis-server","listenaddrs":{"0.0.0.0:6379":"tcp"}}}`))
	s.send(t, netconfig, listener)
	s.settle(t)
	const endpoints = "MATCH (e:Endpoint) RETURN count(e)"
	if got := s.rows(t, api.Query{Cypher: endpoints}); got == "[0]" {
		t.Error("no endpoints to begin with")
	}
	m := api.Manifest{HostID: "id-db1", Host: "db1", Boot: 1, Sequence: 2, Instances: map[string]string{"netconfig": netconfig.Hash, "os": "1"}}
	lacking, err := s.client.SendManifest(t.Context(), m)
	if err != nil || strings.Join(lacking.Instances, " ") != "os" || strings.Join(lacking.Unknown, " ") != "tcpdiscovery" {
		t.Errorf("lacking %+v, %v, want os lacking and tcpdiscovery unknown", lacking, err)
	}
	s.settle(t)
	if got := s.rows(t, api.Query{Cypher: endpoints}); got != "[0]" {
		t.Errorf("%s endpoints once their document is withdrawn", got)
	}
	if got := s.rows(t, api.Query{Cypher: statuses}); got != `["db1","up",null,1,0,true]` {
		t.Errorf("in the graph %s, want db1 up", got)
	}
	// The addresses are withdrawn: what is derived with them is derived again.
	again := listener
	again.Seq = 3
	s.send(t, again)
	s.settle(t)
	reachable := "MATCH (e:Endpoint {address: '192.0.2.1'}) RETURN count(e)"
	if got := s.rows(t, api.Query{Cypher: reachable}); got != "[1]" {
		t.Errorf("%s endpoints at 192.0.2.1, want 1", got)
	}
	m.Sequence, m.Instances = 3, map[string]string{"tcpdiscovery": listener.Hash}
	if lacking, err = s.client.SendManifest(t.Context(), m); err != nil || len(lacking.Instances) != 0 || strings.Join(lacking.Unknown, " ") != "netconfig" {
		t.Errorf("lacking %+v, %v, want netconfig unknown", lacking, err)
	}
	s.settle(t)
	if got := s.rows(t, api.Query{Cypher: reachable}); got != "[0]" {
		t.Errorf("%s endpoints at 192.0.2.1 once the host no longer says that it has it", got)
	}
}

func TestRingViews(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	if views, err := s.client.Ring(t.Context()); err != nil || views == nil || len(views) != 0 {
		t.Errorf("ring %v, %v, want an empty list", views, err)
	}
	for _, host := range []string{"zoo", "ant"} {
		v := api.RingView{HostID: "id-" + host, Host: host, Boot: 1, Watching: []ring.Member{{ID: "id-x", Name: "x", Boot: 1, Addr: "192.0.2.1:1"}}}
		if err := s.client.SendRingView(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	views, err := s.client.Ring(t.Context())
	if err != nil || len(views) != 2 || views[0].Host != "ant" || views[1].Watching[0].Addr != "192.0.2.1:1" {
		t.Errorf("ring %+v, %v, want ant and zoo", views, err)
	}
}

// TestManifestsRefused: what a nanoprobe of ours would not send.
func TestManifestsRefused(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	s.send(t, seal(t, "web1", "os", 1, 1, raw(`{}`)))
	many := map[string]string{}
	for i := range api.MaxManifest + 1 {
		many[string(rune(i))] = ""
	}
	tests := []struct {
		m      api.Manifest
		status int
		want   string
	}{
		{api.Manifest{HostID: "id", Host: "a#b", Boot: 1}, http.StatusBadRequest, `"a#b"`},
		{api.Manifest{HostID: "id", Host: "a"}, http.StatusBadRequest, "boot 0"},
		{api.Manifest{HostID: "id", Host: "a", Boot: 1, Instances: many}, http.StatusRequestEntityTooLarge, "4097 instances, at most 4096"},
		{api.Manifest{HostID: "id-clone", Host: "web1", Boot: 1}, http.StatusConflict, `host name "web1" is taken`},
	}
	for _, tt := range tests {
		_, err := s.client.SendManifest(t.Context(), tt.m)
		checkRefusal(t, err, tt.status, tt.want)
	}
	neighbours := make([]ring.Member, api.MaxNeighbours+1)
	for want, v := range map[string]api.RingView{
		"9 neighbours, at most 8": {HostID: "id", Host: "a", Boot: 1, Watching: neighbours},
		"host is empty":           {HostID: "id", Host: "a", Boot: 1, Watching: neighbours[:1]},
		"boot 0":                  {HostID: "id", Host: "a"},
	} {
		checkRefusal(t, s.client.SendRingView(t.Context(), v), 0, want)
	}
	checkRefusal(t, s.client.SendRingView(t.Context(), api.RingView{HostID: "id-clone", Host: "web1", Boot: 1}), http.StatusConflict, "is taken")
	stored := s.send(t, seal(t, "web1", "@state", 1, 2, raw(`{"status":"dead"}`)))
	if len(stored.Refused) != 1 || !strings.Contains(stored.Refused[0].Reason, "the CMA alone says that") {
		t.Errorf("a status that a nanoprobe sends: %+v, want it refused", stored)
	}
}

// checkRefusal wants an answer with a status, unless 0, that says want.
func checkRefusal(t *testing.T, err error, status int, want string) {
	t.Helper()
	var got *api.Error
	if !errors.As(err, &got) || status != 0 && got.Status != status || !strings.Contains(got.Message, want) {
		t.Errorf("%v, want %d with %q", err, status, want)
	}
}
