package cachebench

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// seed is where all chance comes from. Another one makes another fleet.
const seed = 1

// sites is how many there are, of one server each. Machines belong to them in turn.
const sites = 4

// machine is a host of the fleet: what its contents are made of.
type machine struct {
	number     int
	revision   int // how often its contents have changed
	name, role string
	tier       int // of its role
	kernel     kernel
	memory     int // GiB
	pages      int // of 4 KiB, usable
	containers bool
	interfaces []string
	drift      []int      // numbers of settings that someone has changed by hand
	own        *rand.Rand // what is its own for life
	moving     *rand.Rand // what differs from revision to revision
}

type kernel struct {
	release, version string
	pct              int  // of the machines
	lacks            int  // every so many-th of the newer settings; 0: none
	domains          bool // has a setting for each processor's scheduling domains
}

var kernels = []kernel{
	{"4.18.0-553.16.1.el8_10.x86_64", "#1 SMP Thu Aug 1 04:16:12 EDT 2024", 20, 7, true},
	{"5.14.0-427.31.1.el9_4.x86_64", "#1 SMP PREEMPT_DYNAMIC Fri Aug 9 14:06:03 EDT 2024", 25, 11, false},
	{"5.15.0-119-generic", "#129-Ubuntu SMP Fri Aug 2 19:25:20 UTC 2024", 15, 13, false},
	{"6.1.0-23-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.99-1 (2024-07-15)", 25, 31, false},
	{"6.8.0-41-generic", "#41-Ubuntu SMP PREEMPT_DYNAMIC Fri Aug 2 20:41:06 UTC 2024", 15, 0, false},
}

var (
	roles    = []string{"web", "app", "db", "queue", "edge", "cache", "store", "batch", "search", "watch", "build", "balance"}
	memories = []int{64, 128, 192, 256, 384, 512}
)

// newMachine returns the machine of a number; the same for the same number and revision.
func newMachine(number, revision int) *machine {
	m := &machine{number: number, revision: revision, tier: number / sites % len(roles),
		own:    rand.New(rand.NewPCG(seed, uint64(number))),
		moving: rand.New(rand.NewPCG(seed+1+uint64(revision), uint64(number)))}
	m.role = roles[m.tier]
	m.name = fmt.Sprintf("%s%05d.site%d.example.net", m.role, number, m.site())
	pick := m.own.IntN(100)
	at := slices.IndexFunc(kernels, func(k kernel) bool { pick -= k.pct; return pick < 0 })
	m.kernel = kernels[at]
	m.memory = memories[(m.tier+m.own.IntN(2))%len(memories)]
	m.pages = m.memory<<18 - 40_000*(1+m.own.IntN(4)) - 7_000*at // firmware and kernel keep some
	m.interfaces = []string{"bond0", "eth0", "eth1"}
	if m.containers = m.own.IntN(10) == 0; m.containers {
		m.interfaces = append(m.interfaces, "docker0")
		for range 3 + m.own.IntN(10) {
			m.interfaces = append(m.interfaces, "veth"+hex(m.own, 7))
		}
	}
	if m.own.IntN(100) == 0 {
		for range 1 + m.own.IntN(5) {
			m.drift = append(m.drift, m.own.IntN(1000))
		}
	}
	return m
}

func (m *machine) site() int { return m.number % sites }

// server reports whether strangers reach the machine.
func (m *machine) server() bool { return m.role == "web" || m.role == "edge" || m.role == "balance" }

func hex(rng *rand.Rand, digits int) string {
	b := make([]byte, digits)
	for i := range b {
		b[i] = "0123456789abcdef"[rng.IntN(16)]
	}
	return string(b)
}

func uuid(rng *rand.Rand) string {
	return hex(rng, 8) + "-" + hex(rng, 4) + "-4" + hex(rng, 3) + "-a" + hex(rng, 3) + "-" + hex(rng, 12)
}
