package report

import (
	"cmp"
	"encoding/json"
	"slices"
)

// linksPath is where the cache has the document of type linkdiscovery.
const linksPath = "@linkdiscovery"

// Link is a cable between a host and a switch, as LLDP or CDP told of it.
type Link struct {
	Interface string `json:"interface"`
	Switch    string `json:"switch"` // its name, or its chassis id if it doesn't say one
	Port      string `json:"port"`
}

// parseLinks reads {"eth0": {"ChassisId": "...", "SystemName": "...", "PortId": "..."}}, sorted by
// interface. Interfaces without a neighbour are passed over.
func parseLinks(text string) ([]Link, error) {
	var document map[string]struct {
		ChassisID  string `json:"ChassisId"`
		SystemName string `json:"SystemName"`
		PortID     string `json:"PortId"`
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return nil, err
	}
	var links []Link
	for name, l := range document {
		if l.ChassisID == "" && l.SystemName == "" {
			continue
		}
		links = append(links, Link{Interface: name, Switch: cmp.Or(l.SystemName, l.ChassisID), Port: l.PortID})
	}
	slices.SortFunc(links, func(a, b Link) int { return cmp.Compare(a.Interface, b.Interface) })
	return links, nil
}
