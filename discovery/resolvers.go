package discovery

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// DNSConfig is how the host resolves names.
type DNSConfig struct {
	Nameservers []string `json:"nameservers,omitempty"` // in the order in which they are asked
	Search      []string `json:"search,omitempty"`
	// Upstreams are whom systemd-resolved asks, sorted: its own order is by chance. They are left out
	// where programs ask others than it.
	Upstreams []string `json:"upstreams,omitempty"`
}

// Bounds of a resolv.conf(5), beyond which the rest is passed over.
const (
	maxResolvConfBytes = 64 << 10
	maxNameservers     = 64 // the C library asks three
	maxSearch          = 64
)

// Resolvers finds the DNS servers that the host asks.
func Resolvers() Agent {
	return Agent{
		Name: "resolvers", Description: "DNS servers and search domains",
		Every: time.Minute,
		Discover: func(_ context.Context, host Host) (any, error) {
			return readResolvers(host.FS())
		},
	}
}

func readResolvers(fsys fs.FS) (DNSConfig, error) {
	config, err := parseFile(fsys, "etc/resolv.conf", parseResolvConf)
	if err != nil || len(config.Nameservers) == 0 || slices.ContainsFunc(config.Nameservers, isNoStub) {
		return config, err
	}
	behind, err := parseFile(fsys, "run/systemd/resolve/resolv.conf", parseResolvConf)
	if errors.Is(err, ErrNotHere) { // something else answers at that address
		return config, nil
	}
	config.Upstreams = slices.DeleteFunc(behind.Nameservers, func(s string) bool { return !isNoStub(s) })
	slices.Sort(config.Upstreams)
	return config, err
}

// isNoStub reports that a name server is not systemd-resolved on this host.
func isNoStub(nameserver string) bool {
	return nameserver != "127.0.0.53" && nameserver != "127.0.0.54"
}

// parseResolvConf reads resolv.conf(5). The last search or domain line holds; what is no address is
// passed over, as the C library does.
func parseResolvConf(r io.Reader) (DNSConfig, error) {
	var c DNSConfig
	sc := bufio.NewScanner(io.LimitReader(r, maxResolvConfBytes))
	sc.Buffer(nil, maxResolvConfBytes)
	for sc.Scan() {
		f := strings.Fields(sc.Text())
		if len(f) < 2 {
			continue
		}
		switch f[0] {
		case "nameserver":
			addr, err := netip.ParseAddr(f[1])
			if err == nil && len(c.Nameservers) < maxNameservers && !slices.Contains(c.Nameservers, addr.String()) {
				c.Nameservers = append(c.Nameservers, addr.String())
			}
		case "search", "domain":
			c.Search = f[1:min(len(f), 1+maxSearch)]
		}
	}
	return c, sc.Err()
}
