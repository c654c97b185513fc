package graph

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what one document may assert.
const (
	MaxNodes      = 100_000  // nodes; a host with 5,000 packages asserts 5,002
	MaxRels       = 400_000  // relationships
	MaxLabels     = 16       // labels of a node besides its first
	MaxProps      = 256      // properties of a node or relationship
	MaxNameBytes  = 64       // label, type or property name
	MaxKeyBytes   = 4096     // key, or text of an indexed property; an index of Neo4j takes 8 kB
	MaxValueBytes = 64 << 10 // string value
	MaxListLen    = 10_000   // elements of a list value

	// maxSourceBytes bounds host, instance and hash: the names in an envelope have at most 255 bytes.
	maxSourceBytes = 255
)

// Validate checks that f is within the bounds above and whole: its parts are valid (ValidateParts), nothing
// is asserted twice, and the ends of each relationship are among the nodes. The error is ErrRefused.
func (f Facts) Validate() error {
	if err := f.ValidateParts(); err != nil {
		return err
	}
	return f.explain(f.validateWhole())
}

// ValidateParts checks each part of f by itself: names that need no quoting in any query language, text in
// valid UTF-8, values of the types of [Props], labels sorted, no properties of what is exclusive
// ([Exclusive]). It is half the work, for who knows that f is whole by the way in which it was made. The error is ErrRefused.
func (f Facts) ValidateParts() error { return f.explain(f.validateParts()) }

// explain adds to err whose facts they are.
func (f Facts) explain(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w of document %q of host %q: %w", ErrRefused, f.Source.Instance, f.Source.Host, err)
}

func (f Facts) validateParts() error {
	if err := f.Source.validate(); err != nil {
		return err
	}
	if len(f.Nodes) > MaxNodes || len(f.Rels) > MaxRels {
		return fmt.Errorf("%d nodes and %d relationships, at most %d and %d", len(f.Nodes), len(f.Rels), MaxNodes, MaxRels)
	}
	for i := range f.Nodes {
		n := &f.Nodes[i]
		if err := n.validate(); err != nil {
			return fmt.Errorf("node %q of label %q: %w", n.Key, n.Label, err)
		}
	}
	for i := range f.Rels {
		r := &f.Rels[i]
		if err := r.validate(); err != nil {
			return r.explain(err)
		}
	}
	return nil
}

func (f Facts) validateWhole() error {
	places := make(map[Ref]int32, len(f.Nodes))
	for i := range f.Nodes {
		n := &f.Nodes[i]
		if _, twice := places[n.Ref]; twice {
			return fmt.Errorf("node %q of label %q is asserted twice", n.Key, n.Label)
		}
		places[n.Ref] = int32(i)
	}
	seen := make(map[placedRel]bool, len(f.Rels))
	for i := range f.Rels {
		r := &f.Rels[i]
		placed, err := r.place(places)
		if err != nil {
			return r.explain(err)
		}
		if seen[placed] {
			return fmt.Errorf("relationship %q from %q to %q is asserted twice", r.Type, r.From.Key, r.To.Key)
		}
		seen[placed] = true
	}
	return nil
}

// placedRel is a RelRef by the places of its ends among the nodes: a map of these is a third of the size.
type placedRel struct {
	from, to int32
	relType  string
}

func (s Source) validate() error {
	for _, f := range []struct{ name, value string }{{"host", s.Host}, {"instance", s.Instance}} {
		if f.value == "" {
			return fmt.Errorf("%s is empty", f.name)
		}
		if err := checkText(f.value, maxSourceBytes); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if strings.ContainsFunc(f.value, unicode.IsControl) {
			return fmt.Errorf("%s %q has a control character", f.name, f.value)
		}
	}
	if s.Boot == 0 || s.Seq == 0 {
		return fmt.Errorf("boot %d, sequence %d: both start at 1", s.Boot, s.Seq)
	}
	if err := checkText(s.Hash, maxSourceBytes); err != nil {
		return fmt.Errorf("hash: %w", err)
	}
	return nil
}

