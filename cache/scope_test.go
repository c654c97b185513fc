package cache

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

func TestScope(t *testing.T) {
	tests := []struct {
		query Query
		want  []string // of the rows of web1, web2 and db1, each at /etc/web.conf and /proc/db
	}{
		{Query{Hosts: []string{"web1"}}, []string{"web1/etc/web.conf", "web1/proc/db"}},
		{Query{Hosts: []string{"web"}}, nil},
		{Query{Hosts: []string{"web1", "d?1", "absent"}, Paths: []string{"/proc/db"}}, []string{"db1/proc/db", "web1/proc/db"}},
		{Query{Object: "web"}, []string{"db1/etc/web.conf", "web1/etc/web.conf", "web1/proc/db", "web2/etc/web.conf", "web2/proc/db"}},
		{Query{Object: "db", Hosts: []string{"web*"}}, []string{"web1/proc/db", "web2/proc/db"}},
		{Query{Object: "1/"}, nil},
		{Query{Object: "*"}, nil},
	}
	f := newFixture(t, startLocal(t))
	for _, host := range []string{"web1", "web2", "db1"} {
		f.mustPut(t, snap(host, "/etc/web.conf", "x"), snap(host, "/proc/db", "x"))
	}
	for _, tt := range tests {
		var got []string
		_, err := Scan(t.Context(), []Site{f.site}, tt.query, 0, func(r Row) error {
			got = append(got, r.Host+r.Path)
			return nil
		})
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%+v: got %q, %v, want %q", tt.query, got, err, tt.want)
		}
	}
	if _, err := Scan(t.Context(), []Site{f.site}, Query{Object: "web1#/etc"}, 0, nil); !errors.Is(err, ErrInvalid) {
		t.Errorf("an object with a '#': %v, want ErrInvalid", err)
	}
}

// BenchmarkNames looks one host up in a list of 100,000.
func BenchmarkNames(b *testing.B) {
	var list []string
	for i := range 100_000 {
		list = append(list, fmt.Sprintf("host%06d.example.net", i))
	}
	in, err := newScope(Query{Hosts: list})
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		in.hostsAt("/f").match(list[i*7919%len(list)])
	}
}
