package discovery

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// MaxDocumentBytes bounds a document's data in canonical form. A host with 5,000 packages has
	// 0.25 MB of them; 4 MiB is the bound that Assimilation set for a packet once decompressed.
	MaxDocumentBytes = 4 << 20
	// MaxDepth bounds the nesting of data. lshw, the deepest of the shipped agents, nests 20 levels
	// on a host with many bridges.
	MaxDepth = 64

	maxNameBytes = 255  // of a name in an envelope; a DNS name has at most 253
	maxTextBytes = 1024 // of what is said for people: description, source, proxy
)

var (
	// ErrTooLarge is returned for a document above MaxDocumentBytes.
	ErrTooLarge = errors.New("document too large")
	// ErrTooDeep is returned for a document nested deeper than MaxDepth.
	ErrTooDeep = errors.New("document nested too deep")
)

// Envelope is what an agent or a discovery script says, in the form of Assimilation's scripts. Keys
// that are not listed here are dropped.
type Envelope struct {
	DiscoverType string          `json:"discovertype"` // names the shape of Data: "tcpdiscovery"
	Description  string          `json:"description,omitempty"`
	Host         string          `json:"host"`             // the host's name, unique in the fleet
	Source       string          `json:"source,omitempty"` // the agent or script that said it
	Proxy        string          `json:"proxy,omitempty"`  // container in which it holds: "docker/<id>"
	Instance     string          `json:"instance"`         // names the document on its host; often DiscoverType
	Data         json.RawMessage `json:"data"`             // canonical JSON (see Canonical), at most MaxDocumentBytes
}

// Document is an Envelope that a nanoprobe has sealed: ready to travel.
type Document struct {
	Envelope
	HostID string `json:"host_id"`
	Boot   uint64 `json:"boot"`     // orders one host's starts, whatever its clock does
	Seq    uint64 `json:"sequence"` // orders one boot's documents; from 1
	TimeMS int64  `json:"time_ms"`  // when it was discovered, Unix milliseconds by the host's clock: for people, orders nothing
	Hash   string `json:"hash"`     // SHA-256 of Data, hex
}

// Origin is what all documents of one start of a nanoprobe have in common.
type Origin struct {
	Host   string // the host's name, unique in the fleet
	HostID string
	Boot   uint64 // from 1; see Document
}

// Validate checks an origin that came from elsewhere.
func (o Origin) Validate() error {
	for _, f := range []struct{ name, value string }{{"host", o.Host}, {"host_id", o.HostID}} {
		if err := checkName(f.name, f.value); err != nil {
			return err
		}
	}
	if o.Boot == 0 {
		return fmt.Errorf("host %q: boot 0, it starts at 1", o.Host)
	}
	return nil
}

// Seal makes a document of what agent's Discover returned. The host's name is the origin's whatever a
// script says; an instance that may not be one gives way to the agent's name.
func Seal(agent Agent, result any, from Origin, seq uint64, at time.Time) (Document, error) {
	env, err := envelop(agent, result)
	if err != nil {
		return Document{}, err
	}
	return seal(env, from, seq, at)
}

// envelop is the part of Seal that can be slow or fail through the agent's fault.
func envelop(agent Agent, result any) (Envelope, error) {
	env, ok := result.(Envelope)
	if !ok {
		data, err := json.Marshal(result)
		if err != nil {
			return Envelope{}, err
		}
		env = Envelope{DiscoverType: agent.Name, Data: data}
	}
	if checkName("instance", env.Instance) != nil {
		env.Instance = agent.Name
	}
	if env.Description == "" {
		env.Description = agent.Description
	}
	if env.Source == "" {
		env.Source = agent.Name
	}
	var err error
	env.Data, err = Canonical(env.Data)
	return env, err
}

// seal completes an Envelope whose Data is canonical.
func seal(env Envelope, from Origin, seq uint64, at time.Time) (Document, error) {
	env.Host = from.Host
	doc := Document{
		Envelope: env, HostID: from.HostID, Boot: from.Boot, Seq: seq,
		TimeMS: at.UnixMilli(), Hash: Hash(env.Data),
	}
	return doc, doc.checkFields()
}

// Time is when the document was discovered, by the host's own clock.
func (d Document) Time() time.Time { return time.UnixMilli(d.TimeMS) }

// Newer reports whether d was made after e by the same host.
func (d Document) Newer(e Document) bool {
	return d.Boot > e.Boot || d.Boot == e.Boot && d.Seq > e.Seq
}

// Validate checks a document that came from elsewhere: names present and bounded, data canonical and
// bounded, and the hash that of the data.
func (d Document) Validate() error {
	if err := d.checkFields(); err != nil {
		return err
	}
	data, err := Canonical(d.Data)
	switch {
	case err != nil:
	case !bytes.Equal(data, d.Data):
		err = errors.New("data is not in canonical form")
	case d.Hash != Hash(data):
		err = errors.New("the hash is not that of its data")
	}
	if err != nil {
		return fmt.Errorf("document %q of host %q: %w", d.Instance, d.Host, err)
	}
	return nil
}

// checkFields checks all but the data.
func (d Document) checkFields() error {
	for _, f := range []struct{ name, value string }{
		{"discovertype", d.DiscoverType}, {"host", d.Host}, {"instance", d.Instance}, {"host_id", d.HostID},
	} {
		if err := checkName(f.name, f.value); err != nil {
			return err
		}
	}
	for _, f := range []struct{ name, value string }{
		{"description", d.Description}, {"source", d.Source}, {"proxy", d.Proxy},
	} {
		if err := checkText(f.name, f.value, maxTextBytes); err != nil {
			return err
		}
	}
	if d.Boot == 0 || d.Seq == 0 {
		return fmt.Errorf("document %q of host %q: boot %d, sequence %d: both start at 1", d.Instance, d.Host, d.Boot, d.Seq)
	}
	return nil
}

// checkName refuses what would break a cache key (host#path), a glob or a terminal.
func checkName(field, value string) error {
	if value == "" {
		return fmt.Errorf("%s is empty", field)
	}
	if err := checkText(field, value, maxNameBytes); err != nil {
		return err
	}
	if i := strings.IndexAny(value, `#*?[\`); i >= 0 {
		return fmt.Errorf("%s %q has a character that names may not have: %q", field, value, value[i])
	}
	return nil
}

// checkText refuses what would break a terminal, or fill it.
func checkText(field, value string, maxBytes int) error {
	if len(value) > maxBytes {
		return fmt.Errorf("%s has %d bytes, at most %d", field, len(value), maxBytes)
	}
	for _, r := range value {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return fmt.Errorf("%s %q has a character that is not printable: %q", field, value, r)
		}
	}
	return nil
}
