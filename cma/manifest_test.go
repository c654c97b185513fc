package cma

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

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
		{api.Manifest{HostID: "id", Host: "a", Boot: 1, Segments: make([]string, 9)}, http.StatusBadRequest, "9 segments, at most 8"},
		{api.Manifest{HostID: "id", Host: "a", Boot: 1, Key: make([]byte, 33)}, http.StatusBadRequest, "key of 33 bytes"},
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
		"9 rings, at most 8":      {HostID: "id", Host: "a", Boot: 1, Rings: make([]api.RingMember, api.MaxRings+1)},
		"of level 33 with":        {HostID: "id", Host: "a", Boot: 1, Rings: []api.RingMember{{Level: 33}}},
		"of level -1 with":        {HostID: "id", Host: "a", Boot: 1, Rings: []api.RingMember{{Level: -1}}},
		"with 321 members":        {HostID: "id", Host: "a", Boot: 1, Rings: []api.RingMember{{Members: 321}}},
		"with -1 members":         {HostID: "id", Host: "a", Boot: 1, Rings: []api.RingMember{{Members: -1}}},
		"256 bytes, at most 255":  {HostID: "id", Host: "a", Boot: 1, Rings: []api.RingMember{{Label: strings.Repeat("x", 256)}}},
		"not KIND:VALUE":          {HostID: "id", Host: "a", Boot: 1, Segments: []string{"rack"}},
		"key of 31 bytes":         {HostID: "id", Host: "a", Boot: 1, Key: make([]byte, 31)},
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

// FuzzView: whatever a host says of its rings, it is refused or comes back as it was said.
func FuzzView(f *testing.F) {
	key := keyOf(1)
	b, err := json.Marshal(api.RingView{
		HostID: "id", Host: "a", Boot: 1, Epoch: 2, Addr: "192.0.2.1:7946", Watching: []ring.Member{{ID: "x", Name: "x", Boot: 1}},
		Rings: []api.RingMember{{Level: 1, Name: "r", Label: "assim/2/1/8-00/1", Members: 9, Office: "deputy"}}, Segments: []string{"rack:r7"}, Key: public(key),
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"host_id":"i","host":"h","boot":1}`))
	j := newJournal(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		var v api.RingView
		if json.Unmarshal(b, &v) != nil || validateView(v) != nil {
			return
		}
		v.HostID, v.Host, v.Boot = "id", "a", v.Boot&7+1 // one host, lest the journal fills up
		result, err := j.PutRingView(v, time.UnixMilli(1))
		if err != nil || result.Outcome == Refused {
			t.Fatalf("%+v, %v", result, err)
		}
		views, err := j.Ring("", 9)
		if v.ReceivedMS = 1; err != nil || len(views) != 1 || result.Outcome == Kept && asJSON(t, views[0]) != asJSON(t, v) {
			t.Errorf("%+v, %v, want %+v", views, err, v)
		}
	})
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := api.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
