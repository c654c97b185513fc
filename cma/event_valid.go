package cma

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// maxTextBytes bounds a text in an event; it goes to hooks' environments and to terminals.
const maxTextBytes = 255

// validateEvent checks an event that came from elsewhere.
func validateEvent(e ring.Event) error {
	if err := validateMember(e.Subject); err != nil {
		return fmt.Errorf("subject: %w", err)
	}
	if err := validateHostID(e.Witness); err != nil {
		return fmt.Errorf("witness: %w", err)
	}
	if n := len(e.SecondedBy); n > api.MaxWitnesses {
		return fmt.Errorf("seconded by %d hosts, at most %d", n, api.MaxWitnesses)
	}
	for _, id := range e.SecondedBy {
		if err := validateHostID(id); err != nil {
			return fmt.Errorf("seconded by: %w", err)
		}
	}
	if e.SilentMS < 0 || e.RTTMicros < 0 {
		return fmt.Errorf("silent for %d ms, round trip of %d µs: neither is below 0", e.SilentMS, e.RTTMicros)
	}
	return validateKind(e)
}

// validateKind checks what depends on the kind.
func validateKind(e ring.Event) error {
	states := []ring.HostState{""}
	switch e.Kind {
	case ring.Dead:
		states = []ring.HostState{ring.HostDead, ring.NanoprobeDown}
	case ring.Shutdown:
		states = []ring.HostState{"", ring.ShutDown}
	case ring.Alive, ring.Restarted, ring.Link, ring.LinkUp, ring.Isolated, ring.Rejoined, ring.Cloned:
	default:
		return fmt.Errorf("kind %q is not known", e.Kind)
	}
	if !slices.Contains(states, e.State) {
		return fmt.Errorf("state %q does not go with kind %q", e.State, e.Kind)
	}
	if (e.Other != nil) != (e.Kind == ring.Cloned) {
		return fmt.Errorf("kind %q: a second host goes with %q, and with no other kind", e.Kind, ring.Cloned)
	}
	if e.Other == nil {
		return nil
	}
	if err := validateMember(*e.Other); err != nil {
		return fmt.Errorf("second host: %w", err)
	}
	return nil
}

func validateMember(m ring.Member) error {
	if err := validateText(m.Addr); err != nil {
		return fmt.Errorf("address: %w", err)
	}
	return validateOrigin(string(m.ID), m.Name, m.Boot)
}

// validateOrigin admits boots that a graph can hold.
func validateOrigin(hostID, host string, boot uint64) error {
	if boot > math.MaxInt64 {
		return fmt.Errorf("host %q: boot %d is above %d", host, boot, math.MaxInt64)
	}
	return discovery.Origin{Host: host, HostID: hostID, Boot: boot}.Validate()
}

func validateHostID(id ring.HostID) error {
	if id == "" {
		return errors.New("host id is empty")
	}
	return validateText(string(id))
}

func validateText(text string) error {
	if len(text) > maxTextBytes {
		return fmt.Errorf("%d bytes, at most %d", len(text), maxTextBytes)
	}
	for _, r := range text {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return fmt.Errorf("%q has a character that is not printable: %q", text, r)
		}
	}
	return nil
}
