package mesh

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/hashicorp/memberlist"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

func TestMetadata(t *testing.T) {
	m := ring.Member{ID: "id", Name: "web1", Addr: "10.0.0.1:7946", Boot: 0x0102, Epoch: 3}
	meta := appendMetadata(nil, m)
	if want := "\x01\x00\x00\x00\x00\x00\x00\x01\x02\x00\x00\x00\x03web1"; string(meta) != want {
		t.Errorf("metadata of %+v: %q, want %q", m, meta, want)
	}
	node := memberlist.Node{Name: "id", Addr: net.IPv4(10, 0, 0, 1), Port: 7946, Meta: meta}
	if got, err := memberOf(&node); err != nil || got != m {
		t.Errorf("memberOf = %+v, %v; want %+v", got, err, m)
	}
	back, err := nodeOf(m)
	if err != nil || back.Address() != m.Addr || back.Name != "id" {
		t.Errorf("nodeOf = %+v, %v; want the address %s", back, err, m.Addr)
	}
	node.Addr = nil
	if _, err := memberOf(&node); !errors.Is(err, errMetadata) {
		t.Errorf("no address: %v", err)
	}
	m.Name = strings.Repeat("n", maxNameBytes)
	if b := appendMetadata(nil, m); len(b) > memberlist.MetaMaxSize {
		t.Errorf("%d bytes, memberlist takes %d", len(b), memberlist.MetaMaxSize)
	}
}

func FuzzMetadata(f *testing.F) {
	f.Add(appendMetadata(nil, ring.Member{Name: "web1", Boot: 1}))
	f.Add([]byte{metadataVersion})
	f.Add([]byte{2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 'w'})
	f.Add(bytes.Repeat([]byte{metadataVersion}, 13+maxNameBytes+1))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseMetadata(b)
		if err == nil && (!bytes.Equal(appendMetadata(nil, m), b) || len(m.Name) > maxNameBytes || m.Name == "") {
			t.Errorf("%q is %+v, which is written %q", b, m, appendMetadata(nil, m))
		}
		if err != nil && !errors.Is(err, errMetadata) {
			t.Errorf("%q: %v", b, err)
		}
	})
}
