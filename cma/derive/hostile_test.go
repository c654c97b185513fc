package derive

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/discovery"
)

// TestHostile: what a broken or hostile host says is refused by name or stays in its own part of the
// graph: what the others' documents said stays word for word as it was.
func TestHostile(t *testing.T) {
	const injection = "x'}) DETACH DELETE n //"
	listeners := make([]string, 100_000)
	for i := range listeners {
		listeners[i] = fmt.Sprintf(`"10.%d.%d.%d:%d":"tcp"`, i>>16, i>>8&255, i&255, 1+i%50_000)
	}
	tests := []struct {
		name, refused string // by an error that contains it; empty for taken
		said          said
	}{
		{"an address that can't be", `"192.0.2.300/24" is not an address`, said{"evil", "netconfig", `{"eth0":{"ipaddrs":{"192.0.2.300/24":{}}}}`}},
		{"the unspecified address", `"0.0.0.0/0" is not an address`, said{"evil", "netconfig", `{"eth0":{"ipaddrs":{"0.0.0.0/0":{}}}}`}},
		{"an address of everyone", "", said{"evil", "netconfig", `{"eth0":{"ipaddrs":{"224.0.0.1/4":{}}}}`}},
		{"a hundred thousand listeners", "more than 100000 nodes", said{"evil", "tcpdiscovery", `{"many:1":{"listenaddrs":{` + strings.Join(listeners, ",") + `}}}`}},
		{"names that are Cypher", "", said{"evil", "tcpdiscovery", `{"` + injection + `":{"exe":"` + injection + `","cmdline":["` + injection + `"]}}`}},
		{"mounts that are Cypher", "", said{"evil", "mounts", `{"/` + injection + `":{"source":"` + injection + `","fstype":"nfs"}}`}},
		{"packages that are Cypher", "", said{"evil", "packages", `{"deb":{"` + injection + `::` + injection + `":"` + injection + `"}}`}},
		{"keys with separators", "", said{"evil", "tcpdiscovery", `{"a|b%7Cc":{"exe":"a"}}`}},
		{"another's listener", "", said{"evil", "tcpdiscovery", `{"redis:1":{"exe":"redis","listenaddrs":{"192.0.2.9:6379":"tcp"}}}`}},
		{"another's container", "", said{"evil", "docker", `{"containers":{"id-db1":{"Name":"/db1"},"id-db1|docker|1a2b":{},"../id-db1":{}}}`}},
		{"a container of itself", "", said{"evil", "docker", `{"containers":{"id-evil":{"Name":"/evil"}}}`}},
		{"a container in a container", "", said{"evil docker/a", "docker", `{"containers":{"a":{},"b":{}}}`}},
		{"a path of containers", "", said{"evil docker/a/docker/b", "docker", `{"containers":{"a":{}}}`}},
		{"another host's ports", "", said{"evil", "__LinkDiscovery", `{"ChassisId":"other","ports":{"1":{"ConnectsToHost":"db1","ConnectsToInterface":"eth0"}}}`}},
		{"another host's addresses seen", "", said{"evil", "arpcache", `{"192.0.2.9":{"mac":"02:fc:00:00:00:66","nic":"eth0"}}`}},
		{"an unprintable link-layer address", "link-layer address", said{"evil", "arpcache", `{"192.0.2.9":{"mac":"\u001b[31m","nic":"eth0"}}`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.told(seal(t, netconfigOf("db1", "192.0.2.9/24"), 1),
				seal(t, processOf("db1", "redis", `"listenaddrs":{"0.0.0.0:6379":"tcp"}`), 2),
				seal(t, said{"db1", "docker", `{"containers":{"1a2b":{"Name":"/shop"}}}`}, 3),
				seal(t, processOf("app1", "app", `"clientaddrs":{"192.0.2.9:6379":"tcp"}`), 4))
			before := strings.Split(w.dump(), "\n")
			w.told(seal(t, netconfigOf("evil", "192.0.2.66/24"), 5))
			_, err := w.hears(seal(t, tt.said, 6))
			if tt.refused == "" && err != nil || tt.refused != "" && (err == nil || !strings.Contains(err.Error(), tt.refused)) {
				t.Errorf("%v, want %q", err, tt.refused)
			}
			after := strings.Split(w.dump(), "\n")
			for _, line := range before {
				if !slices.Contains(after, line) {
					t.Errorf("it took\n%s", line)
				}
			}
			for _, row := range w.rows(`MATCH (c:Container)-[:RUNS_ON]->(h:Host) RETURN c.key, h.key`) {
				if c, h, _ := strings.Cut(row, " "); !strings.HasPrefix(c, h+"|") {
					t.Errorf("container %q runs on %q", c, h)
				}
			}
			if got := w.rows(dependencies); len(got) != 1 || got[0] != "app1 app uses db1 redis" {
				t.Errorf("dependencies %q, want that of app1 alone", got)
			}
		})
	}
}

// BenchmarkDerive derives the documents of one host with 100 processes, 300 sockets and 800 packages.
func BenchmarkDerive(b *testing.B) {
	procs := make([]string, 100)
	for i := range procs {
		procs[i] = fmt.Sprintf(`"program%d:%032x":{"exe":"/usr/sbin/program%d","cmdline":["/usr/sbin/program%d","--config","/etc/program/%d.conf"],
			"uid":0,"gid":0,"user":"root","group":"root","cwd":"/","listenaddrs":{"192.0.2.1:%d":"tcp"},"clientaddrs":{"192.0.2.%d:5432":"tcp","127.0.0.1:%d":"tcp"}}`,
			i, i, i, i, i, 1000+i, i, 1000+i)
	}
	packages := make([]string, 800)
	for i := range packages {
		packages[i] = fmt.Sprintf(`"lib-of-some-name%d::amd64":"1.%d.2-3+deb12u1"`, i, i)
	}
	all := []said{
		{"web1", "netconfig", `{` + loopback + `,"eth0":{"address":"02:fc:00:00:00:01","default_gw":true,"gateways":["192.0.2.254"],"mtu":1500,"ipaddrs":{"192.0.2.1/24":{},"2001:db8::1/64":{},"fe80::1/64":{}}}}`},
		{"web1", "tcpdiscovery", `{` + strings.Join(procs, ",") + `}`},
		{"web1", "packages", `{"deb":{` + strings.Join(packages, ",") + `}}`},
		{"web1", "os", `{"Description":"Debian GNU/Linux 12 (bookworm)","Release":"12"}`},
		{"web1", "resolvers", `{"nameservers":["192.0.2.53","192.0.2.54"]}`},
		{"web1", "mounts", `{"/":{"source":"/dev/vda","fstype":"ext4"},"/home":{"source":"nas:/home","fstype":"nfs4","options":{"addr":"192.0.2.9"}}}`},
	}
	w := &world{held: map[documentID]discovery.Document{}}
	for i, s := range all {
		doc := seal(b, s, uint64(i+1))
		w.held[documentID{doc.HostID, doc.Instance}] = doc
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, doc := range w.held {
			if _, err := Derive(doc, w.sameHost(doc.HostID)); err != nil {
				b.Fatal(err)
			}
		}
	}
}
