package derive

import (
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
)

// mount is a file system somewhere in the tree.
type mount struct {
	Source  string                     `json:"source"`
	FSType  string                     `json:"fstype"`
	Options map[string]json.RawMessage `json:"options"` // true for one without a value
}

// servers returns the sockets to which a network file system is connected, sorted: of several any one
// will do. Of a server that has but a name nothing is guessed.
func (m mount) servers() []socket {
	switch m.FSType {
	case "nfs", "nfs4": // server:/export, [2001:db8::1]:/export
		host, _, _ := strings.Cut(m.Source, ":/")
		return m.server(strings.Trim(host, "[]"), 2049)
	case "cifs", "smb3": // //server/share
		host, _, _ := strings.Cut(strings.TrimPrefix(m.Source, "//"), "/")
		return m.server(host, 445)
	case "ceph": // 192.0.2.1:6789,192.0.2.2:6789:/, or the monitors apart: 192.0.2.1:6789/192.0.2.2:6789
		monitors, _, _ := strings.Cut(m.Source, ":/")
		return parseMonitors(monitors + "," + m.option("mon_addr"))
	}
	return nil
}

// server returns the one server, whose address the kernel says as an option; host is its name in the
// source, which may be an address too.
func (m mount) server(host string, port uint16) []socket {
	if p, err := strconv.ParseUint(m.option("port"), 10, 16); err == nil && p != 0 {
		port = uint16(p)
	}
	for _, text := range []string{m.option("addr"), host} {
		if addr, err := parseAddr(text); err == nil {
			return []socket{{addr: addr, port: port, protocol: "tcp"}}
		}
	}
	return nil
}

// parseMonitors returns what among names is an address and port.
func parseMonitors(text string) []socket {
	var monitors []socket
	for _, name := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '/' }) {
		ap, err := netip.ParseAddrPort(name)
		if err != nil || ap.Port() == 0 {
			continue
		}
		if addr, err := parseAddr(ap.Addr().String()); err == nil {
			monitors = append(monitors, socket{addr: addr, port: ap.Port(), protocol: "tcp"})
		}
	}
	return sorted(monitors, "")
}

// option returns the value of an option as text.
func (m mount) option(name string) string {
	var text string
	if json.Unmarshal(m.Options[name], &text) == nil {
		return text
	}
	return string(m.Options[name]) // a number
}
