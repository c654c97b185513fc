package ring

import (
	"context"
	"fmt"
	"testing"

	"github.com/assim-mesh/assim/scripts/tapswitch"
)

// plugTaps makes the TAP switch with a port for each host, of the host's name, and one for the bridge in
// the middle, and returns the lines that put the devices in their places.
func (n *network) plugTaps(t testing.TB, hosts []*host) (lines []string) {
	t.Helper()
	const seed = 1
	n.taps = tapswitch.New(seed)
	for _, h := range hosts {
		n.plug(t, h.name, h.port())
		lines = append(lines, fmt.Sprintf("link set %s netns %s name eth0", h.port(), h.name))
	}
	n.plug(t, "br0", "uplink")
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.taps.Run(ctx) }()
	t.Cleanup(func() {
		t.Logf("TAP switch, seed %d: %+v", seed, n.taps.Stats())
		cancel()
		<-ended
	})
	return append(lines, "link set uplink master br0 up")
}

func (n *network) plug(t testing.TB, port, device string) {
	t.Helper()
	dev, err := tapswitch.Open(device)
	if err == nil {
		err = n.taps.Plug(port, dev)
	}
	if err != nil {
		t.Fatal(err)
	}
}
