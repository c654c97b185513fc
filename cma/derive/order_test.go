package derive

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// recordedDocuments are those of a host in testdata.
func recordedDocuments(t *testing.T, host string) (all []discovery.Document) {
	t.Helper()
	for i, path := range documents(t) {
		if filepath.Base(filepath.Dir(path)) != host {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		discoverType := strings.TrimSuffix(filepath.Base(path), ".json")
		all = append(all, seal(t, said{host, discoverType, string(data)}, uint64(i+1)))
	}
	return all
}

// TestTwice: a document that is applied again changes nothing.
func TestTwice(t *testing.T) {
	w := newWorld(t)
	var all []discovery.Document
	for _, host := range []string{"bare", "bonded", "container", "debian12", "odd"} {
		all = append(all, recordedDocuments(t, host)...)
	}
	w.told(all...)
	before := w.dump()
	for _, doc := range all {
		if applied, err := w.hears(doc); err != nil || !reflect.DeepEqual(applied, graph.Applied{}) {
			t.Errorf("%s of %s once more: %+v, %v, want no change", doc.Instance, doc.Host, applied, err)
		}
	}
	if after := w.dump(); after != before {
		t.Errorf("got\n%s\nwant\n%s", after, before)
	}
}

// TestRenamed: a host under a new name has nothing left of the old one, in whatever order its documents
// come again.
func TestRenamed(t *testing.T) {
	w := newWorld(t)
	all := recordedDocuments(t, "bonded")
	w.told(all...)
	slices.Reverse(all)
	for _, doc := range all {
		doc.Host, doc.Boot = "renamed", 8
		w.told(doc)
	}
	if dump := w.dump(); strings.Contains(strings.ReplaceAll(dump, "id-bonded", ""), "bonded") {
		t.Errorf("the old name is left in\n%s", dump)
	}
	if got := w.rows(`MATCH (h:Host) WHERE NOT h:Container RETURN h.key, h.name`); !slices.Equal(got, []string{"id-bonded renamed"}) {
		t.Errorf("hosts %q, want one that is renamed", got)
	}
}

// TestShrunken: what documents no longer say is gone, and so is a host whose documents are withdrawn.
func TestShrunken(t *testing.T) {
	w, fresh := newWorld(t), newWorld(t)
	neighbour := recordedDocuments(t, "debian12")
	all := recordedDocuments(t, "bonded")
	w.told(append(slices.Clone(all), neighbour...)...)
	fresh.told(neighbour...)
	for _, doc := range all {
		empty := seal(t, said{doc.Host, doc.Instance, `{}`}, doc.Seq+100)
		w.told(empty)
		fresh.told(empty)
	}
	if got, want := w.dump(), fresh.dump(); got != want {
		t.Errorf("after documents that say nothing any more, the graph is\n%s\nwant\n%s", got, want)
	}
	for _, doc := range all {
		source := SourceOf(doc)
		source.Seq += 200
		if _, err := w.store.Apply(t.Context(), []graph.Facts{{Source: source}}); err != nil {
			t.Fatal(err)
		}
	}
	fresh = newWorld(t)
	fresh.told(neighbour...)
	if got, want := w.dump(), fresh.dump(); got != want {
		t.Errorf("after documents were withdrawn, the graph is\n%s\nwant\n%s", got, want)
	}
}

// TestAnyOrder: documents of several hosts give the same graph in any order that keeps each host's own;
// it is that of the newest ones alone.
func TestAnyOrder(t *testing.T) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 8))
		hosts := [][]discovery.Document{recordedDocuments(t, "bonded"), recordedDocuments(t, "container")}
		for h := range 4 {
			hosts = append(hosts, randomDocuments(t, rng, h, 16))
		}
		newest := newWorld(t)
		for _, docs := range hosts {
			for i, doc := range docs {
				if !slices.ContainsFunc(docs[i+1:], func(later discovery.Document) bool { return later.Instance == doc.Instance }) {
					newest.told(doc)
				}
			}
		}
		want := newest.dump()
		for order := range 2 {
			t.Run(fmt.Sprintf("seed=%d/order=%d", seed, order), func(t *testing.T) {
				w := newWorld(t)
				w.told(interleave(rng, hosts)...)
				if got := w.dump(); got != want {
					t.Errorf("the graph is\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

// interleave mixes the hosts' documents and keeps each host's in their order.
func interleave(rng *rand.Rand, hosts [][]discovery.Document) (mixed []discovery.Document) {
	var turns []int
	for h, docs := range hosts {
		turns = append(turns, slices.Repeat([]int{h}, len(docs))...)
	}
	rng.Shuffle(len(turns), func(i, j int) { turns[i], turns[j] = turns[j], turns[i] })
	next := make([]int, len(hosts))
	for _, h := range turns {
		mixed = append(mixed, hosts[h][next[h]])
		next[h]++
	}
	return mixed
}

// randomDocuments are versions of what a host says, one after another. Each host has and serves addresses
// of its own, since of two that claim one address the last to come has it (graph.Exclusive); what it
// connects to, needs and sees is anyone's.
func randomDocuments(t *testing.T, rng *rand.Rand, host, n int) (all []discovery.Document) {
	name := fmt.Sprint("h", host)
	own := func() string { return fmt.Sprintf("203.0.113.%d", 10*host+rng.IntN(3)) }
	anyone := func() string { return fmt.Sprintf("203.0.113.%d", 10*rng.IntN(4)+rng.IntN(3)) }
	sockets := func(format string, addr func() string) string {
		members := map[string]bool{} // a draw may repeat
		for range rng.IntN(4) {
			members[fmt.Sprintf(format, addr(), 80+rng.IntN(3))] = true
		}
		return strings.Join(slices.Sorted(maps.Keys(members)), ",")
	}
	listeners := func() string {
		return []string{own(), "0.0.0.0", "127.0.0.1"}[rng.IntN(3)]
	}
	for seq := range uint64(n) {
		kinds := []said{
			{name, "netconfig", fmt.Sprintf(`{%s,"bond0":{"bonding_slaves":["eth%d","eth%d"],"gateways":["%s"],"ipaddrs":{"%s/24":{},"%s/24":{}}},
				"docker0":{"bridge_id":"1","ipaddrs":{"172.17.0.1/16":{}}}}`, loopback, rng.IntN(2), rng.IntN(3), anyone(), own(), own())},
			{name, "tcpdiscovery", fmt.Sprintf(`{"a:1":{"exe":"a","listenaddrs":{%s},"clientaddrs":{%s}},"b:1":{"exe":"b","netns":"net:[1]","listenaddrs":{%s},"clientaddrs":{%s}}}`,
				sockets(`"%s:%d":"tcp"`, listeners), sockets(`"%s:%d":"tcp"`, anyone), sockets(`"%s:%d":"tcp"`, listeners), sockets(`"%s:%d":"tcp"`, anyone))},
			{name, "resolvers", fmt.Sprintf(`{"nameservers":["%s","%s"]}`, anyone(), anyone())},
			{name, "mounts", fmt.Sprintf(`{"/m%d":{"source":"nas:/","fstype":"nfs4","options":{"addr":"%s"}}}`, rng.IntN(2), anyone())},
			{name, "arpcache", fmt.Sprintf(`{"%s":{"mac":"02:fc:00:00:00:01","nic":"bond0"}}`, anyone())},
			{name, fmt.Sprint("__LinkDiscovery ", rng.IntN(2)), fmt.Sprintf(`{"ChassisId":"c%d","SystemName":"switch","ports":{"%d":{"ConnectsToInterface":"eth%d"}}}`, host, host, rng.IntN(3))},
			{name, "docker", fmt.Sprintf(`{"containers":{"c%d":{"Name":"/c"}}}`, rng.IntN(2))},
			{name + " docker/c0", "netconfig", fmt.Sprintf(`{"eth0":{"ipaddrs":{"172.17.0.%d/16":{}}}}`, 2+rng.IntN(2))},
			{name + " docker/c0", "tcpdiscovery", fmt.Sprintf(`{"a:1":{"exe":"a","listenaddrs":{"0.0.0.0:80":"tcp"},"clientaddrs":{%s}}}`, sockets(`"%s:%d":"tcp"`, anyone))},
			{name, "packages", fmt.Sprintf(`{"deb":{"bash":"%d"}}`, rng.IntN(2))},
		}
		all = append(all, seal(t, kinds[rng.IntN(len(kinds))], seq+1))
	}
	return all
}
