package cachebench

import (
	"encoding/json"
	"fmt"
)

// component is a node of the tree that lshw prints as JSON.
type component struct {
	ID       string      `json:"id"`
	Class    string      `json:"class"`
	Product  string      `json:"product,omitempty"`
	Vendor   string      `json:"vendor,omitempty"`
	Serial   string      `json:"serial,omitempty"`
	Size     int64       `json:"size,omitempty"` // bytes
	Units    string      `json:"units,omitempty"`
	Children []component `json:"children,omitempty"`
}

// lshw is what lshw -json prints on the machine, shortened: some 5 KB.
func (m *machine) lshw() []byte {
	board := component{ID: "core", Class: "bus", Product: fmt.Sprintf("X%d", 9+m.tier%3), Vendor: "Example Systems", Serial: hex(m.own, 12)}
	memory := component{ID: "memory", Class: "memory", Size: int64(m.memory) << 30, Units: "bytes"}
	for bank := range 16 {
		memory.Children = append(memory.Children, component{ID: fmt.Sprintf("bank:%d", bank), Class: "memory", Product: "DDR4 3200",
			Vendor: []string{"Samsung", "Micron", "SK Hynix"}[m.own.IntN(3)], Serial: hex(m.own, 8), Size: int64(m.memory) << 26, Units: "bytes"})
	}
	board.Children = append(board.Children, memory)
	for _, name := range m.interfaces[:3] {
		board.Children = append(board.Children, component{ID: "network:" + name, Class: "network", Product: "Ethernet Controller 10G X550T",
			Vendor: "Intel Corporation", Serial: fmt.Sprintf("02:%s:%s:%s", hex(m.own, 2), hex(m.own, 2), hex(m.own, 2))})
	}
	for disk := range 2 + m.tier%6 {
		board.Children = append(board.Children, component{ID: fmt.Sprintf("disk:%d", disk), Class: "disk", Product: "SSDSC2KB960G8",
			Vendor: "Intel", Serial: "BTYF" + hex(m.own, 14), Size: 960 << 30, Units: "bytes"})
	}
	return document(component{ID: m.name, Class: "system", Product: "Server", Vendor: "Example Systems", Serial: uuid(m.own), Children: []component{board}})
}

type installed struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Arch    string `json:"arch"`
}

// packages lists those of the machine: all have the first ones, each role has some, and a few are older
// than elsewhere. Some 20 KB.
func (m *machine) packages() []byte {
	var list []installed
	for n := range 240 {
		name := fmt.Sprintf("lib%s%d", []string{"crypto", "curl", "ssl", "xml", "sys", "py", "perl", "krb"}[n%8], n)
		if n >= 160 {
			name = fmt.Sprintf("%s-tools-%d", m.role, n)
		}
		patch := n % 7
		if m.own.IntN(40) == 0 {
			patch--
		}
		list = append(list, installed{name, fmt.Sprintf("%d.%d.%d-%d", 1+n%4, n%13, max(0, patch), 1+len(m.kernel.release)%5), "amd64"})
	}
	return document(map[string]any{"source": "dpkg", "packages": list})
}

// document is JSON with a value a line, as lshw prints it.
func document(v any) []byte {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		panic(err) // all of it can be JSON
	}
	return append(text, '\n')
}
