package derive

import (
	"fmt"
	"slices"
	"strings"
	"testing"
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
		{"a path that no index takes", `"exe": 4098 bytes, at most 4096`, said{"evil", "tcpdiscovery", `{"a:1":{"exe":"` + strings.Repeat("/x", 2049) + `"}}`}},
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
