package derive

import (
	"strings"

	"github.com/assim-mesh/assim/graph"
)

// key joins the parts of a node's key with "|". A part that has one itself, as a file's or package's
// name may, is escaped, so that different parts never make one key.
func key(parts ...string) string {
	for _, p := range parts {
		if strings.IndexByte(p, '%') >= 0 || strings.IndexByte(p, '|') >= 0 {
			return escapedKey(parts)
		}
	}
	return strings.Join(parts, "|")
}

func escapedKey(parts []string) string {
	escape := strings.NewReplacer("%", "%25", "|", "%7C")
	escaped := make([]string, len(parts))
	for i, p := range parts {
		escaped[i] = escape.Replace(p)
	}
	return strings.Join(escaped, "|")
}

// setText sets a property unless value is empty: what is not known is left out.
func setText(p graph.Props, name, value string) {
	if value != "" {
		p[name] = value
	}
}

// set sets a property unless value is nil.
func set[T int64 | bool](p graph.Props, name string, value *T) {
	if value != nil {
		p[name] = *value
	}
}
