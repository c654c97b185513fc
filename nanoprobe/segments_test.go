package nanoprobe

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/discovery"
)

// docOf is a document of that type with data as it came from a script.
func docOf(discoverType, instance, data string) discovery.Document {
	return discovery.Document{Envelope: discovery.Envelope{DiscoverType: discoverType, Instance: instance, Data: json.RawMessage(data)}}
}

func TestSegments(t *testing.T) {
	const (
		netconfig = `{"eth0": {"ipaddrs": {"192.0.2.2/24": {}, "2001:db8::2/64": {}}}, "eth1": {"ipaddrs": {"::ffff:10.0.0.2/112": {}}}, "lo": {"ipaddrs": {"127.0.0.1/8": {}}}, "tun0": {"ipaddrs": {"198.51.100.7/32": {}}}, "down": {}}`
		bond      = `{"eth0": {"ChassisId": "00-01", "SystemName": "a"}, "eth1": {"ChassisId": "00-02"}, "eth2": {"ChassisId": "00-02"}, "eth3": {}}`
	)
	long := strings.Repeat("x", maxSegmentBytes-len("switch:"))
	inContainer := docOf("linkdiscovery", "inside", `{"eth0": {"ChassisId": "virtual"}}`)
	inContainer.Proxy = "docker/0123"
	onHost := docOf("linkdiscovery", "script", `{"eth0": {"ChassisId": "script"}}`)
	onHost.Proxy = "local/local"
	tests := []struct {
		name   string
		labels Labels
		addr   string
		docs   []discovery.Document
		want   string // separated by blanks
	}{
		{"nothing known", nil, "", nil, ""},
		{"nothing but an address", nil, "192.0.2.2:7946", nil, ""},
		{"labels", Labels{"rack": "r7", "dc": "north"}, "", nil, "dc:north rack:r7"},
		{"two switches, three cables", nil, "", []discovery.Document{docOf("linkdiscovery", "linkdiscovery", bond)}, "switch:00-01 switch:00-02"},
		{"plugged in elsewhere", nil, "", []discovery.Document{
			docOf("linkdiscovery", "linkdiscovery", bond), docOf("linkdiscovery", "linkdiscovery", `{"eth0": {"ChassisId": "00-03"}}`),
		}, "switch:00-03"},
		{"a script beside the agent", nil, "", []discovery.Document{docOf("linkdiscovery", "linkdiscovery", bond), onHost}, "switch:00-01 switch:00-02 switch:script"},
		{"a container's own view", nil, "", []discovery.Document{inContainer}, ""},
		{"another type", nil, "", []discovery.Document{docOf("os", "linkdiscovery", bond)}, ""},
		{"as long as may be", nil, "", []discovery.Document{docOf("linkdiscovery", "l", `{"e": {"ChassisId": "`+long+`"}}`)}, "switch:" + long},
		{"longer", nil, "", []discovery.Document{docOf("linkdiscovery", "l", `{"e": {"ChassisId": "`+long+`x"}}`)}, ""},
		{"not printable", nil, "", []discovery.Document{docOf("linkdiscovery", "l", `{"e": {"ChassisId": "a\u001b[2J"}}`)}, ""},
		{"IPv4", nil, "192.0.2.2:7946", []discovery.Document{docOf("netconfig", "netconfig", netconfig)}, "subnet:192.0.2.0/24"},
		{"IPv6", nil, "[2001:db8::2]:7946", []discovery.Document{docOf("netconfig", "netconfig", netconfig)}, "subnet:2001:db8::/64"},
		{"IPv4 in IPv6", nil, "[::ffff:10.0.0.2]:7946", []discovery.Document{docOf("netconfig", "netconfig", netconfig)}, "subnet:10.0.0.0/16"},
		{"loopback is everybody's", nil, "127.0.0.1:7946", []discovery.Document{docOf("netconfig", "netconfig", netconfig)}, ""},
		{"a subnet of one", nil, "198.51.100.7:7946", []discovery.Document{docOf("netconfig", "netconfig", netconfig)}, ""},
		{"behind NAT", nil, "203.0.113.1:7946", []discovery.Document{docOf("netconfig", "netconfig", netconfig)}, ""},
		{"no address", nil, "web1:7946", []discovery.Document{docOf("netconfig", "netconfig", netconfig)}, ""},
		{"a label like the switch", Labels{"switch": "00-01"}, "", []discovery.Document{docOf("linkdiscovery", "linkdiscovery", bond)}, "switch:00-01 switch:00-02"},
		{"more than there may be: subnets go first", Labels{"a": "1", "b": "2", "c": "3", "d": "4", "e": "5", "f": "6"}, "192.0.2.2:1",
			[]discovery.Document{docOf("netconfig", "netconfig", netconfig), docOf("linkdiscovery", "linkdiscovery", bond)},
			"switch:00-01 switch:00-02 a:1 b:2 c:3 d:4 e:5 f:6"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newAttachment(tt.labels)
			for _, doc := range tt.docs {
				if err := a.learn(doc); err != nil {
					t.Fatal(err)
				}
			}
			if got := a.segments(tt.addr); !slices.Equal(got, strings.Fields(tt.want)) {
				t.Errorf("segments %q, want %q", got, tt.want)
			}
		})
	}
}

