package fleet

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/assim-mesh/assim/scripts/testbed"
)

// listener is a server that moves between hosts, so that documents of both change.
type listener struct {
	on   *host
	port int
	*testbed.Process
}

// moveListener ends the listener, starts it on another host and another port, and waits until the cache
// shows that the nanoprobes know both.
func (f *fleet) moveListener(t testing.TB) {
	t.Helper()
	old := f.listener
	f.listener = listener{on: f.hosts[2], port: old.port + 1}
	if old.on == f.hosts[2] {
		f.listener.on = f.hosts[3]
	}
	f.listener.Process = f.listener.on.listen(t, f.listener.port)
	if old.Process != nil {
		old.Kill(t)
	}
	testbed.Eventually(t, patience, func() error {
		if n, err := f.listenersSeen(old); err != nil || n != 0 {
			return fmt.Errorf("the listener on port %d is seen still, %v", old.port, err)
		}
		if n, err := f.listenersSeen(f.listener); err != nil || n != 1 {
			return fmt.Errorf("the listener on port %d is not seen, %v", f.listener.port, err)
		}
		return nil
	})
}

// listenersSeen counts the processes that the cache shows at a listener's address.
func (f *fleet) listenersSeen(l listener) (int, error) {
	if l.on == nil {
		return 0, nil
	}
	answer, err := askAs[found](f, firstCache, "search",
		"--path", "@tcpdiscovery", "--host", l.on.Name, "-F", fmt.Sprintf(`"%s:%d"`, l.on.addr, l.port))
	return len(answer.Hits), err
}

func checkCMAAway(t *testing.T, f *fleet) {
	f.moveListener(t)
	testbed.Eventually(t, patience, f.nothingMissing)
	f.cma.Kill(t)
	f.moveListener(t)
	f.startCMA(t)
	testbed.Eventually(t, patience, f.nothingMissing)
}

func checkNeo4jAway(t *testing.T, f *fleet) {
	if err := f.neo4j.Kill(); err != nil {
		t.Fatal(err)
	}
	minute := time.After(time.Minute)
	f.moveListener(t)
	testbed.Eventually(t, patience, func() error {
		status, err := f.status()
		if err == nil && status.Backlog == 0 {
			err = errors.New("no document waits for a graph that is away")
		}
		return err
	})
	<-minute
	f.restartNeo4j(t)
	testbed.Eventually(t, patience, f.nothingMissing)
}

func checkBothAway(t *testing.T, f *fleet) {
	f.cma.Kill(t)
	if err := f.neo4j.Kill(); err != nil {
		t.Fatal(err)
	}
	f.moveListener(t)
	f.startCMA(t)
	f.restartNeo4j(t)
	testbed.Eventually(t, patience, f.nothingMissing)
}

func (f *fleet) restartNeo4j(t testing.TB) {
	t.Helper()
	if err := f.neo4j.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}
