package cma

import (
	"errors"
	"net/http"
	"testing"

	"github.com/assim-mesh/assim/cma/api"
)

func TestHeard(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	s.send(t, seal(t, "web1", "os", 1, 1, raw(`{}`)), seal(t, "web2", "os", 1, 1, raw(`{}`)))
	s.report(t, "web2", "dead@1")
	heard, err := s.client.Heard(t.Context(), []string{"web2", "nobody", "web1"})
	if err != nil || len(heard) != 2 {
		t.Fatalf("%+v, %v; want web2 and web1", heard, err)
	}
	for i, want := range []struct{ name, status string }{{"web2", statusDead}, {"web1", statusUp}} {
		h := heard[i]
		if h.Name != want.name || h.Status != want.status || h.SeenMS == 0 || h.AgeMS < 0 || h.AgeMS > 60_000 {
			t.Errorf("%+v, want %v, heard within the minute", h, want)
		}
	}
	if again, err := s.client.Heard(t.Context(), []string{heard[1].ID}); err != nil || len(again) != 1 || again[0].Name != "web1" {
		t.Errorf("by id: %+v, %v", again, err)
	}
	if _, err := s.client.Heard(t.Context(), make([]string, api.MaxHeard)); err != nil {
		t.Errorf("as many as there may be: %v", err)
	}
	var refused *api.Error
	_, err = s.client.Heard(t.Context(), make([]string, api.MaxHeard+1))
	if !errors.As(err, &refused) || refused.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("one more: %v, want it refused", err)
	}
}
