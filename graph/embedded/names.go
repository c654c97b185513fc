package embedded

import "maps"

// maxNames bounds labels and names of properties, which documents choose: a look at all properties of a
// node asks every column.
const maxNames = 4096

// names numbers the names of one kind: labels, types or properties. A number is never given back, and
// a copy of the struct is a snapshot.
type names struct {
	list []string
	ids  map[string]uint32 // not changed once made: a new name makes a new map
}

// id returns the number of a name, which is given one if it has none.
func (n *names) id(name string) (id uint32, isNew bool) {
	if id, ok := n.ids[name]; ok {
		return id, false
	}
	id = uint32(len(n.list))
	n.list = append(n.list, name)
	ids := make(map[string]uint32, len(n.list))
	maps.Copy(ids, n.ids)
	ids[name] = id
	n.ids = ids
	return id, true
}
