package derive

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// process is an entry of a tcpdiscovery document.
type process struct {
	name       string // of the entry
	exe        string
	exeDeleted *bool // replaced on disk since it was started
	cmdline    []string
	uid, gid   *int64
	user       string
	group      string
	cwd        string
	netns      string   // empty for the host's own
	listens    []socket // over TCP and UDP, sorted
	connects   []socket // sorted: the far ends
}

// tcpDocument is the data of a tcpdiscovery document.
type tcpDocument struct {
	procs      []process               // in the order of their names
	unreadable []string                // what the agent was not allowed to read, by class
	namespaces map[string][]netip.Addr // addresses of network namespaces other than the host's own
}

func parseTCPDiscovery(data []byte) (tcpDocument, error) {
	var doc tcpDocument
	if err := checkJSON(data); err != nil {
		return doc, err
	}
	entries, err := members(data)
	if err != nil {
		return doc, err
	}
	for name, value := range entries {
		switch string(name) {
		case discovery.UnreadableKey:
			doc.unreadable, err = textsOf(value)
		case discovery.NamespacesKey:
			doc.namespaces, err = parseNamespaces(value)
		default:
			var p process
			p, err = parseProcess(string(name), value)
			doc.procs = append(doc.procs, p)
		}
		if err != nil {
			return tcpDocument{}, fmt.Errorf("entry %q: %w", name, err)
		}
	}
	slices.SortFunc(doc.procs, func(p, q process) int { return strings.Compare(p.name, q.name) })
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
	fields, err := members(data)
	if err != nil {
		return process{}, err
	}
	for field, value := range fields {
		if err := p.read(field, value); err != nil {
			return process{}, fmt.Errorf("%s: %w", field, err)
		}
	}
	p.listens, p.connects = sorted(p.listens, p.netns), sorted(p.connects, p.netns)
	return p, nil
}

// read reads a field. One of another name is for others.
func (p *process) read(field, value []byte) (err error) {
	switch string(field) {
	case "exe":
		p.exe, err = textOf(value)
	case "exe_deleted":
		err = json.Unmarshal(value, &p.exeDeleted)
	case "cmdline":
		p.cmdline, err = textsOf(value)
	case "uid":
		p.uid, err = intOf(value)
	case "gid":
		p.gid, err = intOf(value)
	case "user":
		p.user, err = textOf(value)
	case "group":
		p.group, err = textOf(value)
	case "cwd":
		p.cwd, err = textOf(value)
	case "netns":
		p.netns, err = textOf(value)
	case "listenaddrs", "listenudp":
		p.listens, err = appendSockets(p.listens, value)
	case "clientaddrs":
		p.connects, err = appendSockets(p.connects, value)
	}
	return err
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
	setText(props, "exe", p.exe)
	setText(props, "name", processName(p.exe, p.cmdline))
	if len(p.cmdline) > 0 {
		props["cmdline"] = p.cmdline
	}
	setText(props, "user", p.user)
	setText(props, "group", p.group)
	setText(props, "cwd", p.cwd)
	setText(props, "netns", p.netns)
	set(props, "exe_deleted", p.exeDeleted)
	set(props, "uid", p.uid)
	set(props, "gid", p.gid)
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
