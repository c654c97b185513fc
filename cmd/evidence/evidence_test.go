package evidence

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// What tcpdiscovery documents say: one process and its socket, or that and another's.
const (
	client      = `{"c": {"exe": "/usr/bin/curl", "clientaddrs": {"192.0.2.2:80": "tcp"}}}`
	clientMore  = `{"c": {"exe": "/usr/bin/curl", "clientaddrs": {"192.0.2.2:80": "tcp", "192.0.2.9:443": "tcp"}}}`
	clientElse  = `{"c": {"exe": "/usr/bin/curl", "clientaddrs": {"192.0.2.9:443": "tcp"}}}`
	server      = `{"s": {"exe": "/usr/sbin/nginx", "listenaddrs": {"192.0.2.2:80": "tcp"}}}`
	serverMoved = `{"s": {"exe": "/usr/sbin/nginx", "listenaddrs": {"192.0.2.2:81": "tcp"}}}`
	broken      = `{"s": 7}`
)

func seal(t *testing.T, host, instance, data string) discovery.Document {
	t.Helper()
	d, err := discovery.Seal(discovery.Agent{Name: "tcpdiscovery"}, discovery.Envelope{
		DiscoverType: "tcpdiscovery", Instance: instance, Data: json.RawMessage(data),
	}, discovery.Origin{Host: host, HostID: "id_" + host, Boot: 1}, 1, time.UnixMilli(1))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// holding is what a CMA holds of web1 and app1, a document each of the instances and the data given.
func holding(t *testing.T, host string, documents ...string) api.HostDetail {
	detail := api.HostDetail{Host: api.Host{ID: "id_" + host, Name: host, AgeMS: 7000}}
	for i := 0; i+1 < len(documents); i += 2 {
		detail.Sealed = append(detail.Sealed, api.DocumentState{Document: seal(t, host, documents[i], documents[i+1]), ReceivedMS: int64(i + 1)})
	}
	return detail
}

func TestOf(t *testing.T) {
	name := func(host, data string) string {
		return fmt.Sprintf("id_%s/tcp@%s", host, seal(t, host, "tcp", data).Hash)
	}
	from := graph.Ref{Label: graph.Process, Key: "id_web1||c"}
	to := graph.Ref{Label: graph.Process, Key: "id_app1||s"}
	endpoint := graph.Ref{Label: graph.Endpoint, Key: "site|192.0.2.2|80|tcp"}
	resolved := Relationship{RelRef: graph.RelRef{Type: graph.DependsOn, From: from, To: to}, Endpoints: []string{endpoint.Key},
		Documents: []string{name("app1", server), name("web1", client)}}
	asserted := Relationship{RelRef: graph.RelRef{Type: graph.ConnectsTo, From: from, To: endpoint}}
	tests := []struct {
		name      string
		of        Relationship
		web1      []string // instances and data
		app1      []string
		want      string
		unreadApp bool
	}{
		{name: "both stand", of: resolved, web1: []string{"tcp", client}, app1: []string{"tcp", server}, want: "app1/tcp stands; web1/tcp stands"},
		{name: "one is renewed, one says so no more", of: resolved, web1: []string{"tcp", clientMore}, app1: []string{"tcp", serverMoved},
			want: "app1/tcp says so no more; web1/tcp stands, changed"},
		{name: "one is withdrawn, another document says so", of: resolved, web1: []string{"tcp2", client}, app1: []string{"tcp", broken},
			want: "app1/tcp says so no more; web1/tcp withdrawn; web1/tcp2 stands"},
		{name: "what is too large", of: resolved, web1: []string{"tcp", clientElse}, app1: []string{"tcp", serverMoved}, unreadApp: true,
			want: "app1/tcp changed, too large; web1/tcp says so no more"},
		{name: "asserted by itself", of: asserted, web1: []string{"tcp", client, "udp", clientElse}, app1: []string{"tcp", server}, want: "web1/tcp stands"},
		{name: "asserted by nobody now", of: asserted, web1: []string{"tcp", clientElse}, app1: []string{"tcp", server}, want: ""},
	}
	for _, tt := range tests {
		held := map[string]api.HostDetail{"id_web1": holding(t, "web1", tt.web1...), "id_app1": holding(t, "app1", tt.app1...)}
		if tt.unreadApp {
			held["id_app1"].Sealed[0].Data = json.RawMessage("null")
		}
		var got []string
		for _, d := range Of(tt.of, held) {
			got = append(got, fmt.Sprintf("%s/%s %s", d.Host, d.Instance, d.Standing))
			if d.AgeMS != 7000 || (d.ReceivedMS == 0) != (d.Standing == Withdrawn) {
				t.Errorf("%s: %+v", tt.name, d)
			}
		}
		if got := strings.Join(got, "; "); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := Of(resolved, nil); len(got) != 2 || got[0].Standing != Withdrawn || got[0].Host != "" {
		t.Errorf("of hosts that are not held: %+v", got)
	}
	if got := resolved.Hosts(); !slices.Equal(got, []string{"id_app1", "id_web1"}) {
		t.Errorf("hosts %q", got)
	}
}

func TestParse(t *testing.T) {
	for name, want := range map[string][3]string{
		"h/i@x": {"h", "i", "x"}, "h/a/b@c@x": {"h", "a/b@c", "x"}, "h/i": {"h", "i", ""}, "h": {"h", "", ""}, "": {},
	} {
		if host, instance, hash := parse(name); [3]string{host, instance, hash} != want {
			t.Errorf("%q: %q, %q, %q", name, host, instance, hash)
		}
	}
}
