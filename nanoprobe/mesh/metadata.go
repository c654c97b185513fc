package mesh

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/hashicorp/memberlist"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// metadataVersion begins the metadata that memberlist spreads with each member:
//
//	byte 0    version, 1
//	8 bytes   boot, big-endian
//	4 bytes   epoch, big-endian
//	the rest  name of the host, at most 255 bytes
//
// The host id is the member's name in memberlist. A later version may follow the name with more by
// raising byte 0; there is room for 512 bytes.
const metadataVersion = 1

var errMetadata = errors.New("not the metadata of a nanoprobe")

func appendMetadata(b []byte, m ring.Member) []byte {
	b = binary.BigEndian.AppendUint64(append(b, metadataVersion), m.Boot)
	b = binary.BigEndian.AppendUint32(b, m.Epoch)
	return append(b, m.Name...)
}

// parseMetadata returns the boot, epoch and name that b says.
func parseMetadata(b []byte) (ring.Member, error) {
	const fixed = 1 + 8 + 4
	if len(b) <= fixed || len(b) > fixed+maxNameBytes || b[0] != metadataVersion {
		return ring.Member{}, fmt.Errorf("%w: %d bytes", errMetadata, len(b))
	}
	return ring.Member{
		Boot:  binary.BigEndian.Uint64(b[1:]),
		Epoch: binary.BigEndian.Uint32(b[9:]),
		Name:  string(b[fixed:]),
	}, nil
}

// memberOf reads what memberlist knows of a member. node may change under memberlist's lock, so this
// is for its callbacks, which hold it.
func memberOf(node *memberlist.Node) (ring.Member, error) {
	m, err := parseMetadata(node.Meta)
	ip, ok := netip.AddrFromSlice(node.Addr)
	if !ok && err == nil {
		err = fmt.Errorf("%w: address of %d bytes", errMetadata, len(node.Addr))
	}
	if err != nil {
		return ring.Member{}, fmt.Errorf("member %q: %w", node.Name, err)
	}
	m.ID = ring.HostID(node.Name)
	m.Addr = netip.AddrPortFrom(ip.Unmap(), node.Port).String()
	return m, nil
}

// nodeOf is the way back, as far as memberlist needs it to send a datagram.
func nodeOf(m ring.Member) (*memberlist.Node, error) {
	addr, err := netip.ParseAddrPort(m.Addr)
	if err != nil {
		return nil, err
	}
	return &memberlist.Node{Name: string(m.ID), Addr: addr.Addr().AsSlice(), Port: addr.Port()}, nil
}
