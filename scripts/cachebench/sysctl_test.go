package cachebench

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

// sysctlText is what `sysctl -a` prints on a small machine of one interface, eth0.
//
//go:embed testdata/sysctl.txt
var sysctlText string

// setting is a line of it.
type setting struct {
	key, value string
	newer      bool     // old kernels don't have all of these
	block      []string // of an interface: what follows its name, for all of its settings in a row
}

// headline is what is searched for. Every machine has two lines with it.
const headline = "net.core.netdev_budget"

// parseSettings reads lines of KEY = VALUE. The settings of eth0 in a row are one, with their block.
func parseSettings(text string) (all []setting) {
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimRight(line, "\n"), " =")
		value = strings.TrimPrefix(value, " ")
		before, after, perInterface := strings.Cut(key, ".eth0.")
		if last := len(all) - 1; perInterface && last >= 0 && all[last].key == before && all[last].block != nil {
			all[last].block = append(all[last].block, "."+after+" = "+value+"\n")
			continue
		}
		s := setting{key: key, value: value}
		if perInterface {
			s = setting{key: before, block: []string{"." + after + " = " + value + "\n"}}
		}
		for _, prefix := range []string{"net.ipv4.tcp", "net.mptcp", "net.core", "vm.", "kernel."} {
			s.newer = s.newer || strings.HasPrefix(key, prefix) && !strings.HasPrefix(key, headline)
		}
		all = append(all, s)
	}
	return all
}

// sysctl appends what the machine's sysctl -a prints, some 56 KB.
func (m *machine) sysctl(dst []byte, settings []setting) []byte {
	for i, s := range settings {
		if s.block != nil {
			for _, name := range m.interfaces {
				for _, rest := range s.block {
					dst = append(append(append(append(dst, s.key...), '.'), name...), rest...)
				}
			}
			continue
		}
		if s.newer && m.kernel.lacks > 0 && i%m.kernel.lacks == 3 {
			continue
		}
		value := m.value(s)
		if s.newer && slices.Contains(m.drift, i) {
			value += "1"
		}
		dst = append(append(append(append(dst, s.key...), " = "...), value...), '\n')
		if m.kernel.domains && s.key == "kernel.sched_cfs_bandwidth_slice_us" {
			dst = m.domains(dst)
		}
	}
	return dst
}

// value is a setting's on the machine: that of the small machine where nothing is known to differ.
func (m *machine) value(s setting) string {
	switch {
	case strings.HasPrefix(s.key, "user.max_") && strings.HasSuffix(s.key, "_namespaces"):
		return fmt.Sprint(m.pages / 16)
	case strings.HasPrefix(s.key, "fs.quota.") && m.own.IntN(20) == 0:
		return fmt.Sprint(m.own.IntN(100_000))
	case strings.HasPrefix(s.key, "kernel.") || strings.HasPrefix(s.key, "fs."):
		return m.kernelValue(s)
	}
	return m.netValue(s)
}

func (m *machine) kernelValue(s setting) string {
	switch s.key {
	case "kernel.hostname":
		return m.name
	case "kernel.osrelease":
		return m.kernel.release
	case "kernel.version":
		return m.kernel.version
	case "kernel.random.boot_id", "kernel.random.uuid":
		return uuid(m.own)
	case "kernel.ns_last_pid":
		return fmt.Sprint(300 + m.moving.IntN(4_000_000))
	case "kernel.pty.nr":
		return fmt.Sprint(m.moving.IntN(13))
	case "kernel.threads-max":
		return fmt.Sprint(m.pages / 8)
	case "kernel.watchdog_cpumask":
		return fmt.Sprintf("0-%d", m.memory/4-1)
	case "fs.file-max":
		return fmt.Sprint(m.pages / 10 * 4)
	case "fs.file-nr":
		return fmt.Sprintf("%d\t0\t%d", (800+m.moving.IntN(60_000))/32*32, m.pages/10*4)
	case "fs.inode-nr":
		return fmt.Sprintf("%d\t%d", 50_000+m.moving.IntN(4_000_000), m.moving.IntN(20_000))
	case "fs.inode-state":
		return fmt.Sprintf("%d\t%d\t0\t0\t0\t0\t0", 50_000+m.moving.IntN(4_000_000), m.moving.IntN(20_000))
	case "fs.dentry-state":
		return fmt.Sprintf("%d\t%d\t45\t0\t%d\t0", 60_000+m.moving.IntN(5_000_000), m.moving.IntN(5_000_000), m.moving.IntN(100_000))
	case "fs.dentry-negative":
		return fmt.Sprint(m.own.IntN(2))
	case "fs.epoll.max_user_watches":
		return fmt.Sprint(m.pages / 10 * 9)
	}
	return s.value
}

func (m *machine) netValue(s setting) string {
	switch s.key {
	case headline:
		return m.budget()
	case "net.core.netdev_rss_key":
		var pairs []string
		for range 52 {
			pairs = append(pairs, hex(m.own, 2))
		}
		return strings.Join(pairs, ":")
	case "net.ipv4.tcp_fastopen_key":
		if m.own.IntN(10) == 0 {
			return hex(m.own, 8) + "-" + hex(m.own, 8) + "-" + hex(m.own, 8) + "-" + hex(m.own, 8)
		}
	case "net.netfilter.nf_conntrack_count":
		if m.server() || m.containers {
			return fmt.Sprint(m.moving.IntN(200_000))
		}
		return fmt.Sprint(m.moving.IntN(3_000))
	case "net.ipv4.tcp_mem":
		return fmt.Sprintf("%d\t%d\t%d", m.pages/16, m.pages/12, m.pages/8)
	case "net.ipv4.udp_mem":
		return fmt.Sprintf("%d\t%d\t%d", m.pages/8, m.pages/6, m.pages/4)
	case "net.ipv4.tcp_congestion_control":
		return []string{"cubic", "bbr"}[m.tier%2]
	case "vm.min_free_kbytes":
		return fmt.Sprint(67_584 + 22_528*(m.memory/64))
	case "vm.swappiness":
		return []string{"60", "10", "1", "0"}[m.tier%4]
	case "vm.dirty_ratio":
		return []string{"20", "10", "40"}[m.tier%3]
	}
	return s.value
}

// budget is the value that the headline asks for. It changes with the machine's revision.
func (m *machine) budget() string {
	switch {
	case m.revision > 0:
		return fmt.Sprint(300 + m.revision)
	case m.role == "edge" && m.own.IntN(5) == 0:
		return "600"
	case m.own.IntN(200) == 0:
		return "1000"
	}
	return "300"
}

// domains appends the settings of 16 processors' scheduling domains.
func (m *machine) domains(dst []byte) []byte {
	for cpu := range 16 {
		for level, name := range []string{"SMT", "MC"} {
			prefix := fmt.Sprintf("kernel.sched_domain.cpu%d.domain%d", cpu, level)
			dst = fmt.Appendf(dst, "%[1]s.busy_factor = 16\n%[1]s.cache_nice_tries = %[2]d\n%[1]s.imbalance_pct = %[3]d\n"+
				"%[1]s.max_interval = %[4]d\n%[1]s.max_newidle_lb_cost = %[5]d\n%[1]s.min_interval = %[6]d\n%[1]s.name = %[7]s\n",
				prefix, 1+level, 110+7*level, 4*(level+1), m.own.IntN(20_000), 2*(level+1), name)
		}
	}
	return dst
}
