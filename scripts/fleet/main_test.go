package fleet

import (
	"testing"

	"github.com/assim-mesh/assim/scripts/testbed"
)

func TestMain(m *testing.M) { testbed.Main(m, layCentre) }

// layCentre makes the bridge that all hosts hang on.
func layCentre() error {
	return testbed.IP("", "link add br0 type bridge", "addr add "+centre+"/24 dev br0", "link set br0 up")
}
