package cache_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os/user"
	"time"

	"github.com/assim-mesh/assim/cache"
)

// serve runs a server in this process, in place of Redis, and puts onto it what a small fleet has. A
// program that has a Redis server leaves that out.
func serve() (cache.Site, func()) {
	local, err := cache.NewLocalServer("127.0.0.1:0", "secret")
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- local.Run(ctx) }()
	server := cache.Server{Addr: local.Addr(), Password: "secret"}

	client := cache.Dial(server, cache.Config{})
	defer client.Close()
	for i, s := range []cache.Snapshot{
		{Host: "db1", Path: "/etc/ssh/sshd_config", Content: []byte("Port 22\nPermitRootLogin no\n")},
		{Host: "web1", Path: "/etc/ssh/sshd_config", Content: []byte("Port 22\nPermitRootLogin yes\n")},
		{Host: "web2", Path: "/etc/ssh/sshd_config", Content: []byte("Port 2222\nPermitRootLogin no\n")},
		{Host: "web2", Path: "@os", Content: []byte("name = debian\n")},
	} {
		s.HostID, s.Boot, s.Seq = "id of "+s.Host, 1, uint64(i+1)
		if _, err := client.Put(ctx, s); err != nil {
			log.Fatal(err)
		}
	}
	return cache.Site{Name: "east", Servers: []cache.Server{server}}, func() { cancel(); <-done }
}

// A host puts what it has onto each server of its site. What a server has already is not sent.
func ExampleClient_Put() {
	site, stop := serve()
	defer stop()
	client := cache.Dial(site.Servers[0], cache.Config{KeepFor: 7 * 24 * time.Hour})
	defer client.Close()

	motd := cache.Snapshot{
		Host: "web1", HostID: "5f2b", Path: "/etc/motd", Content: []byte("welcome\n"),
		Boot: 1760000000000, Seq: 1, Changed: time.Now(),
	}
	_, err := client.Put(context.Background(), motd)
	fmt.Println("web1 is another host's name:", errors.Is(err, cache.ErrHostTaken))

	motd.Host = "web3"
	for range 2 {
		written, err := client.Put(context.Background(), motd)
		fmt.Println("written:", written, err)
	}
	// Output:
	// web1 is another host's name: true
	// written: true <nil>
	// written: false <nil>
}

// Lines come in the order of host, path and line. The summary says what the answer lacks.
func ExampleSearch() {
	site, stop := serve()
	defer stop()
	q := cache.Query{Pattern: "^PermitRootLogin", Paths: []string{"/etc/ssh/*"}}
	if u, err := user.Current(); err == nil {
		q.Asker = cache.Asker{User: u.Username, UID: u.Uid, Tool: "root login report"} // for the audit
	}
	sum, err := cache.Search(context.Background(), []cache.Site{site}, q, func(h cache.Hit) error {
		fmt.Printf("%s:%s: %s\n", h.Host, h.Path, h.Line)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sum.Hits, "hits in", sum.Rows, "files; missing sites:", len(sum.Missing))
	// Output:
	// db1:/etc/ssh/sshd_config: PermitRootLogin no
	// web1:/etc/ssh/sshd_config: PermitRootLogin yes
	// web2:/etc/ssh/sshd_config: PermitRootLogin no
	// 3 hits in 3 files; missing sites: 0
}

// Distinct lines come with how many hosts have them.
func ExampleSearch_distinct() {
	site, stop := serve()
	defer stop()
	q := cache.Query{Pattern: "^PermitRootLogin|^Port", Answer: cache.Distinct}
	_, err := cache.Search(context.Background(), []cache.Site{site}, q, func(h cache.Hit) error {
		fmt.Println(h.Hosts, h.Line)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// 2 PermitRootLogin no
	// 1 PermitRootLogin yes
	// 2 Port 22
	// 1 Port 2222
}

// HostsWithout are those that have the file, and no such line in it.
func ExampleSearch_hostsWithout() {
	site, stop := serve()
	defer stop()
	q := cache.Query{Pattern: "PermitRootLogin no", Fixed: true, Paths: []string{"/etc/ssh/sshd_config"}, Answer: cache.HostsWithout}
	_, err := cache.Search(context.Background(), []cache.Site{site}, q, func(h cache.Hit) error {
		fmt.Println(h.Host)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: web1
}

// List says what there is to search.
func ExampleList() {
	site, stop := serve()
	defer stop()
	paths, missing, err := cache.List(context.Background(), []cache.Site{site}, cache.Query{})
	if err != nil || len(missing) > 0 {
		log.Fatal(missing, err)
	}
	for _, p := range paths {
		fmt.Println(p.Path, p.Hosts)
	}
	// Output:
	// /etc/ssh/sshd_config 3
	// @os 1
}

func ExampleGet() {
	site, stop := serve()
	defer stop()
	row, err := cache.Get(context.Background(), site, "web2", "@os")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q, stale: %v\n", row.Content, row.Age > cache.DefaultStaleAfter)
	_, err = cache.Get(context.Background(), site, "web2", "/etc/motd")
	fmt.Println(errors.Is(err, cache.ErrNotFound))
	// Output:
	// "name = debian\n", stale: false
	// true
}

// One indexer a server makes its searches faster, while it runs; the answers are the same without.
func ExampleIndexer() {
	site, stop := serve()
	defer stop()
	client := cache.Dial(site.Servers[0], cache.Config{})
	defer client.Close()
	indexer := &cache.Indexer{Client: client, Paths: []string{"/etc/*"}, MinHosts: 2, Every: 10 * time.Millisecond}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- indexer.Run(ctx) }()

	for indexer.Stats().Built == 0 {
		time.Sleep(time.Millisecond) // a program that searches need not wait
	}
	sum, err := cache.Search(ctx, []cache.Site{site}, cache.Query{Pattern: "Port"}, func(cache.Hit) error { return nil })
	fmt.Println(sum.Hits, "hits,", sum.Segmented, "of", sum.Rows, "files by the index", err)
	cancel()
	fmt.Println(<-done)
	// Output:
	// 3 hits, 3 of 4 files by the index <nil>
	// context canceled
}
