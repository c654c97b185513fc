package tiers

import (
	"testing"

	"github.com/assim-mesh/assim/scripts/testbed"
)

const (
	// centre is where the CMAs listen, behind the hosts of the network back.
	centre = "10.78.2.254"
	// payments is the address of a service that no nanoprobe knows.
	payments = "10.78.2.200:8443"
)

func TestMain(m *testing.M) { testbed.Main(m, layNetworks) }

// layNetworks makes the networks that hosts are plugged into. The centre is in one of them, and reaches
// the other by the router as all do.
func layNetworks() error {
	return testbed.IP("",
		"link add inner type bridge", "link set inner up",
		"link add front type bridge", "link set front up",
		"link add back type bridge", "link set back up",
		"addr add "+centre+"/24 dev back", "addr add 10.78.2.200/24 dev back",
		"route add 10.78.1.0/24 via 10.78.2.1")
}
