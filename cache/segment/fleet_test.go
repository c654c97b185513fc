package segment_test

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
)

// settings makes the outputs of "sysctl -a" of hosts that are alike, out of the one of this machine:
// five kernels that lack some settings, values that go by role, memory and host, and network
// interfaces of containers whose names no other host has.
type settings struct {
	lines []setting
	iface []setting // those of one, as "net.ipv4.conf.", "accept_local", "0"
	after int       // lines before those of interfaces
}

type setting struct{ prefix, name, value string }

func newSettings(tb testing.TB) settings {
	out, err := exec.Command("sysctl", "-a").Output()
	if len(out) == 0 {
		tb.Skipf("no sysctl here: %v", err)
	}
	var s settings
	for line := range strings.Lines(string(out)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " =")
		if prefix, key, ok := strings.Cut(name, ".lo."); ok {
			if s.after == 0 {
				s.after = len(s.lines)
			}
			s.iface = append(s.iface, setting{prefix + ".", key, value})
			continue
		}
		s.lines = append(s.lines, setting{"", name, value})
	}
	return s
}

// host returns the settings of one host.
func (s settings) host(buf []byte, n int) []byte {
	rng := rand.New(rand.NewPCG(7, uint64(n)))
	role, kernel, memory := n/4%12, rng.IntN(5), n/48%6*4+rng.IntN(4)
	put := func(parts ...string) {
		for _, p := range parts {
			buf = append(buf, p...)
		}
		buf = append(buf, '\n')
	}
	interfaces := func() {
		names := []string{"bond0", "eth0", "lo"}
		if rng.IntN(10) == 0 { // it runs containers
			for range 3 + rng.IntN(10) {
				names = append(names, fmt.Sprintf("veth%07x", rng.IntN(1<<28)))
			}
		}
		for _, name := range names {
			for _, i := range s.iface {
				put(i.prefix, name, ".", i.name, " =", i.value)
			}
		}
	}
	for i, l := range s.lines {
		if i == s.after {
			interfaces()
		}
		if kernel > 0 && i%(5+6*kernel) == 3 && !strings.HasPrefix(l.name, "net.core.netdev_budget") {
			continue // a setting that this kernel lacks
		}
		put(l.name, " =", s.value(l, rng, n, role, kernel, memory))
		if kernel == 1 && l.name == "kernel.sched_cfs_bandwidth_slice_us" {
			for cpu := range 32 {
				put(fmt.Sprintf("kernel.sched_domain.cpu%d.domain0.max_newidle_lb_cost = %d", cpu, rng.IntN(20000)))
			}
		}
	}
	return buf
}

func (s settings) value(l setting, rng *rand.Rand, n, role, kernel, memory int) string {
	switch l.name {
	case "kernel.hostname":
		return fmt.Sprintf(" role%02d-%05d.example.net", role, n)
	case "kernel.osrelease", "kernel.version":
		return fmt.Sprintf(" 6.%d.0", kernel)
	case "kernel.random.boot_id", "kernel.random.uuid", "net.core.netdev_rss_key":
		return fmt.Sprintf(" %016x-%016x", rng.Uint64(), rng.Uint64())
	case "fs.file-nr", "fs.inode-nr", "fs.inode-state", "fs.dentry-state", "kernel.ns_last_pid":
		return fmt.Sprintf(" %d\t0\t%d", rng.IntN(4e6), rng.IntN(1e6))
	case "fs.file-max", "kernel.threads-max", "vm.min_free_kbytes", "fs.epoll.max_user_watches",
		"net.ipv4.tcp_mem", "net.ipv4.udp_mem", "user.max_user_namespaces", "user.max_net_namespaces":
		return fmt.Sprintf(" %d\t%d", (memory+1)<<16, (memory+1)<<18)
	case "net.core.netdev_budget":
		if role == 4 && rng.IntN(5) == 0 {
			return " 600"
		}
	case "vm.swappiness", "vm.dirty_ratio", "net.core.somaxconn", "vm.max_map_count":
		return fmt.Sprintf(" %d", role*10)
	}
	if rng.IntN(20000) == 0 {
		return l.value + "1" // somebody has changed it
	}
	return l.value
}
