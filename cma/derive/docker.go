package derive

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// docker gives the Host its containers, as "docker inspect" describes them:
//
//	{"containers": {"1a2b": {"Name": "/shop", "Config": {"Image": "shop:7"}, "State": {"Status": "running"}}}}
func docker() derivation {
	return derivation{types: []string{"docker"}, derive: deriveDocker}
}

func deriveDocker(facts *assertions, doc discovery.Document, _ SameHost) error {
	var data struct {
		Containers map[string]struct {
			Name   string `json:"Name"`
			Config struct {
				Image string `json:"Image"`
			} `json:"Config"`
			State struct {
				Status string `json:"Status"` // "running", "exited", ...
			} `json:"State"`
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
		setText(props, "name", strings.TrimPrefix(c.Name, "/"))
		setText(props, "image", c.Config.Image)
		setText(props, "state", c.State.Status)
		facts.container(dockerKind, id, props)
		if facts.full() {
			return nil
		}
	}
	return nil
}

var errNoID = errors.New("a container has no id")
