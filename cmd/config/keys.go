package config

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/assim-mesh/assim/graph/cypher/spelling"
)

// check refuses keys of n that type t does not have, whatever their depth, and keys given twice. key
// is the way to n.
func check(n *yaml.Node, t reflect.Type, key string, place func(*yaml.Node) string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case n.Kind == yaml.AliasNode:
		return &Error{Place: place(n), Problem: "aliases are not taken here: write the value"}
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			if err := check(item, t.Elem(), key, place); err != nil {
				return err
			}
		}
		return nil
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		return checkMapping(n, t, key, place)
	case t.Kind() == reflect.Struct && n.Tag != "!!null":
		return &Error{Place: place(n), Problem: fmt.Sprintf("%s has keys of its own: %s", keyOrAll(key), strings.Join(names(t), ", "))}
	}
	return nil
}

func checkMapping(n *yaml.Node, t reflect.Type, key string, place func(*yaml.Node) string) error {
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		full := strings.TrimPrefix(key+"."+name.Value, ".")
		field, ok := fieldOf(t, name.Value)
		if !ok {
			return &Error{Place: place(name), Problem: fmt.Sprintf("unknown key %q", full), Nearest: spelling.Nearest(name.Value, names(t))}
		}
		if seen[name.Value] {
			return &Error{Place: place(name), Problem: fmt.Sprintf("key %q is given twice", full)}
		}
		seen[name.Value] = true
		if err := check(value, field.Type, full, place); err != nil {
			return err
		}
	}
	return nil
}

func keyOrAll(key string) string {
	if key == "" {
		return "the configuration"
	}
	return fmt.Sprintf("%q", key)
}

// names are the keys of a struct.
func names(t reflect.Type) (keys []string) {
	for i := range t.NumField() {
		keys = append(keys, nameOf(t.Field(i)))
	}
	return keys
}

func nameOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name
}

func fieldOf(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if nameOf(t.Field(i)) == name {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

// keysOf lists every key below t that has a value and no keys of its own.
func keysOf(t reflect.Type, prefix []string) (keys [][]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		key := append(append([]string{}, prefix...), nameOf(f))
		if f.Type.Kind() == reflect.Struct {
			keys = append(keys, keysOf(f.Type, key)...)
		} else {
			keys = append(keys, key)
		}
	}
	return keys
}

// Keys lists every key of a configuration, as they are written with --set, sorted as in the struct.
func Keys(configuration any) []string {
	var all []string
	for _, key := range keysOf(reflect.TypeOf(configuration), nil) {
		all = append(all, strings.Join(key, "."))
	}
	return all
}
