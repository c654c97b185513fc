package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/draw"
)

// wire is an interface of a host, with one of its addresses and one of its ports.
type wire struct {
	Host, NIC, Name, MAC               string
	Carrier                            *bool
	Speed                              *int64 // Mbit/s
	Address, Subnet, CIDR              string
	Port, PortName, Switch, SwitchName string
	SwitchStatus                       string
}

func askWires(ctx context.Context, ask graphQuery, hosts []string) ([]wire, bool, error) {
	return fetch[wire](ctx, ask, `UNWIND $hosts AS key
MATCH (h:Host {key: key})-[:HAS_NIC]->(n:NIC)
OPTIONAL MATCH (n)<-[:ON]-(i:IP)
OPTIONAL MATCH (i)-[:IN]->(s:Subnet)
OPTIONAL MATCH (n)-[:WIRED_TO]->(o:Port)-[:PART_OF]->(w:Switch)
RETURN {host: key, nic: n.key, name: n.name, mac: n.mac, carrier: n.carrier, speed: n.speed,
        address: i.address, subnet: s.key, cidr: s.cidr, port: o.key, portname: o.name, switch: w.key, switchname: w.name, switchstatus: w.status}
ORDER BY key, n.name, n.key, i.address, s.key, o.key, w.key`, maxLines, map[string]any{"hosts": hosts})
}

// askNear asks for the hosts that share a subnet or a switch with others, these included. Subnets of one
// host only, such as that of its containers, join nobody.
func askNear(ctx context.Context, ask graphQuery, hosts []string) ([]string, bool, error) {
	return fetch[string](ctx, ask, `CALL {
  UNWIND $hosts AS key MATCH (:Host {key: key})-[:HAS_NIC]->(:NIC)<-[:ON]-(:IP)-[:IN]->(s:Subnet)
  WHERE NOT s.key STARTS WITH 'host:'
  WITH DISTINCT s MATCH (s)<-[:IN]-(:IP)-[:ON]->(:NIC)-[:PART_OF]->(o:Host) RETURN o
  UNION
  UNWIND $hosts AS key MATCH (:Host {key: key})-[:HAS_NIC]->(:NIC)-[:WIRED_TO]->(:Port)-[:PART_OF]->(w:Switch)
  WITH DISTINCT w MATCH (w)<-[:PART_OF]-(:Port)<-[:WIRED_TO]-(:NIC)-[:PART_OF]->(o:Host) RETURN o
}
RETURN DISTINCT o.key AS host ORDER BY host`, maxDrawn, map[string]any{"hosts": hosts})
}

func viewNetwork(ctx context.Context, client *api.Client, what []string, depth int) (draw.Picture, error) {
	return drawNetwork(ctx, client.Query, what, depth)
}

// drawNetwork draws hosts with their interfaces, and the switches, subnets and gateways that join them.
// Each step beyond the first adds the hosts that share a subnet or a switch.
func drawNetwork(ctx context.Context, ask graphQuery, what []string, depth int) (draw.Picture, error) {
	keys, moreHosts, err := hostsAround(ctx, ask, what, depth)
	if err != nil {
		return draw.Picture{}, err
	}
	hosts, more, err := askHosts(ctx, ask, keys)
	if err != nil {
		return draw.Picture{}, err
	}
	keys = keysOf(hosts, func(h hostFacts) string { return h.Key })
	wires, moreWires, err := askWires(ctx, ask, keys)
	if err != nil {
		return draw.Picture{}, err
	}
	needs, moreNeeds, err := askNeeds(ctx, ask, keys)
	if err != nil {
		return draw.Picture{}, err
	}
	at, err := askRisks(ctx, ask)
	if err != nil {
		return draw.Picture{}, err
	}
	p := networkPicture(hosts, wires, needs, at)
	p.Title = titleOf("Network", what)
	leftOut(&p, more || moreHosts, "hosts", maxDrawn)
	leftOut(&p, moreWires, "interfaces and addresses", maxLines)
	leftOut(&p, moreNeeds, "dependencies", maxLines)
	return p, nil
}

// hostsAround returns the keys of hosts within depth steps of what is named; nil means all.
func hostsAround(ctx context.Context, ask graphQuery, what []string, depth int) (keys []string, more bool, err error) {
	if len(what) == 0 {
		return nil, false, nil
	}
	found, err := find(ctx, ask, what)
	if err != nil {
		return nil, false, err
	}
	around, more, err := askProcesses(ctx, ask, &places{processes: found.processes}, 0)
	if err != nil {
		return nil, false, err
	}
	keys = append(found.hosts, keysOf(around, func(p processFacts) string { return p.Host })...)
	for range depth - 1 {
		near, cut, err := askNear(ctx, ask, keys)
		if err != nil {
			return nil, false, err
		}
		keys, more = append(keys, near...), more || cut
		slices.Sort(keys)
		keys = slices.Compact(keys)
	}
	return keys, more, nil
}