// TestSegmentsKeepWhatWasGood: a document that can't be read changes nothing.
func TestSegmentsKeepWhatWasGood(t *testing.T) {
	a := newAttachment(nil)
	good := []discovery.Document{
		docOf("linkdiscovery", "linkdiscovery", `{"eth0": {"ChassisId": "00-01"}}`),
		docOf("netconfig", "netconfig", `{"eth0": {"ipaddrs": {"192.0.2.2/24": {}}}}`),
	}
	for _, doc := range good {
		if err := a.learn(doc); err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range []discovery.Document{
		docOf("linkdiscovery", "linkdiscovery", `[]`),
		docOf("linkdiscovery", "linkdiscovery", `{"eth0": {"ChassisId": 1}}`),
		docOf("netconfig", "netconfig", `{"eth0": 1}`),
		docOf("netconfig", "netconfig", `{"eth0": {"ipaddrs": {"192.0.2.2": {}}}}`),
	} {
		err := a.learn(bad)
		if want := fmt.Sprintf("document %q", bad.Instance); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error that names the %s", bad.Data, err, want)
		}
	}
	if got, want := a.segments("192.0.2.2:1"), []string{"switch:00-01", "subnet:192.0.2.0/24"}; !slices.Equal(got, want) {
		t.Errorf("segments %q, want %q", got, want)
	}
}

func TestLabelsValidate(t *testing.T) {
	many := Labels{}
	for i := range maxSegments {
		many[fmt.Sprint("l", i)] = "v"
	}
	more := maps.Clone(many)
	more["one-more"] = "v"
	for _, tt := range []struct {
		name   string
		labels Labels
		want   string // part of the error; empty: they are good
	}{
		{"none", nil, ""},
		{"as many as may be", many, ""},
		{"more", more, "9 labels, at most 8"},
		{"every character", Labels{"a-Z_0.9": "Räck 7/b"}, ""},
		{"no name", Labels{"": "x"}, `label ""`},
		{"colon in the name", Labels{"a:b": "x"}, `label "a:b"`},
		{"letter beyond ASCII", Labels{"räck": "x"}, `label "räck"`},
		{"no value", Labels{"rack": ""}, `label "rack" has the value ""`},
		{"line feed", Labels{"rack": "a\nb"}, `"a\nb"`},
		{"not UTF-8", Labels{"rack": "\xff"}, `label "rack"`},
		{"as long as may be", Labels{"rack": strings.Repeat("x", 59)}, ""},
		{"too long", Labels{"rack": strings.Repeat("x", 60)}, `label "rack"`},
	} {
		err := tt.labels.Validate()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}

// FuzzSegments: whatever a script prints, segments are few, short, printable and none is there twice.
func FuzzSegments(f *testing.F) {
	f.Add("linkdiscovery", []byte(`{"eth0": {"ChassisId": "00-01"}}`), "192.0.2.2:1")
	f.Add("netconfig", []byte(`{"eth0": {"ipaddrs": {"192.0.2.2/24": {}}}}`), "192.0.2.2:1")
	f.Add("netconfig", []byte(`{"eth0": {"ipaddrs": {"::ffff:192.0.2.2/24": {}}}}`), "192.0.2.2:1")
	f.Fuzz(func(t *testing.T, discoverType string, data []byte, addr string) {
		a := newAttachment(Labels{"rack": "r7"})
		a.learn(docOf(discoverType, "fuzz", string(data)))
		got := a.segments(addr)
		if len(got) > maxSegments || len(slices.Compact(slices.Sorted(slices.Values(got)))) < len(got) || !slices.Contains(got, "rack:r7") && len(got) < maxSegments {
			t.Errorf("segments %q", got)
		}
		for _, s := range got {
			if kind, value, ok := strings.Cut(s, ":"); !ok || !isSegment(kind, value) {
				t.Errorf("%q is no segment", s)
			}
		}
	})
}
