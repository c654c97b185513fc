package fleet

import (
	"fmt"
	"testing"

	"github.com/assim-mesh/assim/nanoprobe/ring"
	"github.com/assim-mesh/assim/scripts/testbed"
)

// checkClones starts, beside the third host, first a nanoprobe that has its name, and then one that has
// its id too, as a cloned image does.
func checkClones(t *testing.T, f *fleet) {
	h := f.hosts[2]
	ours := append(f.joining(), "host.name="+h.Name)

	twin := f.startStranger(t, "twin", ours...)
	testbed.Eventually(t, patience, func() error {
		return twin.Says("refused by the cma", fmt.Sprintf(`host name \"%s\" is taken`, h.Name))
	})
	twin.Stop(t)
	testbed.Eventually(t, patience, f.allUp)
	testbed.Eventually(t, patience, f.nothingMissing)

	clone := f.startStranger(t, "clone", append(ours, "host.id='"+h.id+"'")...)
	testbed.Eventually(t, patience, func() error { return f.clonesSeen(h) })
	clone.Stop(t)
	f.probes[h].Stop(t) // what its clone has said in its name is put right by its next start
	f.startProbe(t, h)
	testbed.Eventually(t, patience, f.allUp)
	testbed.Eventually(t, patience, f.nothingMissing)
}

// clonesSeen returns nil when an event names two addresses with the id of h.
func (f *fleet) clonesSeen(h *host) error {
	events, err := f.events()
	for _, e := range events {
		if e.Kind == ring.Cloned && e.HostName == h.Name && e.Other != nil && e.Subject.Addr != e.Other.Addr {
			return nil
		}
	}
	return fmt.Errorf("no event says that two hosts have the id of %s, %v", h.Name, err)
}
