package derive

import (
	"encoding/json"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// osRelease gives the Host its os, os_release, codename, kernel and arch, as far as they are known.
func osRelease() derivation {
	return derivation{types: []string{"os"}, derive: deriveOS}
}

func deriveOS(facts *assertions, doc discovery.Document, _ SameHost) error {
	var data struct {
		Description string `json:"Description"` // "Debian GNU/Linux 12 (bookworm)"
		Release     string `json:"Release"`     // "12"
		Codename    string `json:"Codename"`    // "bookworm"
		Kernel      string `json:"kernel-release"`
		Machine     string `json:"machine"` // "x86_64"
	}
	if err := json.Unmarshal(doc.Data, &data); err != nil {
		return err
	}
	props := graph.Props{}
	setText(props, "os", data.Description)
	setText(props, "os_release", data.Release)
	setText(props, "codename", data.Codename)
	setText(props, "kernel", data.Kernel)
	setText(props, "arch", data.Machine)
	facts.more(facts.host, props)
	return nil
}