func (n *Node) validate() error {
	if n.Key == "" {
		return fmt.Errorf("%s is empty", KeyProp)
	}
	if err := checkText(n.Key, MaxKeyBytes); err != nil {
		return fmt.Errorf("%s: %w", KeyProp, err)
	}
	if err := checkName("label", n.Label); err != nil {
		return err
	}
	if len(n.Labels) > MaxLabels {
		return fmt.Errorf("%d further labels, at most %d", len(n.Labels), MaxLabels)
	}
	for i, l := range n.Labels {
		if err := checkName("label", l); err != nil {
			return err
		}
		if l == n.Label || i > 0 && n.Labels[i-1] >= l {
			return fmt.Errorf("label %q is repeated or out of order", l)
		}
		if slices.Contains(FirstLabels(), l) {
			return fmt.Errorf("label %q can only be the first", l)
		}
	}
	if _, ok := n.Props[KeyProp]; ok {
		return fmt.Errorf("property %q is the node's own key", KeyProp)
	}
	for _, on := range Indexes() {
		if on.Label != n.Label {
			continue
		}
		if text, ok := n.Props[on.Prop].(string); ok && len(text) > MaxKeyBytes {
			return fmt.Errorf("property %q: %d bytes, at most %d", on.Prop, len(text), MaxKeyBytes)
		}
	}
	return n.Props.validate()
}

func (r *Rel) explain(err error) error {
	return fmt.Errorf("relationship %q from %q to %q: %w", r.Type, r.From.Key, r.To.Key, err)
}

func (r *Rel) validate() error {
	if err := checkName("type", r.Type); err != nil {
		return err
	}
	if len(r.Props) == 0 {
		return nil
	}
	if _, exclusive := r.Ref().Slot(); exclusive {
		return fmt.Errorf("it has %d properties; one from label %q has none", len(r.Props), r.From.Label)
	}
	return r.Props.validate()
}

// place finds the ends of r among the nodes.
func (r *Rel) place(places map[Ref]int32) (placedRel, error) {
	from, hasFrom := places[r.From]
	to, hasTo := places[r.To]
	switch {
	case !hasFrom:
		return placedRel{}, fmt.Errorf("its end %q of label %q is not among the nodes", r.From.Key, r.From.Label)
	case !hasTo:
		return placedRel{}, fmt.Errorf("its end %q of label %q is not among the nodes", r.To.Key, r.To.Label)
	}
	return placedRel{from, to, r.Type}, nil
}

func (p Props) validate() error {
	if len(p) > MaxProps {
		return fmt.Errorf("%d properties, at most %d", len(p), MaxProps)
	}
	for name, v := range p {
		if err := checkName("property", name); err != nil {
			return err
		}
		if err := checkValue(v); err != nil {
			return fmt.Errorf("property %q: %w", name, err)
		}
	}
	return nil
}

func checkValue(v any) error {
	switch v := v.(type) {
	case bool, int64:
		return nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%v is not a finite number", v)
		}
		return nil
	case string:
		return checkText(v, MaxValueBytes)
	case []string:
		if len(v) > MaxListLen {
			return fmt.Errorf("%d elements, at most %d", len(v), MaxListLen)
		}
		for _, s := range v {
			if err := checkText(s, MaxValueBytes); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("%T is no property value", v)
}

func checkText(s string, maxBytes int) error {
	if len(s) > maxBytes {
		return fmt.Errorf("%d bytes, at most %d", len(s), maxBytes)
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("%q is not UTF-8", s)
	}
	return nil
}

// checkName admits what every query language takes for a name without quotes, so that no document can
// smuggle anything into a query by way of a name.
func checkName(kind, name string) error {
	if name == "" || len(name) > MaxNameBytes {
		return fmt.Errorf("%s %q has %d bytes, 1 to %d are allowed", kind, name, len(name), MaxNameBytes)
	}
	for i := range len(name) {
		if !isNameByte(name[i]) || i == 0 && isDigit(name[i]) {
			return fmt.Errorf("%s %q is not a letter followed by letters, digits and _", kind, name)
		}
	}
	return nil
}

func isNameByte(c byte) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
