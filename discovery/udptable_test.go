package discovery

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

const udpHeader = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n"

// TestUDPListens: a socket waits for anyone if it is bound by choice and connected to nobody.
func TestUDPListens(t *testing.T) {
	tests := []struct {
		name, local, remote, state string
		want                       map[string]string
	}{
		{"DNS server", "00000000:0035", "00000000:0000", "07", map[string]string{"0.0.0.0:53": "udp"}},
		{"over IPv6", "00000000000000000000000000000000:0035", "00000000000000000000000000000000:0000", "07", map[string]string{"[::]:53": "udp"}},
		{"the last port to choose", "0100007F:7FFF", "00000000:0000", "07", map[string]string{"127.0.0.1:32767": "udp"}},
		{"the first of the kernel's", "0100007F:8000", "00000000:0000", "07", nil},
		{"connected", "0100007F:007B", "0200007F:007B", "01", nil},
		{"connected, and not said to be", "0100007F:007B", "0200007F:007B", "07", nil},
		{"not bound", "00000000:0000", "00000000:0000", "07", nil},
	}
	for _, tt := range tests {
		sockets, err := parseUDP(strings.NewReader(udpHeader + tcpRow(tt.local, tt.remote, tt.state, "7")))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		table := udpTable{}
		table.add(sockets, 32768)
		if got := table.listens([]uint64{6, 7}); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: listens on %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestParsePortRange(t *testing.T) {
	tests := []struct {
		in   string
		want uint16
		err  string
	}{
		{"32768\t60999\n", 32768, ""},
		{"1024 65535", 1024, ""},
		{"", 0, "is not a range of ports"},
		{"32768", 0, `"32768" is not a range of ports`},
		{"70000 80000", 0, "out of range"},
	}
	for _, tt := range tests {
		got, err := parsePortRange(strings.NewReader(tt.in))
		if tt.err != "" {
			checkError(t, tt.in, err, tt.err)
		} else if err != nil || got != tt.want {
			t.Errorf("%q: %d, %v, want %d", tt.in, got, err, tt.want)
		}
	}
}

func FuzzParseUDP(f *testing.F) {
	f.Add(udpHeader+tcpRow("00000000:0035", "00000000:0000", "07", "7"), "32768\t60999\n")
	f.Fuzz(func(t *testing.T, rows, ports string) {
		ephemeral, err := parsePortRange(strings.NewReader(ports))
		if err != nil {
			return
		}
		sockets, err := parseUDP(strings.NewReader(rows))
		if err != nil {
			return
		}
		table := udpTable{}
		table.add(sockets, ephemeral)
		for inode := range table {
			for a := range table.listens([]uint64{inode}) {
				if ap, err := netip.ParseAddrPort(a); err != nil || ap.Port() >= ephemeral {
					t.Errorf("listens on %q, %v, want a port below %d", a, err, ephemeral)
				}
			}
		}
	})
}
