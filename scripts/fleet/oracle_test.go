package fleet

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cma/derive"
	"github.com/assim-mesh/assim/discovery"
)

// The oracle of the outages is the first cache, which stays up: nanoprobes fill it on a way of its own,
// so what it has of a host's documents is what the nanoprobe had to send.

// cached returns the documents that the cache has of all hosts: data by "host instance".
func (f *fleet) cached() (map[string]any, error) {
	answer, err := askAs[found](f, firstCache, "search", "--path", "@*", "--host", "h*", "^")
	if err != nil {
		return nil, err
	}
	texts := map[string]*strings.Builder{}
	for _, hit := range answer.Hits {
		if hit.Path == cache.TimesPath { // of the nanoprobe itself, for the cache only
			continue
		}
		key := hit.Host + " " + strings.TrimPrefix(hit.Path, "@")
		if texts[key] == nil {
			texts[key] = new(strings.Builder)
		}
		fmt.Fprintln(texts[key], hit.Line)
	}
	docs := map[string]any{}
	for key, text := range texts {
		var data any
		if err := json.Unmarshal([]byte(text.String()), &data); err != nil {
			return nil, fmt.Errorf("%s in the cache: %w", key, err)
		}
		docs[key] = data
	}
	return docs, nil
}

// held returns the documents that the CMA holds of all hosts, but for its own.
func (f *fleet) held() (map[string]any, error) {
	docs := map[string]any{}
	for _, h := range f.hosts {
		detail, err := ask[api.HostDetail](f, "show", h.Name)
		if err != nil {
			return nil, err
		}
		for _, d := range detail.Sealed {
			if d.Instance == derive.StatusDocument {
				continue
			}
			var data any
			if err := json.Unmarshal(d.Data, &data); err != nil {
				return nil, err
			}
			if docs[h.Name+" "+d.Instance] = data; !d.Applied {
				return nil, fmt.Errorf("%s: %s is not in the graph", h.Name, d.Instance)
			}
		}
	}
	return docs, nil
}

// nothingMissing returns nil when the CMA holds exactly the documents of the cache, and the graph has
// exactly the listening sockets and the connections that they tell of.
func (f *fleet) nothingMissing() error {
	want, err := f.cached()
	if err != nil {
		return err
	}
	got, err := f.held()
	if err != nil {
		return err
	}
	if len(want) == 0 {
		return fmt.Errorf("the cache has no documents")
	}
	for key := range want {
		if !reflect.DeepEqual(got[key], want[key]) {
			return fmt.Errorf("%s: the CMA has %v, the cache %v", key, got[key], want[key])
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("the CMA has %d documents, the cache %d", len(got), len(want))
	}
	return f.graphHas(want)
}

const (
	listening = `MATCH (e:Endpoint)-[:PROVIDED_BY]->(p:Process)-[:RUNS_ON]->(h:Host)
RETURN h.name + ' ' + p.exe + ' ' + e.address + ':' + toString(e.port)`
	connected = `MATCH (h:Host)<-[:RUNS_ON]-(p:Process)-[:CONNECTS_TO]->(e:Endpoint)
RETURN h.name + ' ' + p.exe + ' ' + e.address + ':' + toString(e.port)`
)

func (f *fleet) graphHas(docs map[string]any) error {
	listens, connects := []string{}, []string{}
	for _, h := range f.hosts {
		b, err := json.Marshal(docs[h.Name+" tcpdiscovery"])
		if err != nil {
			return err
		}
		var processes map[string]discovery.Process
		if err := json.Unmarshal(b, &processes); err != nil {
			return err
		}
		for _, p := range processes {
			for addr := range p.ListenAddrs {
				listens = append(listens, fmt.Sprintf("[%q]", h.Name+" "+p.Exe+" "+addr))
			}
			for addr := range p.ListenUDP {
				listens = append(listens, fmt.Sprintf("[%q]", h.Name+" "+p.Exe+" "+addr))
			}
			for addr := range p.ClientAddrs {
				connects = append(connects, fmt.Sprintf("[%q]", h.Name+" "+p.Exe+" "+addr))
			}
		}
	}
	for _, side := range []struct {
		query string
		want  []string
	}{{listening, listens}, {connected, connects}} {
		got, err := f.query(side.query)
		slices.Sort(got)
		slices.Sort(side.want)
		if err != nil || !slices.Equal(got, side.want) {
			return fmt.Errorf("the graph has %q, %v, and the documents %q", got, err, side.want)
		}
	}
	return nil
}
