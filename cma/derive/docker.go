package derive

import (
	"strings"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// dockerContainer is a container as "docker inspect" describes it.
type dockerContainer struct {
	Name   string `json:"Name"`
	Config struct {
		Image string `json:"Image"`
	} `json:"Config"`
	State struct {
		Status string `json:"Status"` // "running", "exited", ...
	} `json:"State"`
}

// docker gives the Host its containers:
//
//	{"containers": {"1a2b": {"Name": "/shop", "Config": {"Image": "shop:7"}, "State": {"Status": "running"}}}}
func docker() derivation {
	return derivation{types: []string{"docker"}, derive: deriveDocker}
}

func deriveDocker(facts *assertions, doc discovery.Document, _ SameHost) error {
	return deriveContainers[dockerContainer](facts, doc, dockerKind)
}

func (c dockerContainer) props() graph.Props {
	props := graph.Props{}
	setText(props, "name", strings.TrimPrefix(c.Name, "/"))
	setText(props, "image", c.Config.Image)
	setText(props, "state", c.State.Status)
	return props
}
