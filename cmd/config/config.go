package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/assim-mesh/assim/graph/cypher/spelling"
)

// maxFileBytes bounds a configuration file: one with a thousand addresses has 64 KiB.
const maxFileBytes = 1 << 20

// Error is a fault of a configuration.
type Error struct {
	Place   string // file and line, name of the variable, or the flag
	Problem string
	Nearest string // the key that was perhaps meant
}

func (e *Error) Error() string { return e.Place + ": " + e.Problem }

// Duration is a time.Duration as people write it: 500ms, 30s, 2h.
type Duration time.Duration

// UnmarshalYAML reads a duration with its unit.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := time.ParseDuration(n.Value)
	if err != nil || n.Kind != yaml.ScalarNode {
		return fmt.Errorf("%q is not a duration such as 30s or 5m", n.Value)
	}
	*d = Duration(v)
	return nil
}

// Load fills into, a pointer to a struct that holds the defaults, from the file at path unless that is
// empty, from environ ("NAME=VALUE", as os.Environ returns it), and from sets ("key.key=VALUE").
func Load(path string, environ, sets []string, into any) error {
	if path != "" {
		if err := loadFile(path, into); err != nil {
			return err
		}
	}
	keys := keysOf(reflect.TypeOf(into).Elem(), nil)
	for _, key := range keys {
		name := "ASSIM_" + strings.ToUpper(strings.ReplaceAll(strings.Join(key, "_"), "-", "_"))
		i := slices.IndexFunc(environ, func(e string) bool { return strings.HasPrefix(e, name+"=") })
		if i < 0 {
			continue
		}
		if err := set(into, name, key, environ[i][len(name)+1:]); err != nil {
			return err
		}
	}
	for _, s := range sets {
		if err := loadSet(s, keys, into); err != nil {
			return err
		}
	}
	return nil
}

func loadFile(path string, into any) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() > maxFileBytes {
		return &Error{Place: path, Problem: fmt.Sprintf("%d bytes, at most %d", info.Size(), maxFileBytes)}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return decode(path, text, into)
}

// decode fills into from the YAML text of file.
func decode(file string, text []byte, into any) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return &Error{Place: file, Problem: strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	if len(doc.Content) == 0 {
		return nil // empty, or comments only
	}
	place := func(n *yaml.Node) string { return fmt.Sprintf("%s, line %d", file, n.Line) }
	if err := check(doc.Content[0], reflect.TypeOf(into), "", place); err != nil {
		return err
	}
	return fit(doc.Content[0].Decode(into), file)
}

// loadSet takes one flag of the form key.key=VALUE.
func loadSet(s string, keys [][]string, into any) error {
	name, value, ok := strings.Cut(s, "=")
	place := "--set " + name
	if !ok {
		return &Error{Place: place, Problem: "not of the form KEY=VALUE"}
	}
	key := strings.Split(name, ".")
	if !slices.ContainsFunc(keys, func(k []string) bool { return slices.Equal(k, key) }) {
		var known []string
		for _, k := range keys {
			known = append(known, strings.Join(k, "."))
		}
		return &Error{Place: place, Problem: fmt.Sprintf("unknown key %q", name), Nearest: spelling.Nearest(name, known)}
	}
	return set(into, place, key, value)
}

// set gives the key the YAML value. An empty one empties it.
func set(into any, place string, key []string, value string) error {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(value), &doc); err != nil {
		return &Error{Place: place, Problem: strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	if len(doc.Content) == 0 {
		valueAt(into, key).SetZero() // null, which YAML makes of nothing, would leave a text as it is
		return nil
	}
	node := doc.Content[0]
	for _, k := range slices.Backward(key) {
		node = &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: k}, node}}
	}
	if err := check(node, reflect.TypeOf(into), "", func(*yaml.Node) string { return place }); err != nil {
		return err
	}
	return fit(node.Decode(into), place)
}

// valueAt is the value of a key that there is.
func valueAt(into any, key []string) reflect.Value {
	v := reflect.ValueOf(into).Elem()
	for _, k := range key {
		f, _ := fieldOf(v.Type(), k)
		v = v.FieldByIndex(f.Index)
	}
	return v
}

// fit is a failure of the library's decoding in our form.
func fit(err error, place string) error {
	if err == nil {
		return nil
	}
	problem := strings.TrimPrefix(err.Error(), "yaml: ")
	var typeErr *yaml.TypeError
	if errors.As(err, &typeErr) {
		problem = strings.Join(typeErr.Errors, "; ")
	}
	return &Error{Place: place, Problem: problem}
}
