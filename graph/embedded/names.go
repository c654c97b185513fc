package embedded

import (
	"maps"
	"strings"
)

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

// texts keeps strings once each, by number, as long as somebody uses them.
type texts struct {
	values column[any] // string, boxed: what a query reads costs no allocation

	// What follows is the writer's.
	ids   map[string]uint32
	users []uint32 // by number
	free  []uint32
}

// use returns the number of s, which counts one user more. Numbers begin at 1.
func (t *texts) use(s string, batch uint64) uint32 {
	if id, ok := t.ids[s]; ok {
		t.users[id]++
		return id
	}
	var id uint32
	if last := len(t.free) - 1; last >= 0 {
		id, t.free = t.free[last], t.free[:last]
	} else {
		id = uint32(max(1, len(t.users)))
		t.users = append(t.users, make([]uint32, int(id)+1-len(t.users))...)
	}
	s = strings.Clone(s) // it may be a part of something longer
	t.ids[s], t.users[id] = id, 1
	t.values.set(id, s, batch)
	return id
}

// drop counts one user less.
func (t *texts) drop(id uint32, batch uint64) {
	if t.users[id]--; t.users[id] > 0 {
		return
	}
	delete(t.ids, t.values.get(id).(string))
	t.values.set(id, nil, batch)
	t.free = append(t.free, id)
}
