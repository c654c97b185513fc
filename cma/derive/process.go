package derive

import (
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
	r := newReader(data)
	for name := range r.members() {
		switch name {
		case discovery.UnreadableKey:
			doc.unreadable = r.texts()
		case discovery.NamespacesKey:
			doc.namespaces = readNamespaces(r)
		default:
			doc.procs = append(doc.procs, readProcess(r, name))
		}
	}
	slices.SortFunc(doc.procs, func(p, q process) int { return strings.Compare(p.name, q.name) })
	return doc, r.end()
}

func readNamespaces(r *reader) map[string][]netip.Addr {
	addrs := map[string][]netip.Addr{}
	count := 0
	for netns := range r.members() {
		texts := r.texts()
		if count += len(texts); count > maxAddresses {
			r.fail(fmt.Errorf("more than %d addresses", maxAddresses))
			break
		}
		for _, text := range texts {
			addr, err := parseAddr(text)
			r.fail(err)
			addrs[netns] = append(addrs[netns], addr)
		}
	}
	return addrs
}

func readProcess(r *reader, name string) process {
	p := process{name: name}
	for field := range r.members() {
		switch field {
		case "exe":
			p.exe = r.text()
		case "exe_deleted":
			r.decode(&p.exeDeleted)
		case "cmdline":
			p.cmdline = r.texts()
		case "uid":
			r.decode(&p.uid)
		case "gid":
			r.decode(&p.gid)
		case "user":
			p.user = r.text()
		case "group":
			p.group = r.text()
		case "cwd":
			p.cwd = r.text()
		case "netns":
			p.netns = r.text()
		case "listenaddrs", "listenudp":
			p.listens = appendSockets(p.listens, r)
		case "clientaddrs":
			p.connects = appendSockets(p.connects, r)
		}
	}
	p.listens, p.connects = sorted(p.listens, p.netns), sorted(p.connects, p.netns)
	return p
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
