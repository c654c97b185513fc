package derive

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/assim-mesh/assim/discovery"
)

// BenchmarkDerive derives the documents of one host with 100 processes, 300 sockets and 800 packages.
func BenchmarkDerive(b *testing.B) {
	procs := make([]string, 100)
	for i := range procs {
		procs[i] = fmt.Sprintf(`"program%d:%032x":{"exe":"/usr/sbin/program%d","cmdline":["/usr/sbin/program%d","--config","/etc/program/%d.conf"],
			"uid":0,"gid":0,"user":"root","group":"root","cwd":"/","listenaddrs":{"192.0.2.1:%d":"tcp"},"clientaddrs":{"192.0.2.%d:5432":"tcp","127.0.0.1:%d":"tcp"}}`,
			i, i, i, i, i, 1000+i, i, 1000+i)
	}
	packages := make([]string, 800)
	for i := range packages {
		packages[i] = fmt.Sprintf(`"lib-of-some-name%d::amd64":"1.%d.2-3+deb12u1"`, i, i)
	}
	all := []said{
		{"web1", "netconfig", `{` + loopback + `,"eth0":{"address":"02:fc:00:00:00:01","default_gw":true,"gateways":["192.0.2.254"],"mtu":1500,"ipaddrs":{"192.0.2.1/24":{},"2001:db8::1/64":{},"fe80::1/64":{}}}}`},
		{"web1", "tcpdiscovery", `{` + strings.Join(procs, ",") + `}`},
		{"web1", "packages", `{"deb":{` + strings.Join(packages, ",") + `}}`},
		{"web1", "os", `{"Description":"Debian GNU/Linux 12 (bookworm)","Release":"12"}`},
		{"web1", "resolvers", `{"nameservers":["192.0.2.53","192.0.2.54"]}`},
		{"web1", "mounts", `{"/":{"source":"/dev/vda","fstype":"ext4"},"/home":{"source":"nas:/home","fstype":"nfs4","options":{"addr":"192.0.2.9"}}}`},
	}
	w := &world{held: map[documentID]discovery.Document{}}
	for i, s := range all {
		doc := seal(b, s, uint64(i+1))
		w.held[documentID{doc.HostID, doc.Instance}] = doc
	}
	b.ReportAllocs()
	before := cpu(b)
	for b.Loop() {
		for _, doc := range w.held {
			if _, err := Derive(doc, w.sameHost(doc.HostID)); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric((cpu(b)-before).Seconds()*1000/float64(b.N), "cpu-ms/op")
}

// cpu is the processor time that this process has used: on a busy machine the clock says little.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
