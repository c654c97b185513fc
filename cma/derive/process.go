package derive

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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
