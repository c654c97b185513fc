package mesh

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"net"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/memberlist"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

func publicKey(seed string) ed25519.PublicKey { return hostKey(seed).Public().(ed25519.PublicKey) }

func web1() peer {
	return peer{
		Member: ring.Member{ID: "id", Name: "web1", Addr: "10.0.0.1:7946", Boot: 0x0102, Epoch: 3},
		key:    publicKey("web1"), note: backbone.Note{Free: true, Segments: []string{"rack:R7"}},
	}
}

func TestMetadata(t *testing.T) {
	p := web1()
	meta := appendMetadata(nil, p)
	head := "\x02\x02\x00\x00\x00\x00\x00\x00\x01\x02\x00\x00\x00\x03" + string(p.key) + "\x04web1"
	if !strings.HasPrefix(string(meta), head) || !strings.HasSuffix(string(meta), "rack:R7") {
		t.Errorf("metadata of %+v: %q, want %q and a note", p, meta, head)
	}
	node := memberlist.Node{Name: "id@10.0.0.1:7946", Addr: net.IPv4(10, 0, 0, 1), Port: 7946, Meta: meta}
	if got, err := peerOf(&node); err != nil || !reflect.DeepEqual(got, p) {
		t.Errorf("peerOf = %+v, %v; want %+v", got, err, p)
	}
	if name := nodeName(p.Member); name != node.Name {
		t.Errorf("nodeName %q, want %q", name, node.Name)
	}
	for _, name := range []string{"id", "id@10.0.0.2:7946", "@10.0.0.1:7946", strings.Repeat("i", maxIDBytes+1) + "@10.0.0.1:7946"} {
		node.Name = name
		if _, err := peerOf(&node); !errors.Is(err, errMetadata) {
			t.Errorf("member %q at 10.0.0.1:7946: %v, want it refused", name, err)
		}
	}
	node.Name, node.Addr = "id@10.0.0.1:7946", nil
	if _, err := peerOf(&node); !errors.Is(err, errMetadata) {
		t.Errorf("no address: %v", err)
	}
}

// TestMetadataVersions: what a later version appends is ignored if it says that this one can read it.
func TestMetadataVersions(t *testing.T) {
	meta := appendMetadata(nil, web1())
	later := append(append([]byte{9, 2}, meta[2:]...), "appended"...)
	want, err := parseMetadata(meta)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := parseMetadata(later); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("later version: %+v, %v; want %+v", got, err, want)
	}
	for _, head := range [][]byte{{9, 3}, {1, 1}, {1, 2}} {
		if got, err := parseMetadata(append(head, meta[2:]...)); !errors.Is(err, errMetadata) {
			t.Errorf("version %v: %+v, %v; want it refused", head, got, err)
		}
	}
}

// TestMetadataFits: the longest name and note that there can be.
func TestMetadataFits(t *testing.T) {
	p := web1()
	p.Name = strings.Repeat("n", maxNameBytes)
	at := netip.MustParseAddrPort("[2001:db8::1]:7946")
	r := backbone.Ring{Prefix: backbone.Prefix{Bits: 1 << 63, Len: 64}, Generation: 1}
	p.note.Above = backbone.Above{Ring: backbone.Ring{Level: 1, Generation: 1}, Addrs: []netip.AddrPort{at, at}}
	p.note.Appoints.Stands = backbone.Stands{Ring: r, Entry: at}
	for range backbone.MaxSegments {
		p.note.Segments = append(p.note.Segments, strings.Repeat("s", backbone.MaxSegmentBytes))
	}
	if b := appendMetadata(nil, p); len(b) > memberlist.MetaMaxSize {
		t.Errorf("%d bytes, memberlist takes %d", len(b), memberlist.MetaMaxSize)
	}
}

func FuzzMetadata(f *testing.F) {
	f.Add(appendMetadata(nil, web1()))
	f.Add(append(appendMetadata(nil, web1()), "appended"...))
	f.Add([]byte{metadataVersion})
	f.Add(bytes.Repeat([]byte{metadataVersion}, 400))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parseMetadata(b)
		if err != nil {
			if !errors.Is(err, errMetadata) {
				t.Errorf("%q: %v", b, err)
			}
			return
		}
		again, err := parseMetadata(appendMetadata(nil, p))
		if err != nil || !reflect.DeepEqual(again, p) || p.Name == "" || len(p.key) != ed25519.PublicKeySize {
			t.Errorf("%q is %+v, written and read again %+v, %v", b, p, again, err)
		}
	})
}
