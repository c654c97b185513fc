package mesh

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/hashicorp/memberlist"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// metadataVersion begins the metadata that memberlist spreads with each member, at most 503 of its
// 512 bytes:
//
//	byte 0    version, 2
//	byte 1    oldest version whose readers understand it, 2
//	8 bytes   boot, big-endian
//	4 bytes   epoch, big-endian
//	32 bytes  the host's public key, of ed25519
//	text      name of the host
//	text      note of package backbone
//
// A text is one byte of length and that many bytes. A later version that says that version 2 can
// read it may append more, which is ignored here.
const metadataVersion = 2

var errMetadata = errors.New("not the metadata of a nanoprobe")

// peer is a member with all that it tells of itself.
type peer struct {
	ring.Member
	key  ed25519.PublicKey
	note backbone.Note
}

// appendMetadata appends what p tells of itself to b. p is valid, and its note at most maxNoteBytes.
func appendMetadata(b []byte, p peer) []byte {
	b = binary.BigEndian.AppendUint64(append(b, metadataVersion, metadataVersion), p.Boot)
	b = binary.BigEndian.AppendUint32(b, p.Epoch)
	b = append(b, p.key...)
	b = append(append(b, byte(len(p.Name))), p.Name...)
	note := backbone.AppendNote(nil, p.note)
	return append(append(b, byte(len(note))), note...)
}

// parseMetadata returns what b says: boot, epoch, key, name and note.
func parseMetadata(b []byte) (peer, error) {
	const fixed = 2 + 8 + 4 + ed25519.PublicKeySize
	switch {
	case len(b) < fixed || len(b) > memberlist.MetaMaxSize:
		return peer{}, fmt.Errorf("%w: %d bytes", errMetadata, len(b))
	case b[0] < metadataVersion || b[1] > metadataVersion:
		return peer{}, fmt.Errorf("%w: version %d, for readers of version %d", errMetadata, b[0], b[1])
	}
	name, rest, okName := cutText(b[fixed:])
	text, _, okNote := cutText(rest)
	if !okName || !okNote || len(name) == 0 {
		return peer{}, fmt.Errorf("%w: cut short, or no name", errMetadata)
	}
	note, err := backbone.ParseNote(text)
	if err != nil {
		return peer{}, fmt.Errorf("%w: %w", errMetadata, err)
	}
	return peer{
		Member: ring.Member{
			Boot:  binary.BigEndian.Uint64(b[2:]),
			Epoch: binary.BigEndian.Uint32(b[10:]),
			Name:  string(name),
		},
		key:  ed25519.PublicKey(append([]byte(nil), b[14:fixed]...)),
		note: note,
	}, nil
}

// cutText splits the text that b begins with from what follows.
func cutText(b []byte) (text, rest []byte, ok bool) {
	if len(b) == 0 || len(b)-1 < int(b[0]) {
		return nil, nil, false
	}
	n := 1 + int(b[0])
	return b[1:n], b[n:], true
}

// nodeName is the name of a member in memberlist: its host id and its address. A host that returns
// elsewhere is thus another member to memberlist, which would otherwise refuse it until its own
// prober has found the old address dead, a minute and a half later; and a ping that reaches another
// host at a reused address is not answered.
func nodeName(m ring.Member) string { return string(m.ID) + "@" + m.Addr }

// peerOf reads what memberlist knows of a member. node may change under memberlist's lock, so this
// is for its callbacks, which hold it.
func peerOf(node *memberlist.Node) (peer, error) {
	p, err := parseMetadata(node.Meta)
	if err != nil {
		return peer{}, fmt.Errorf("member %q: %w", node.Name, err)
	}
	ip, _ := netip.AddrFromSlice(node.Addr)
	p.Addr = netip.AddrPortFrom(ip.Unmap(), node.Port).String()
	id, ok := strings.CutSuffix(node.Name, "@"+p.Addr)
	if !ok || id == "" || len(id) > maxIDBytes {
		return peer{}, fmt.Errorf("%w: member %q at %s", errMetadata, node.Name, p.Addr)
	}
	p.ID = ring.HostID(id)
	return p, nil
}
