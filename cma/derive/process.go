package derive

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/assim-mesh/assim/graph"
)

// process is an entry of a tcpdiscovery document.
type process struct {
	Exe         string            `json:"exe"`
	ExeDeleted  *bool             `json:"exe_deleted"` // replaced on disk since it was started
	Cmdline     []string          `json:"cmdline"`
	UID         *int64            `json:"uid"`
	GID         *int64            `json:"gid"`
	User        string            `json:"user"`
	Group       string            `json:"group"`
	Cwd         string            `json:"cwd"`
	NetNS       string            `json:"netns"` // empty for the host's own
	ListenAddrs map[string]string `json:"listenaddrs"`
	ClientAddrs map[string]string `json:"clientaddrs"`
	ListenUDP   map[string]string `json:"listenudp"`

	name     string   // of the entry
	listens  []socket // of ListenAddrs and ListenUDP, sorted
	connects []socket // of ClientAddrs, sorted: the far ends
}

// tcpDocument is the data of a tcpdiscovery document.
type tcpDocument struct {
	procs      []process               // in the order of their names
	unreadable []string                // what the agent was not allowed to read, by class
	namespaces map[string][]netip.Addr // addresses of network namespaces other than the host's own
}

func parseTCPDiscovery(data []byte) (tcpDocument, error) {
	entries, err := object[json.RawMessage](data)
	if err != nil {
		return tcpDocument{}, err
	}
	var doc tcpDocument
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		switch name {
		case unreadable:
			err = json.Unmarshal(entries[name], &doc.unreadable)
		case namespaces:
			doc.namespaces, err = parseNamespaces(entries[name])
		default:
			var p process
			p, err = parseProcess(name, entries[name])
			doc.procs = append(doc.procs, p)
		}
		if err != nil {
			return tcpDocument{}, fmt.Errorf("entry %q: %w", name, err)
		}
	}
	return doc, nil
}

func parseNamespaces(data []byte) (map[string][]netip.Addr, error) {
	texts, err := object[[]string](data)
	if err != nil {
		return nil, err
	}
	addrs := make(map[string][]netip.Addr, len(texts))
	count := 0
	for ns, list := range texts {
		if count += len(list); count > maxAddresses {
			return nil, fmt.Errorf("more than %d addresses", maxAddresses)
		}
		for _, text := range list {
			addr, err := parseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("network namespace %q: %w", ns, err)
			}
			addrs[ns] = append(addrs[ns], addr)
		}
	}
	return addrs, nil
}

func parseProcess(name string, data []byte) (process, error) {
	p := process{name: name}
	if err := json.Unmarshal(data, &p); err != nil {
		return process{}, err
	}
	listens, err1 := parseSockets("listenaddrs", p.NetNS, p.ListenAddrs)
	udp, err2 := parseSockets("listenudp", p.NetNS, p.ListenUDP)
	connects, err3 := parseSockets("clientaddrs", p.NetNS, p.ClientAddrs)
	p.listens, p.connects = sorted(append(listens, udp...)), sorted(connects)
	return p, errors.Join(err1, err2, err3)
}

func (p process) labels() []string {
	var labels []string
	if len(p.connects) > 0 {
		labels = append(labels, graph.Client)
	}
	if len(p.listens) > 0 {
		labels = append(labels, graph.Service)
	}
	return labels
}

func (p process) props() graph.Props {
	props := graph.Props{}
	setText(props, "exe", p.Exe)
	setText(props, "name", processName(p.Exe, p.Cmdline))
	if len(p.Cmdline) > 0 {
		props["cmdline"] = p.Cmdline
	}
	setText(props, "user", p.User)
	setText(props, "group", p.Group)
	setText(props, "cwd", p.Cwd)
	setText(props, "netns", p.NetNS)
	set(props, "exe_deleted", p.ExeDeleted)
	set(props, "uid", p.UID)
	set(props, "gid", p.GID)
	return props
}

// processName is what people call the process: the name it was called by or gives itself, since one
// program may serve under several (Debian's redis-server is a link to redis-check-rdb); else that of
// its program.
//
//	/usr/bin/python3 app.py   python3
//	nginx: master process     nginx
//	-bash                     bash
func processName(exe string, cmdline []string) string {
	if len(cmdline) > 0 {
		called, _, _ := strings.Cut(cmdline[0], " ") // a title that it gave itself is one argument
		called = strings.Trim(path.Base(called), "-:")
		if called != "" && called != "." && called != "/" && !strings.ContainsFunc(called, notInName) {
			return called
		}
	}
	if exe == "" {
		return ""
	}
	return path.Base(exe)
}

func notInName(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._+-@", r)
}
