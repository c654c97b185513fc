package cache_test

import (
	"context"
	"fmt"

	"github.com/assim-mesh/assim/cache"
)

// ExampleScan counts lines, words and bytes of a file on each host, as the hosts counted them.
func ExampleScan() {
	ctx, stop := context.WithCancel(context.Background())
	local, err := cache.NewLocalServer("127.0.0.1:0", "secret") // or a Redis server
	if err != nil {
		panic(err)
	}
	done := make(chan error, 1)
	go func() { done <- local.Run(ctx) }()
	server := cache.Server{Addr: local.Addr(), Password: "secret"}

	nanoprobe := cache.Dial(server, cache.Config{})
	for host, motd := range map[string]string{"web1": "hello\n", "web2": "hello world\n", "db1": ""} {
		s := cache.Snapshot{Host: host, Path: "/etc/motd", Content: []byte(motd), HostID: host, Boot: 1, Seq: 1}
		if _, err := nanoprobe.Put(ctx, s); err != nil {
			panic(err)
		}
	}
	nanoprobe.Close()

	sites := []cache.Site{{Name: "here", Servers: []cache.Server{server}}}
	sum, err := cache.Scan(ctx, sites, cache.Query{Paths: []string{"/etc/motd"}}, cache.WithMeta, func(r cache.Row) error {
		fmt.Println(r.Site, r.Host, r.WC)
		return nil
	})
	fmt.Println(sum.Rows, "rows,", len(sum.Missing), "sites missing,", err)
	stop()
	<-done
	// Output:
	// here db1 0 0 0
	// here web1 1 1 6
	// here web2 1 2 12
	// 3 rows, 0 sites missing, <nil>
}
