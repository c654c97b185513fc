package alert

import (
	"strings"
	"testing"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// TestMessageOfMove: what a hook is told of an address that moved.
func TestMessageOfMove(t *testing.T) {
	m := newMessage(move())
	if m.word != "update" || m.EventType != 5 || m.objectType != "IPaddrNode" || subject(move()) != "192.0.2.9" {
		t.Errorf("told %q %d %q about %q", m.word, m.EventType, m.objectType, subject(move()))
	}
	env := strings.Join(m.environment(), "\n")
	for _, want := range []string{"ASSIM_designation=192.0.2.9", "ASSIM_host=web2", "ASSIM_former_host=web1", "ASSIM_former_host_id=id-web1", "ASSIM_host_id=id-web2", "ASSIM_moves=1", "ASSIM_nodetype=IPaddrNode"} {
		if !strings.Contains(env, want) {
			t.Errorf("no %q in\n%s", want, env)
		}
	}
}

// TestMessageOfMany: what a hook is told of hosts that went down by one cause.
func TestMessageOfMany(t *testing.T) {
	tests := []struct{ segment, ring, objectType, name string }{
		{"switch:s1", "", "Switch", "s1"},
		{"switch:00:01", "r", "Switch", "00:01"},
		{"rack:r7", "", "Segment", "rack:r7"},
		{"subnet:192.0.2.0/24", "", "Segment", "subnet:192.0.2.0/24"},
		{"", "berlin 3f", "Ring", "berlin 3f"},
	}
	for _, tt := range tests {
		r := outage(ring.SwitchDown)
		r.Segment, r.Ring, r.Hosts = tt.segment, tt.ring, 400
		m := newMessage(r)
		if m.word != "down" || m.objectType != tt.objectType || m.Object["designation"] != tt.name || m.Object["nodetype"] != tt.objectType {
			t.Errorf("%+v: told %q %q %v", tt, m.word, m.objectType, m.Object)
		}
		env := strings.Join(m.environment(), "\n")
		for _, want := range []string{"ASSIM_hosts=web1 web2", "ASSIM_host_ids=id-web1 id-web2", "ASSIM_host_count=400", "ASSIM_incident=i", "ASSIM_status=down", "ASSIM_reason=switch down"} {
			if !strings.Contains(env, want) {
				t.Errorf("%+v: no %q in\n%s", tt, want, env)
			}
		}
		if strings.Contains(env, "ASSIM_host_id=") || strings.Contains(env, "ASSIM_boot=") {
			t.Errorf("%+v: one host among many in\n%s", tt, env)
		}
	}
}
