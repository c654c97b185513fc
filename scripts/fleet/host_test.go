package fleet

import (
	"fmt"
	"net/netip"
	"strconv"
	"testing"

	"github.com/assim-mesh/assim/scripts/testbed"
)

// centre is the address of the bridge, where all that is no host listens.
const centre = "10.77.0.254"

// host is one of the fleet, on the bridge.
type host struct {
	*testbed.Host
	addr string // without port
	id   string
}

// newHost makes the host with that number, 1 to 250.
func newHost(t testing.TB, dir string, number int) *host {
	t.Helper()
	addr := netip.AddrFrom4([4]byte{10, 77, 0, byte(number)})
	return &host{
		Host: testbed.NewHost(t, dir, fmt.Sprint("h", number), testbed.Cable{Bridge: "br0", Addr: netip.PrefixFrom(addr, 24)}),
		addr: addr.String(), id: fmt.Sprintf("%032x", number),
	}
}

// listen starts a server on a port of the host's.
func (h *host) listen(t testing.TB, port int) *testbed.Process {
	t.Helper()
	return h.Start(t, "listener", "redis-server", "--bind", h.addr, "--port", strconv.Itoa(port), "--save", "")
}
