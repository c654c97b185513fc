package cma

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/nanoprobe/cause"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// maxTextBytes bounds a text in an event; it goes to hooks' environments and to terminals.
const maxTextBytes = 255

// validateEvent checks an event that came from elsewhere.
func validateEvent(e ring.Event) error {
	if isOfMany(e.Kind) {
		if err := validateMany(e); err != nil {
			return err
		}
	} else if err := validateOne(e); err != nil {
		return err
	}
	if err := validateHostID(e.Witness); err != nil {
		return fmt.Errorf("witness: %w", err)
	}
	for _, list := range []struct {
		what string
		ids  []ring.HostID
	}{{"seconded by", e.SecondedBy}, {"asked", e.Asked}} {
		if n := len(list.ids); n > api.MaxWitnesses {
			return fmt.Errorf("%s %d hosts, at most %d", list.what, n, api.MaxWitnesses)
		}
		for _, id := range list.ids {
			if err := validateHostID(id); err != nil {
				return fmt.Errorf("%s: %w", list.what, err)
			}
		}
	}
	return errors.Join(validateMeasured(e), validateKind(e))
}

// validateMeasured checks what a witness measured, and its signature's size.
func validateMeasured(e ring.Event) error {
	switch {
	case e.SilentMS < 0 || e.RTTMicros < 0 || e.Returns < 0:
		return fmt.Errorf("silent for %d ms, round trip of %d µs, %d returns: none is below 0", e.SilentMS, e.RTTMicros, e.Returns)
	case e.LossPct < 0 || e.LossPct > 100:
		return fmt.Errorf("loss of %d %%, 0 to 100", e.LossPct)
	case !slices.Contains([]string{"", "refused", "accepted", "silence"}, e.Dial):
		return fmt.Errorf("dial %q is none of refused, accepted and silence", e.Dial)
	case len(e.Signature) != 0 && len(e.Signature) != ed25519.SignatureSize:
		return fmt.Errorf("signature of %d bytes, it has %d", len(e.Signature), ed25519.SignatureSize)
	}
	return nil
}

// validateOne checks whom an event about one host concerns.
func validateOne(e ring.Event) error {
	if err := validateMember(e.Subject); err != nil {
		return fmt.Errorf("subject: %w", err)
	}
	if e.Address != "" || e.Ring != "" || e.Segment != "" || e.Incident != "" || e.Members != nil || e.HostCount != 0 {
		return fmt.Errorf("kind %q is about one host: no address, ring, segment, incident and members go with it", e.Kind)
	}
	return nil
}

// validateMany checks whom an event about many hosts concerns, and what these have in common. Its subject
// is not looked at.
func validateMany(e ring.Event) error {
	kind, _ := cause.Split(e.Segment)
	said := map[ring.Kind]bool{
		ring.RingLost:    e.Ring != "" && e.Segment == "",
		ring.SwitchDown:  kind == cause.Switch,
		ring.SegmentDown: kind != "" && kind != cause.Switch,
		ring.Restored:    e.Ring != "" || e.Segment != "",
	}
	switch {
	case !said[e.Kind]:
		return fmt.Errorf("kind %q does not go with ring %q and segment %q", e.Kind, e.Ring, e.Segment)
	case e.Incident == "":
		return errors.New("incident is empty")
	case len(e.Members) == 0 || len(e.Members) > ring.MaxMembers:
		return fmt.Errorf("%d members, 1 to %d", len(e.Members), ring.MaxMembers)
	case e.HostCount != 0 && e.HostCount < len(e.Members) || e.HostCount > maxHosts:
		return fmt.Errorf("host count of %d with %d members, as many or more, at most %d", e.HostCount, len(e.Members), maxHosts)
	}
	if e.Segment != "" {
		if err := cause.ValidateSegments([]string{e.Segment}); err != nil {
			return err
		}
	}
	for _, text := range []string{e.Ring, e.Incident} {
		if err := validateText(text); err != nil {
			return err
		}
	}
	for _, m := range e.Members {
		if err := validateMember(m); err != nil {
			return fmt.Errorf("member: %w", err)
		}
	}
	return nil
}

// validateKind checks what depends on the kind.
func validateKind(e ring.Event) error {
	states := []ring.HostState{""}
	switch e.Kind {
	case ring.Dead:
		states = []ring.HostState{ring.HostDead, ring.NanoprobeDown}
	case ring.Shutdown:
		states = []ring.HostState{"", ring.ShutDown}
	case ring.Alive, ring.Restarted, ring.Link, ring.LinkUp, ring.Isolated, ring.Rejoined, ring.Cloned,
		ring.Flapping, ring.Settled, ring.RingLost, ring.SwitchDown, ring.SegmentDown, ring.Restored:
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

func validateText(text string) error { return validatePrintable(text, maxTextBytes) }

func validatePrintable(text string, maxBytes int) error {
	if len(text) > maxBytes {
		return fmt.Errorf("%d bytes, at most %d", len(text), maxBytes)
	}
	for _, r := range text {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return fmt.Errorf("%q has a character that is not printable: %q", text, r)
		}
	}
	return nil
}
