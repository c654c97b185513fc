package main

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/assim-mesh/assim/cma/api"
)

// decodeRows makes a T, a struct, of each row, whose columns are the names of T's members in JSON. A column
// that T does not have is passed over; what does not fit its member is an api.ErrBadAnswer.
func decodeRows[T any](rows api.Rows) ([]T, error) {
	members := make([][]int, len(rows.Columns)) // their index, see reflect.Value.FieldByIndex
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if i := slices.Index(rows.Columns, name); i >= 0 {
			members[i] = f.Index
		}
	}
	all := make([]T, len(rows.Rows))
	for i, row := range rows.Rows {
		v := reflect.ValueOf(&all[i]).Elem()
		for j, cell := range row {
			if j >= len(members) || members[j] == nil {
				continue
			}
			if err := decodeCell(cell, v.FieldByIndex(members[j])); err != nil {
				return nil, fmt.Errorf("%w: column %q: %w", api.ErrBadAnswer, rows.Columns[j], err)
			}
		}
	}
	return all, nil
}

// decodeCell decodes a value of JSON. Texts, which most are, take the short way.
func decodeCell(cell json.RawMessage, into reflect.Value) error {
	if into.Kind() == reflect.String && len(cell) > 0 && (cell[0] == '"' || cell[0] == 'n') { // null is no text
		into.SetString(scalar(cell))
		return nil
	}
	return json.Unmarshal(cell, into.Addr().Interface())
}

// firstColumn is the first column as text.
func firstColumn(rows api.Rows) []string {
	texts := make([]string, len(rows.Rows))
	for i, row := range rows.Rows {
		texts[i] = scalar(row[0])
	}
	return texts
}

// ages say how long ago hosts were heard, by their names.
type ages map[string]time.Duration

// askAges asks how old the news of hosts are. Names may be there more than once, or empty.
func askAges(ctx context.Context, client *api.Client, hosts []string) (ages, error) {
	known := ages{}
	asked := slices.DeleteFunc(slices.Sorted(slices.Values(hosts)), func(h string) bool { return h == "" })
	for some := range slices.Chunk(slices.Compact(asked), api.MaxHeard) {
		heard, err := client.Heard(ctx, some)
		if err != nil {
			return nil, err
		}
		for _, h := range heard {
			known[h.Name] = time.Duration(h.AgeMS) * time.Millisecond
		}
	}
	return known, nil
}

// oldest is the age of the oldest news of some hosts, for people; empty if none of them was heard.
func (a ages) oldest(hosts []string) string {
	oldest, known := time.Duration(0), false
	for _, h := range hosts {
		d, ok := a[h]
		oldest, known = max(oldest, d), known || ok
	}
	if !known {
		return ""
	}
	return age(oldest)
}
