package alert

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// message is what a hook is told of an event.
type message struct {
	Object    map[string]any `json:"associatedobject"`
	EventType int            `json:"eventtype"` // Assimilation's number of the word
	Extra     map[string]any `json:"extrainfo"`

	word       string // Assimilation's: "up", "down" or "update"
	objectType string // what the event is about
}

// newMessage tells of an event that changed the status of its subject or of many hosts, or moved an address.
func newMessage(r api.EventRecord) message {
	m := message{word: "down", EventType: 2, objectType: "Drone", Object: object(r), Extra: extra(r)}
	if r.Status == "up" {
		m.word, m.EventType = "up", 1
	}
	switch {
	case r.Kind == ring.AddressMoved:
		m.word, m.EventType, m.objectType = "update", 5, "IPaddrNode"
		m.Object["designation"], m.Object["host"], m.Object["status"] = r.Address, r.HostName, "up"
		maps.Copy(m.Extra, moved(r))
	case r.Incident != "":
		m.objectType, m.Object["designation"] = common(r)
		m.Object["status"], m.Object["reason"] = m.word, string(r.Kind)
		maps.Copy(m.Extra, many(r))
	default:
		maps.Copy(m.Extra, one(r))
	}
	m.Object["nodetype"] = m.objectType
	return m
}

// subject names what an event is about: hooks are told of that in the order in which it happened.
func subject(r api.EventRecord) string {
	switch {
	case r.Kind == ring.AddressMoved:
		return r.Address
	case r.Incident != "":
		return r.Incident
	}
	return string(r.Subject.ID)
}

// common returns the type and the name of what the hosts of an event of many have in common.
func common(r api.EventRecord) (objectType, name string) {
	kind, name, _ := strings.Cut(r.Segment, ":")
	switch kind {
	case "":
		return "Ring", r.Ring
	case "switch":
		return "Switch", name
	}
	return "Segment", r.Segment
}

func object(r api.EventRecord) map[string]any {
	at := time.UnixMilli(r.ReceivedMS).UTC().Format(time.RFC3339)
	o := map[string]any{
		"domain":      "global",
		"designation": r.HostName, "status": r.Status, "reason": string(r.Kind),
		"statustime": r.ReceivedMS, "time_status_ms": r.ReceivedMS, "iso8601": at, "time_status_iso8601": at,
	}
	if r.State != "" {
		o["reason"] = string(r.State)
	}
	if ip, port, err := net.SplitHostPort(r.Subject.Addr); err == nil {
		o["listenaddr"], o["primary_ip_addr"], o["port"] = r.Subject.Addr, ip, port
	}
	return o
}

func extra(r api.EventRecord) map[string]any {
	return map[string]any{"event_id": r.ID, "event_kind": string(r.Kind), "event_number": r.Number, "witnesses": r.Witnesses}
}

// one is what is said besides of an event about one host.
func one(r api.EventRecord) map[string]any {
	e := map[string]any{"host_id": string(r.Subject.ID), "boot": r.Subject.Boot, "epoch": r.Subject.Epoch}
	if r.Kind == ring.Dead {
		seconds := make([]string, len(r.SecondedBy))
		for i, id := range r.SecondedBy {
			seconds[i] = string(id)
		}
		e["silent_ms"], e["seconded_by"] = r.SilentMS, seconds
	}
	return e
}

// moved is what is said besides of an address that another host has.
func moved(r api.EventRecord) map[string]any {
	return map[string]any{
		"host_id": string(r.Subject.ID), "former_host": r.Other.Name, "former_host_id": string(r.Other.ID), "moves": r.Returns,
	}
}

// many is what is said besides of an event about many hosts.
func many(r api.EventRecord) map[string]any {
	e := map[string]any{"incident": r.Incident, "host_count": r.Hosts}
	names, ids := make([]string, len(r.Members)), make([]string, len(r.Members))
	for i, m := range r.Members {
		names[i], ids[i] = m.Name, string(m.ID)
	}
	e["hosts"], e["host_ids"] = names, ids
	if r.Segment != "" {
		e["segment"] = r.Segment
	}
	if r.Ring != "" {
		e["ring"] = r.Ring
	}
	return e
}

// environment lists all that is said as "ASSIM_name=value", sorted.
func (m message) environment() []string {
	var env []string
	for _, said := range []map[string]any{m.Object, m.Extra} {
		for _, name := range slices.Sorted(maps.Keys(said)) {
			value := fmt.Sprint(said[name])
			if list, ok := said[name].([]string); ok {
				value = strings.Join(list, " ")
			}
			env = append(env, "ASSIM_"+name+"="+value)
		}
	}
	slices.Sort(env)
	return env
}
