package nanoprobe

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/assim-mesh/assim/discovery"
)

const (
	// maxSegments bounds what a host says that it hangs on; its ring's metadata has room for some
	// 200 bytes of it.
	maxSegments = 8
	// maxSegmentBytes bounds one segment. A longer one is left out rather than cut off: two switches
	// that differ at the end must not become one.
	maxSegmentBytes = 64
)

// Labels say of a host what it can't find out itself: {"rack": "r7"}. At most 8. A label counts as a
// segment of its name and value, so one named "switch" stands in for a switch that doesn't announce itself.
type Labels map[string]string

// Validate says what makes labels unfit: each must make a segment of at most 64 bytes.
func (l Labels) Validate() error {
	if len(l) > maxSegments {
		return fmt.Errorf("%d labels, at most %d", len(l), maxSegments)
	}
	for _, name := range slices.Sorted(maps.Keys(l)) {
		value := l[name]
		switch {
		case name == "" || strings.ContainsFunc(name, func(r rune) bool { return !isLabelRune(r) }):
			return fmt.Errorf("the name of label %q has other than letters, digits, '-', '_' and '.'", name)
		case !isSegment(name, value):
			return fmt.Errorf("label %q has the value %q: with its name 1 to %d printable bytes", name, value, maxSegmentBytes-1)
		}
	}
	return nil
}

func isLabelRune(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.", r))
}

// isSegment reports whether "kind:value" may be a segment.
func isSegment(kind, value string) bool {
	unprintable := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	return value != "" && len(kind)+1+len(value) <= maxSegmentBytes && !strings.ContainsFunc(value, unprintable)
}

// attachment is what a host's documents and labels say of what it hangs on. It is safe for concurrent
// use.
type attachment struct {
	labels Labels

	mu       sync.Mutex
	switches map[string][]string // chassis ids by the document that names them; at most discovery.MaxInstances
	prefixes []netip.Prefix      // the host's addresses with the lengths of their subnets' prefixes
}

func newAttachment(labels Labels) *attachment {
	return &attachment{labels: labels, switches: map[string][]string{}}
}

// learn takes what a document says. Two types say something, and of them only those that hold on the
// host itself, not in a container:
//
//	linkdiscovery  {"eth0": {"ChassisId": "00-01-30-f9-ad-a0", "SystemName": "sw1", "PortId": "1/1", ...}, ...}
//	               what LLDP or CDP told on each interface; keys but ChassisId are not read here
//	netconfig      {"eth0": {"ipaddrs": {"192.0.2.2/24": {...}, ...}, ...}, ...}
//
// A document that is not of its type's shape is refused, and what was known before stands.
func (a *attachment) learn(doc discovery.Document) error {
	var err error
	switch {
	case doc.Proxy != "" && doc.Proxy != "local/local":
	case doc.DiscoverType == "linkdiscovery":
		var chassis []string
		if chassis, err = parseLinks(doc.Data); err == nil {
			a.mu.Lock()
			a.switches[doc.Instance] = chassis
			a.mu.Unlock()
		}
	case doc.DiscoverType == "netconfig":
		var prefixes []netip.Prefix
		if prefixes, err = parsePrefixes(doc.Data); err == nil {
			a.mu.Lock()
			a.prefixes = prefixes
			a.mu.Unlock()
		}
	}
	if err != nil {
		return fmt.Errorf("document %q: %w", doc.Instance, err)
	}
	return nil
}

// segments names what the host hangs on, the most telling first: its switches, its labels, and the
// subnets of addr, "ip:port", under which its ring reaches it; each of these sorted, and the first of all
// that there may be.
func (a *attachment) segments(addr string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var chassis, subnets []string
	for _, ids := range a.switches {
		for _, id := range ids {
			chassis = append(chassis, "switch:"+id)
		}
	}
	if at, err := netip.ParseAddrPort(addr); err == nil {
		for _, p := range a.prefixes {
			if p.Addr() == at.Addr().Unmap() && !p.IsSingleIP() && !p.Addr().IsLoopback() {
				subnets = append(subnets, "subnet:"+p.Masked().String())
			}
		}
	}
	slices.Sort(chassis)
	var all []string
	for _, s := range slices.Concat(chassis, a.labels.segments(), subnets) {
		if len(all) < maxSegments && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

func (l Labels) segments() (all []string) {
	for _, name := range slices.Sorted(maps.Keys(l)) {
		all = append(all, name+":"+l[name])
	}
	return all
}

// parseLinks returns the chassis ids of the neighbours on all interfaces, sorted: those that can be
// segments, and no more of them.
func parseLinks(data []byte) (chassis []string, err error) {
	var links map[string]struct {
		ChassisID string `json:"ChassisId"`
	}
	if err := json.Unmarshal(data, &links); err != nil {
		return nil, err
	}
	for _, link := range links {
		if isSegment("switch", link.ChassisID) {
			chassis = append(chassis, link.ChassisID)
		}
	}
	slices.Sort(chassis)
	chassis = slices.Compact(chassis)
	return chassis[:min(len(chassis), maxSegments)], nil
}

// parsePrefixes returns the addresses of all interfaces, IPv4 ones as such.
func parsePrefixes(data []byte) (prefixes []netip.Prefix, err error) {
	var interfaces map[string]struct {
		IPAddrs map[string]json.RawMessage `json:"ipaddrs"`
	}
	if err := json.Unmarshal(data, &interfaces); err != nil {
		return nil, err
	}
	for _, i := range interfaces {
		for text := range i.IPAddrs {
			p, err := netip.ParsePrefix(text)
			if err != nil {
				return nil, err
			}
			if p.Addr().Is4In6() {
				p = netip.PrefixFrom(p.Addr().Unmap(), max(p.Bits()-96, 0))
			}
			prefixes = append(prefixes, p)
		}
	}
	slices.SortFunc(prefixes, netip.Prefix.Compare)
	return prefixes, nil
}
