package derive

import (
	"encoding/json"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// vagrant gives the Host its guests:
//
//	{"containers": {"1a2b3c4": {"name": "default", "provider": "virtualbox", "directory": "/srv/box"}}}
func vagrant() derivation {
	return derivation{types: []string{"vagrant"}, derive: deriveVagrant}
}

func deriveVagrant(facts *assertions, doc discovery.Document, _ SameHost) error {
	var data struct {
		Containers map[string]struct {
			Name      string `json:"name"`
			Provider  string `json:"provider"`
			Directory string `json:"directory"`
			State     string `json:"state"`
		} `json:"containers"`
	}
	if err := json.Unmarshal(doc.Data, &data); err != nil {
		return err
	}
	for id, c := range data.Containers {
		if id == "" {
			return errNoID
		}
		props := graph.Props{}
		setText(props, "name", c.Name)
		setText(props, "provider", c.Provider)
		setText(props, "directory", c.Directory)
		setText(props, "state", c.State)
		facts.container(vagrantKind, id, props)
		if facts.full() {
			return nil
		}
	}
	return nil
}
