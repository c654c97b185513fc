package cachebench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/assim-mesh/assim/cache"
)

// floor receives the contents of all rows at path from servers, and throws them away: nothing that reads
// them can be faster.
func floor(ctx context.Context, path string, addrs []string) error {
	errs := make([]error, len(addrs))
	var running sync.WaitGroup
	for i, addr := range addrs {
		running.Go(func() { errs[i] = receive(ctx, path, addr) })
	}
	running.Wait()
	return errors.Join(errs...)
}

// receive asks one server for all contents at once and reads until a mark that was asked for last.
func receive(ctx context.Context, path, addr string) error {
	client := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2})
	hosts, err := client.ZRange(ctx, "idx#"+path, 0, -1).Result()
	if err := errors.Join(err, client.Close()); err != nil {
		return err
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	const mark = "that was the last of all contents"
	var request bytes.Buffer
	for _, host := range hosts {
		key := host + "#" + path
		fmt.Fprintf(&request, "*3\r\n$4\r\nHGET\r\n$%d\r\n%s\r\n$1\r\nc\r\n", len(key), key)
	}
	fmt.Fprintf(&request, "*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\n", len(mark), mark)
	sent := make(chan error, 1)
	go func() {
		_, err := request.WriteTo(conn)
		sent <- err
	}()
	buf := make([]byte, 1<<20)
	for kept := 0; !bytes.HasSuffix(buf[:kept], []byte(mark+"\r\n")); {
		kept = copy(buf, buf[max(0, kept-len(mark)-2):kept]) // the mark may come in pieces
		n, err := conn.Read(buf[kept:])
		if err != nil {
			return errors.Join(err, conn.Close(), <-sent)
		}
		kept += n
	}
	return <-sent
}

// index lets an indexer on each server take up what there is to take up of paths, all at the same time.
func index(ctx context.Context, paths string, addrs []string) error {
	errs := make([]error, len(addrs))
	var running sync.WaitGroup
	for i, addr := range addrs {
		running.Go(func() {
			client := cache.Dial(cache.Server{Addr: addr}, cache.Config{})
			defer client.Close()
			errs[i] = round(ctx, &cache.Indexer{Client: client, Paths: []string{paths}})
		})
	}
	running.Wait()
	return errors.Join(errs...)
}

// round runs an indexer until it has looked at all paths once.
func round(ctx context.Context, x *cache.Indexer) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- x.Run(ctx) }()
	ticker := time.NewTicker(2 * time.Millisecond) // an Indexer tells how far it is when it is asked
	defer ticker.Stop()
	for x.Stats().Rounds == 0 {
		select {
		case <-ticker.C:
		case err := <-ended:
			return err
		}
	}
	stop()
	<-ended
	if s := x.Stats(); s.Failed > 0 {
		return fmt.Errorf("the indexer failed: %+v", s)
	}
	return nil
}
