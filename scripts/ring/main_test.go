package ring

import (
	"flag"
	"testing"

	"github.com/assim-mesh/assim/scripts/testbed"
)

var allFaults = flag.Bool("faults", false, "run the tests of all faults with 64 nanoprobes")

func TestMain(m *testing.M) { testbed.Main(m, layCentre) }

// layCentre makes the bridge to which all switches lead.
func layCentre() error {
	return testbed.IP("",
		"link add br0 address "+centreMAC+" type bridge",
		"addr add "+centre+"/24 dev br0",
		"link set br0 up")
}
