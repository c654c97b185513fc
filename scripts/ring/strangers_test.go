package ring

import (
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"os/exec"
	"testing"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
	"github.com/assim-mesh/assim/scripts/testbed"
)

// checkBadPackets sends members what they should not heed, and looks at the ring's peace: nothing is told,
// and all are where they were.
func checkBadPackets(t *testing.T, f *fleet) {
	s := f.scene(t)
	replay := record(t, f.hosts[0], 300)
	for _, h := range f.hosts {
		garble(t, h)
	}
	hang := dial(t, f.hosts[1])
	defer hang.Close()
	f.wrongKey(t)
	f.wrongLabel(t)
	replay(t)
	time.Sleep(8 * time.Second) // longer than a verdict takes
	if err := f.whole(f.hosts...); err != nil {
		t.Error(err)
	}
	s.end()
	t.Log("garbage, oversize and old packets, a hanging connection, wrong key and wrong label: nothing told")
}

// garble sends a member garbage that looks more or less like what it gets, small and as large as UDP takes,
// and more of it by TCP.
func garble(t *testing.T, h *host) {
	t.Helper()
	conn, err := net.Dial("udp", h.ringAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const seed = 1
	chance := rand.New(rand.NewPCG(seed, uint64(h.number)))
	for n := range 100 {
		packet := noise(chance, chance.IntN(1400))
		if n%4 == 1 { // memberlist's label, and what may follow it
			packet = append([]byte("\xf4\x07assim/1"), packet...)
		}
		if n == 99 {
			packet = noise(chance, 65_507)
		}
		if _, err := conn.Write(packet); err != nil {
			t.Fatal(err)
		}
	}
	stream := dial(t, h)
	defer stream.Close()
	_, _ = stream.Write(noise(chance, 1<<20)) // it may hang up at any time
}

func noise(chance *rand.Rand, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(chance.Uint32())
	}
	return b
}

func dial(t *testing.T, h *host) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", h.ringAddr(), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// wrongKey starts a nanoprobe of another fleet that seeks this one's ring.
func (f *fleet) wrongKey(t *testing.T) {
	t.Helper()
	if out, err := exec.Command(testbed.Program(t, "cma"), "init", "--set", "data="+f.path("other.d")).CombinedOutput(); err != nil {
		t.Fatalf("cma init: %v: %s", err, out)
	}
	stranger := f.startStranger(t, "stranger", "other.d/fleet.json", fmt.Sprintf("%032x", 1000))
	testbed.Eventually(t, patience, func() error { return stranger.Says("has not the ring's key") })
	stranger.Stop(t)
}

// startStranger starts a nanoprobe in the middle, where no member is, that tells no CMA.
func (f *fleet) startStranger(t *testing.T, name, fleetFile, id string) *testbed.Process {
	t.Helper()
	args := []string{"--set", "data=" + f.path(name), "--set", "fleet=" + f.path(fleetFile), "--set", "host.name=" + name,
		"--set", fmt.Sprintf("host.id='%s'", id), "--set", "host.root=" + t.TempDir(), "--set", "scripts.shipped=false",
		"--set", fmt.Sprintf("ring.bind=%s:%d", centre, ringPort), "--set", "ring.seeds=[" + f.seeds() + "]"}
	p := testbed.Start(t, name, exec.Command(testbed.Program(t, "nanoprobe"), args...))
	t.Cleanup(func() { p.Kill(t) }) // the next one has the same address
	return p
}

// wrongLabel tries to join with the ring's key under another label.
func (f *fleet) wrongLabel(t *testing.T) {
	t.Helper()
	members, err := api.ReadFleet(f.path("cma.d/fleet.json"))
	if err != nil {
		t.Fatal(err)
	}
	c := memberlist.DefaultLANConfig()
	c.Name, c.BindAddr, c.BindPort, c.AdvertisePort = "label", centre, 7947, 7947
	c.SecretKey, c.Label, c.Logger = members.RingKey(), "other", log.New(io.Discard, "", 0)
	m, err := memberlist.Create(c)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Shutdown()
	if n, err := m.Join([]string{f.hosts[0].ringAddr()}); err == nil {
		t.Errorf("%d members joined under a wrong label", n)
	}
}

// checkTwins starts a second nanoprobe with the id of a member: it is told of, and the first one stays.
func checkTwins(t *testing.T, f *fleet) {
	h, s := f.hosts[3], f.scene(t)
	began := time.Now()
	twin := f.startStranger(t, "twin", "cma.d/fleet.json", h.id)
	s.allow(fact{kind: ring.Cloned}) // by each start and address of the two
	testbed.Eventually(t, patience, func() error {
		for _, e := range s.told() {
			if e.Kind == ring.Cloned && string(e.Subject.ID) == h.id && e.Other != nil && e.Subject.Addr != e.Other.Addr {
				return nil
			}
		}
		return fmt.Errorf("no event says that two hosts have the id of %s, only %v", h.name, summary(s.told()))
	})
	t.Logf("two members with one id: told after %.1f s", time.Since(began).Seconds())
	twin.Stop(t)
	time.Sleep(8 * time.Second)
	if err := f.whole(f.hosts...); err != nil {
		t.Error(err)
	}
	s.end()
}
