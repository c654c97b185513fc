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

// objectType is what Assimilation calls a host with a nanoprobe.
const objectType = "Drone"

// message is what a hook is told of an event.
type message struct {
	Object    map[string]any `json:"associatedobject"`
	EventType int            `json:"eventtype"` // Assimilation's number of the word
	Extra     map[string]any `json:"extrainfo"`

	word string // Assimilation's: "up" or "down"
}

// newMessage tells of an event that changed its subject's status.
func newMessage(r api.EventRecord) message {
	m := message{word: "down", EventType: 2, Object: object(r), Extra: extra(r)}
	if r.Status == "up" {
		m.word, m.EventType = "up", 1
	}
	return m
}

func object(r api.EventRecord) map[string]any {
	at := time.UnixMilli(r.ReceivedMS).UTC().Format(time.RFC3339)
	o := map[string]any{
		"nodetype": objectType, "domain": "global",
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
	e := map[string]any{
		"event_id": r.ID, "event_kind": string(r.Kind), "event_number": r.Number,
		"host_id": string(r.Subject.ID), "boot": r.Subject.Boot, "epoch": r.Subject.Epoch, "witnesses": r.Witnesses,
	}
	if r.Kind == ring.Dead {
		seconds := make([]string, len(r.SecondedBy))
		for i, id := range r.SecondedBy {
			seconds[i] = string(id)
		}
		e["silent_ms"], e["seconded_by"] = r.SilentMS, seconds
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