// network is a picture of it while it is made.
type network struct {
	draw.Picture
	at   map[string]int      // boxes by id
	ends map[string]draw.End // rows by the key of an interface or a port
	seen map[[2]draw.End]bool
}

func networkPicture(hosts []hostFacts, wires []wire, needs []hostNeed, at risks) draw.Picture {
	n := network{at: map[string]int{}, ends: map[string]draw.End{}, seen: map[[2]draw.End]bool{}}
	n.Legend = []draw.Look{wireLook, needLook, groupLook}
	for _, h := range hosts {
		n.box(h.box(at))
	}
	for _, w := range wires {
		n.wire(w)
	}
	for _, need := range needs {
		if need.ofNetwork() {
			n.need(need)
		}
	}
	judge(&n.Picture)
	return n.Picture
}

// box adds a box unless there is one of its ID, and returns which it is.
func (n *network) box(b draw.Box) *draw.Box {
	i, known := n.at[b.ID]
	if !known {
		i = len(n.Boxes)
		n.at[b.ID] = i
		n.Boxes = append(n.Boxes, b)
	}
	return &n.Boxes[i]
}

// row adds a row to a box unless there is one of that key, and returns it with its end.
func (n *network) row(b *draw.Box, key string, r draw.Row) (*draw.Row, draw.End) {
	end, known := n.ends[key]
	if !known {
		b.Rows = append(b.Rows, r)
		end = draw.End{Box: b.ID, Row: len(b.Rows)}
		n.ends[key] = end
	}
	return &b.Rows[end.Row-1], end
}

// join draws a line once.
func (n *network) join(from, to draw.End, look draw.Look, label string) {
	if key := [2]draw.End{from, to}; !n.seen[key] && from.Box != to.Box {
		n.seen[key] = true
		n.Edges = append(n.Edges, draw.Edge{From: from, To: to, Look: look, Label: label})
	}
}

func isLoopback(address string) bool { return strings.HasPrefix(address, "127.") || address == "::1" }

// wire draws one address and one port of an interface.
func (n *network) wire(w wire) {
	if isLoopback(w.Address) {
		return
	}
	row, nic := n.row(n.box(draw.Box{ID: w.Host, Title: w.Host}), w.NIC, w.row())
	if w.Address != "" && !slices.Contains(row.Details, w.Address) {
		row.Details = append(row.Details, w.Address)
		if row.Aside == "" {
			row.Aside = w.Address
		}
	}
	if w.Subnet != "" && !strings.HasPrefix(w.Subnet, "host:") {
		subnet := n.box(draw.Box{ID: graph.Subnet + w.Subnet, Kind: draw.Subnet, Title: w.CIDR})
		n.join(nic, draw.End{Box: subnet.ID}, wireLook, "")
	}
	if w.Switch != "" {
		sw := n.box(draw.Box{ID: graph.Switch + w.Switch, Kind: draw.Switch, Title: cmp.Or(w.SwitchName, w.Switch), State: stateOf(w.SwitchStatus), Details: []string{"chassis " + w.Switch}})
		_, port := n.row(sw, w.Port, draw.Row{Kind: draw.Port, Label: cmp.Or(w.PortName, w.Port[strings.LastIndex(w.Port, "|")+1:])})
		n.join(port, nic, wireLook, "")
	}
}

// row draws the interface; one without carrier is down.
func (w wire) row() draw.Row {
	r := draw.Row{Kind: draw.Interface, Label: cmp.Or(w.Name, w.NIC)}
	if w.Carrier != nil && !*w.Carrier {
		r.State = draw.Shutdown
		r.Details = append(r.Details, "no carrier")
	}
	if w.MAC != "" {
		r.Details = append(r.Details, "MAC "+w.MAC)
	}
	if w.Speed != nil && *w.Speed > 0 {
		r.Details = append(r.Details, fmt.Sprintf("%d Mbit/s", *w.Speed))
	}
	return r
}

// need draws a gateway or a switch that a host depends on. One that an interface in the picture has is
// that interface.
func (n *network) need(need hostNeed) {
	to, shown := n.ends[need.NIC]
	switch {
	case shown:
	case need.Kind == graph.Switch:
		return // the wires lead there
	default:
		to = draw.End{Box: n.box(draw.Box{ID: need.Kind + need.Key, Kind: draw.Address, Title: need.Name}).ID}
	}
	n.join(draw.End{Box: need.Host}, to, need.look(), need.Group)
}
