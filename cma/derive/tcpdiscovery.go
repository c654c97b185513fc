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

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// unreadable is the entry of a tcpdiscovery document that is no process: what the agent was not
// allowed to read, by class.
const unreadable = "unreadable"

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

	name     string   // of the entry
	listens  []socket // of ListenAddrs, sorted
	connects []socket // of ClientAddrs, sorted: the far ends
}

// socket is one end of a connection as a network namespace of the host sees it.
type socket struct {
	netns    string
	addr     netip.Addr
	port     uint16
	protocol string // tcp, udp
}

func deriveTCPDiscovery(facts *assertions, doc discovery.Document, sameHost SameHost) error {
	procs, notRead, err := parseTCPDiscovery(doc.Data)
	if err != nil {
		return err
	}
	if len(notRead) > 0 {
		facts.node(graph.Document, facts.document.Key, graph.Props{unreadable: notRead})
	}
	addresses := addresses{hostID: doc.HostID}
	if netconfig, ok := sameHost("netconfig"); ok {
		// What is wrong with the netconfig document is said when it is derived itself.
		if nics, err := parseNetconfig(netconfig.Data); err == nil {
			addresses = newAddresses(doc.HostID, nics)
		}
	}
	refs := make([]graph.Ref, len(procs))
	for i, p := range procs {
		refs[i] = facts.node(graph.Process, key(doc.HostID, p.NetNS, p.name), p.props(), p.labels()...)
		facts.rel(refs[i], graph.RunsOn, facts.host)
		for _, s := range p.connects {
			facts.rel(refs[i], graph.ConnectsTo, facts.endpoint(addresses, s))
		}
	}
	for s, providers := range provided(procs, addresses) {
		for _, i := range providers {
			facts.rel(facts.endpoint(addresses, s), graph.ProvidedBy, refs[i])
		}
		if facts.full() {
			break
		}
	}
	return nil
}

// endpoint asserts the Endpoint that both sides of a connection come to.
func (a *assertions) endpoint(addresses addresses, s socket) graph.Ref {
	scope := addresses.scope(s.addr, s.netns)
	ref := a.node(graph.Endpoint, key(scope, s.addr.String(), fmt.Sprint(s.port), s.protocol), graph.Props{
		"address": s.addr.String(), "port": int64(s.port), "protocol": s.protocol,
	})
	if !s.addr.IsUnspecified() {
		a.rel(ref, graph.At, a.ip(scope, s.addr))
	}
	return ref
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

// parseTCPDiscovery returns the processes in the order of their names, and what could not be read.
func parseTCPDiscovery(data []byte) (procs []process, notRead []string, err error) {
	entries, err := object[json.RawMessage](data)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		if name == unreadable {
			err = json.Unmarshal(entries[name], &notRead)
		} else {
			var p process
			p, err = parseProcess(name, entries[name])
			procs = append(procs, p)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("entry %q: %w", name, err)
		}
	}
	return procs, notRead, nil
}

func parseProcess(name string, data []byte) (process, error) {
	p := process{name: name}
	if err := json.Unmarshal(data, &p); err != nil {
		return process{}, err
	}
	var errListens, errConnects error
	p.listens, errListens = parseSockets("listenaddrs", p.NetNS, p.ListenAddrs)
	p.connects, errConnects = parseSockets("clientaddrs", p.NetNS, p.ClientAddrs)
	return p, errors.Join(errListens, errConnects)
}

// parseSockets reads {"192.0.2.1:80": "tcp", "[2001:db8::1]:80": "tcp"}. Linux' names for protocols
// over IPv6 and IPv4 addresses in IPv6 form come to what they are without IPv6.
func parseSockets(field, netns string, addrs map[string]string) ([]socket, error) {
	sockets := make([]socket, 0, len(addrs))
	for text, protocol := range addrs {
		ap, err := netip.ParseAddrPort(text)
		if err != nil || ap.Port() == 0 {
			return nil, fmt.Errorf("%s: %q is not an address and port", field, text)
		}
		protocol = strings.TrimSuffix(protocol, "6")
		if protocol != "tcp" && protocol != "udp" {
			return nil, fmt.Errorf("%s: %q: unknown protocol %q", field, text, protocol)
		}
		sockets = append(sockets, socket{netns: netns, addr: ap.Addr().Unmap().WithZone(""), port: ap.Port(), protocol: protocol})
	}
	slices.SortFunc(sockets, socket.compare)
	return slices.Compact(sockets), nil
}
