package derive

import (
	"slices"
	"strings"

	"github.com/assim-mesh/assim/discovery"
)

// place is where a document holds.
type place struct {
	known    bool   // else it is neither of the following, and no more is derived than of any document
	kind, id string // of the container or guest, empty for the host itself
}

// placeOf reads a document's proxy, as Assimilation's scripts write it: "local/local" or nothing for
// the host itself, "docker/1a2b" for a container. There is one level of these: a container has no way
// to speak of another, nor of another host.
func placeOf(proxy string) place {
	if proxy == "" || proxy == "local/local" {
		return place{known: true}
	}
	kind, id, _ := strings.Cut(proxy, "/")
	if id == "" || strings.Contains(id, "/") || !slices.Contains([]string{dockerKind, vagrantKind}, kind) {
		return place{}
	}
	return place{known: true, kind: kind, id: id}
}

// ProxyOf returns the container or guest in which doc holds, "" for the host itself.
func ProxyOf(doc discovery.Document) string {
	if p := placeOf(doc.Proxy); p.known && p.kind == "" {
		return ""
	}
	return doc.Proxy
}
