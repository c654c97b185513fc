package cma

import (
	"bytes"
	"crypto/ed25519"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

func keyOf(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func public(key ed25519.PrivateKey) []byte { return key.Public().(ed25519.PublicKey) }

// TestSignatures: a witness that has shown a key is believed by its signature alone, and its first key
// stays; one that has not is believed as it is.
func TestSignatures(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	key, other := keyOf(1), keyOf(2)
	show := func(key ed25519.PrivateKey) {
		t.Helper()
		m := api.Manifest{HostID: "id-w1", Host: "w1", Boot: 1, Key: public(key)}
		if _, err := s.client.SendManifest(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	event := func(host string) ring.Event { return say(t, host, "dead@1+id-w1")[0] }
	tampered := event("f").Sign(key)
	tampered.SilentMS = 1
	for _, tt := range []struct {
		name  string
		event ring.Event
		taken bool
	}{
		{"without a key that is known", event("a"), true},
		{"signed, and no key is known", event("b").Sign(other), true},
		{"signed", event("c").Sign(key), true},
		{"unsigned", event("d"), false},
		{"signed by another", event("e").Sign(other), false},
		{"tampered with", tampered, false},
		{"signed by a key that came second", event("g").Sign(other), false},
		{"signed by the first after another was shown", event("h").Sign(key), true},
	} {
		switch tt.name {
		case "signed":
			show(key)
		case "signed by a key that came second":
			show(other)
		}
		stored, err := s.client.SendEvents(t.Context(), api.Events{Events: []ring.Event{tt.event}})
		if err != nil || (stored.Stored == 1) != tt.taken || len(stored.Refused) == 1 == tt.taken {
			t.Errorf("%s: %+v, %v, want it taken: %v", tt.name, stored, err, tt.taken)
		}
		if !tt.taken && (stored.Refused[0].Instance != tt.event.ID() || !strings.Contains(stored.Refused[0].Reason, `witness "id-w1" has shown a key`)) {
			t.Errorf("%s: refused with %+v", tt.name, stored.Refused)
		}
	}
	if status := s.settle(t); status.SignaturesRefused != 4 || status.EventsRefused != 4 || status.KeysRefused != 1 {
		t.Errorf("%+v, want 4 signatures and 1 key refused", status)
	}
	r, w := httptest.NewRequest("GET", "/metrics", nil), httptest.NewRecorder()
	r.Header.Set("Authorization", "Bearer "+s.bearer)
	s.Handler().ServeHTTP(w, r)
	for _, want := range []string{"refused_signatures_total 4", "refused_keys_total 1", "held_events 0", "incidents 0"} {
		if !strings.Contains(w.Body.String(), "\nassim_cma_"+want+"\n") {
			t.Errorf("no %q in the metrics\n%s", want, w.Body)
		}
	}
	events, err := s.client.Events(t.Context(), 0, 9, 0)
	if err != nil || len(events) != 4 || events[0].Testimonies[0].Signed || !events[2].Testimonies[0].Signed {
		t.Errorf("%+v, %v, want the third signed and the first not", events, err)
	}
}
