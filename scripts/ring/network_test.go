package ring

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/scripts/tapswitch"
	"github.com/assim-mesh/assim/scripts/testbed"
)

// The addresses of the bridge in the middle, where all that is no host listens.
const (
	centre    = "10.78.0.254"
	centreMAC = "02:78:00:00:00:fe"
)

// network is what connects the hosts.
type network struct {
	switches int               // bridges sw1, sw2, ...; 0: all hang on taps
	taps     *tapswitch.Switch // nil with bridges
}

// ip runs lines of iproute2's batch language.
func ip(t testing.TB, lines ...string) {
	t.Helper()
	if err := testbed.IP("", lines...); err != nil {
		t.Fatal(err)
	}
}

// lay makes namespaces for the hosts and plugs them in, h1, h2, ... to the switches in turn.
func (n *network) lay(t testing.TB, hosts []*host) {
	t.Helper()
	var lines []string
	for _, h := range hosts {
		lines = append(lines, "netns add "+h.name)
	}
	if n.switches > 0 {
		lines = append(lines, n.bridges(hosts)...)
	} else {
		lines = append(lines, n.plugTaps(t, hosts)...)
	}
	ip(t, lines...)
	for _, h := range hosts {
		h.ip(t, "link set lo up", "link set eth0 address "+h.mac(), "addr add "+h.addr+"/24 dev eth0")
		h.linkUp(t, hosts)
	}
	ip(t, neighbours("br0", hosts)...)
	t.Cleanup(func() { n.remove(t, hosts) })
}

// neighbours are the lines by which a device knows the hosts' hardware addresses for good. The kernel has
// room for 1,024 that it finds out by ARP in all namespaces together, and 64 hosts that meet make 4,096.
func neighbours(device string, hosts []*host) (lines []string) {
	for _, h := range hosts {
		lines = append(lines, fmt.Sprintf("neigh replace %s lladdr %s dev %s nud permanent", h.addr, h.mac(), device))
	}
	return lines
}

// bridges are the lines that make the switches and cables to them.
func (n *network) bridges(hosts []*host) (lines []string) {
	for i := range n.switches {
		lines = append(lines, strings.Split(fmt.Sprintf(`link add sw%[1]d type bridge
link add up%[1]d type veth peer name down%[1]d
link set up%[1]d master br0 up
link set down%[1]d master sw%[1]d up
link set sw%[1]d up`, i+1), "\n")...)
	}
	for i, h := range hosts {
		h.onSwitch = i%n.switches + 1
		lines = append(lines,
			fmt.Sprintf("link add %s type veth peer name eth0 netns %s", h.port(), h.name),
			fmt.Sprintf("link set %s master sw%d up", h.port(), h.onSwitch))
	}
	return lines
}

// remove takes down what lay made. Cables go before the namespaces that their ends are in: the kernel
// would take them away at a time of its own.
func (n *network) remove(t testing.TB, hosts []*host) {
	var lines []string
	for _, h := range hosts {
		if n.switches > 0 {
			lines = append(lines, "link del "+h.port())
		}
		lines = append(lines, "netns del "+h.name, "neigh del "+h.addr+" dev br0")
	}
	for i := range n.switches {
		lines = append(lines, fmt.Sprint("link del sw", i+1), fmt.Sprint("link del up", i+1))
	}
	ip(t, lines...)
}

// on returns the hosts at some of the switches.
func on(hosts []*host, switches ...int) []*host {
	return slices.DeleteFunc(slices.Clone(hosts), func(h *host) bool { return !slices.Contains(switches, h.onSwitch) })
}

// filter replaces what the bridges do to frames by nftables rules, each for frames on their way through
// a bridge and to and from the one in the middle.
func filter(t testing.TB, rules ...string) {
	t.Helper()
	text := "add table bridge faults\ndelete table bridge faults\n" // the first so that the second can't fail
	if len(rules) > 0 {
		text += "table bridge faults {\n"
		for _, hook := range []string{"forward", "input", "output"} {
			text += fmt.Sprintf("chain %s {\ntype filter hook %[1]s priority 0;\n%s\n}\n", hook, strings.Join(rules, "\n"))
		}
		text += "}\n"
	}
	if err := testbed.Feed(text, "nft", "-f", "-"); err != nil {
		t.Fatal(err)
	}
}

// lose lets that many of 100 frames from each host vanish, until heal.
func lose(t testing.TB, pct int) {
	t.Helper()
	filter(t, fmt.Sprintf(`iifname "port*" numgen random mod 100 < %d drop`, pct))
}

// part cuts what hangs on these switches from the others and from the middle, until heal.
func part(t testing.TB, switches ...int) {
	t.Helper()
	var ups []string
	for _, s := range switches {
		ups = append(ups, fmt.Sprintf(`"up%d"`, s))
	}
	side := "{" + strings.Join(ups, ",") + "}"
	filter(t,
		fmt.Sprintf("iifname %s oifname != %[1]s drop", side),
		fmt.Sprintf(`oifname %s iifname != %[1]s drop`, side))
}

// heal ends lose and part.
func heal(t testing.TB) {
	t.Helper()
	filter(t)
}
