package derive

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// link is what a switch says of itself by LLDP or CDP, and of those of its ports that the host hangs on.
type link struct {
	ChassisID    string                `json:"ChassisId"`
	Name         string                `json:"SystemName"`
	Description  string                `json:"SystemDescription"`
	Address      string                `json:"ManagementAddress"`
	Manufacturer string                `json:"manufacturer"`
	Model        string                `json:"model"`
	Ports        map[string]switchPort `json:"ports"` // keys are port ids
}

type switchPort struct {
	Interface   string `json:"ConnectsToInterface"`
	Description string `json:"PortDescription"`
	PVID        *int64 `json:"pvid"`   // the VLAN of frames without a tag, by LLDP
	VLAN        *int64 `json:"VlanId"` // the same by CDP
	VLANName    string `json:"vlan_name"`
}

// links wires the Host's interfaces to the ports of a switch and makes the host depend on that, in one
// group for all the slaves of a bond:
//
//	{"ChassisId": "00-01-30-f9-ad-a0", "SystemName": "rack7", "ports": {"1/1": {"ConnectsToInterface": "eth0"}}}
//
// To which host the switch believes that a port leads is passed over: a host speaks for itself.
func links() derivation {
	return derivation{types: []string{"__LinkDiscovery"}, derive: deriveLinks, needs: []string{"netconfig"}}
}

func deriveLinks(facts *assertions, doc discovery.Document, sameHost SameHost) error {
	var l link
	if err := json.Unmarshal(doc.Data, &l); err != nil {
		return err
	}
	if len(l.Ports) == 0 {
		return nil
	}
	if l.ChassisID == "" {
		return errors.New("ChassisId is empty")
	}
	chassis := canonicalID(l.ChassisID)
	theSwitch := facts.node(graph.Switch, key(chassis), l.props())
	wired := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(l.Ports)) { // a port's id may stand there in two forms
		p := l.Ports[id]
		if id == "" || p.Interface == "" {
			return fmt.Errorf("port %q, interface %q: both are needed", id, p.Interface)
		}
		port := facts.node(graph.Port, key(chassis, canonicalID(id)), p.props(id))
		facts.rel(port, graph.PartOf, theSwitch)
		facts.rel(facts.nic(p.Interface, nil), graph.WiredTo, port)
		wired[p.Interface] = true
		if facts.full() {
			return nil
		}
	}
	facts.dependsOnSwitch(theSwitch, wired, interfacesOf(sameHost, ProxyOf(doc)))
	return nil
}

// dependsOnSwitch says what depends on a switch that these interfaces are wired to. As many slaves of a
// bond as lead to this one switch are one of its group.
func (a *assertions) dependsOnSwitch(theSwitch nodeID, wired map[string]bool, nics map[string]nic) {
	here := map[string]int{} // how many of a bond's slaves lead to this switch
	bonds := bondsOf(nics)
	for name := range wired {
		if bond, ok := bonds[name]; ok {
			here[bond]++
		} else {
			a.dependsOn(theSwitch, "switches of "+name, 1)
		}
	}
	for bond, n := range here {
		a.dependsOn(theSwitch, "switches of "+bond, len(nics[bond].slaves)-n+1)
	}
}

// bondsOf returns the bond of every interface that is a slave of one.
func bondsOf(nics map[string]nic) map[string]string {
	bonds := map[string]string{}
	for _, bond := range slices.Sorted(maps.Keys(nics)) {
		for _, slave := range nics[bond].slaves {
			if _, taken := bonds[slave]; !taken {
				bonds[slave] = bond
			}
		}
	}
	return bonds
}

func (l link) props() graph.Props {
	props := graph.Props{"chassis": canonicalID(l.ChassisID)}
	setText(props, "name", l.Name)
	setText(props, "description", l.Description)
	setText(props, "address", l.Address)
	setText(props, "manufacturer", l.Manufacturer)
	setText(props, "model", l.Model)
	return props
}

func (p switchPort) props(id string) graph.Props {
	props := graph.Props{"name": canonicalID(id)}
	setText(props, "description", p.Description)
	set(props, "vlan", p.VLAN)
	set(props, "vlan", p.PVID)
	setText(props, "vlan_name", p.VLANName)
	return props
}

// canonicalID is the id of a chassis or port in one form, so that all its neighbours name it alike:
// that of LLDP may be a link-layer address, which is written in several.
func canonicalID(id string) string {
	if mac, err := net.ParseMAC(id); err == nil {
		return mac.String()
	}
	return id
}
