package cache

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// benchHosts is how many hosts the benchmarks have; ASSIM_BENCH_HOSTS is another number.
const benchHosts = 2000

// benchContent is some 50 KB of settings: most lines all hosts share, some go by role, a few by host.
func benchContent(buf []byte, host int) []byte {
	rng := rand.New(rand.NewPCG(7, uint64(host)))
	for i := range 1200 {
		switch {
		case i%30 == 7:
			buf = fmt.Appendf(buf, "fs.state.of_inodes.number%d = %d\t0\t%d\n", i, rng.IntN(1e6), rng.IntN(1e5))
		case i%20 == 3:
			buf = fmt.Appendf(buf, "net.core.role_setting.number%d = %d\n", i, host%12*i)
		default:
			buf = fmt.Appendf(buf, "net.ipv4.conf.default.setting%x.number%d = %d\n", i*40503%65536, i, i%17)
		}
	}
	if host%50 == 0 {
		buf = append(buf, "net.core.netdev_budget = 600\n"...)
	} else {
		buf = append(buf, "net.core.netdev_budget = 300\n"...)
	}
	return fmt.Appendf(buf, "kernel.hostname = host%05d.example.net\n", host)
}

// BenchmarkFleet fills one Redis with the settings of hosts, a few before there is a dictionary, and
// searches it in all ways.
func BenchmarkFleet(b *testing.B) {
	hosts := benchHosts
	if n, err := strconv.Atoi(os.Getenv("ASSIM_BENCH_HOSTS")); err == nil {
		hosts = n
	}
	f := newFixture(b, startRedis(b))
	ctx := b.Context()
	worker, err := (&Indexer{Client: f.Client}).newWorker()
	if err != nil {
		b.Fatal(err)
	}
	f.raw.Set(ctx, keyLease, worker.token, 0)
	var content []byte
	put := func(from, to int, more string) {
		for host := from; host < to; host++ {
			content = append(benchContent(content[:0], host), more...)
			s := snap(fmt.Sprintf("host%05d", host), "@sysctl", string(content))
			s.Seq = uint64(1 + len(more))
			f.mustPut(b, s)
		}
	}
	put(0, trainSample, "")
	if err := worker.train(ctx, "@sysctl", trainSample); err != nil {
		b.Fatal(err)
	}
	put(0, hosts, "")
	b.Logf("%d hosts, %d bytes each, %s in Redis", hosts, len(content), f.memory(ctx))
	b.Run("pack", func(b *testing.B) {
		dict := f.dicts.kept[0]
		for b.Loop() {
			encode(content, dict)
		}
	})
	b.Run("put", func(b *testing.B) {
		for n := 1; b.Loop(); n++ {
			put(hosts-1, hosts, strings.Repeat("changed\n", n))
		}
	})
	search := func(name string, q Query) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				sum, err := Search(ctx, []Site{f.site}, q, func(Hit) error { return nil })
				if err != nil || len(sum.Doubts) > 0 {
					b.Fatal(err, sum)
				}
			}
		})
	}
	budget := regexp.QuoteMeta("net.core.netdev_budget")
	all := func(which string, noSegments bool) {
		search(which+"/literal", Query{Pattern: budget, NoSegments: noSegments})
		search(which+"/distinct", Query{Pattern: budget, NoSegments: noSegments, Answer: Distinct})
		search(which+"/regexp", Query{Pattern: `[0-4]5\d7$`, NoSegments: noSegments, Answer: Distinct})
	}
	all("truth", true)
	started := time.Now()
	if err := worker.indexPath(ctx, "@sysctl", "", hosts); err != nil {
		b.Fatal(err)
	}
	b.Logf("segments built in %v, %s in Redis", time.Since(started), f.memory(ctx))
	all("segments", false)
	put(0, hosts/20, "changed again\n")
	all("changed5pct", false)
	started = time.Now()
	if err := worker.indexPath(ctx, "@sysctl", f.raw.HGet(ctx, keySegments, "@sysctl").Val(), hosts); err != nil {
		b.Fatal(err)
	}
	b.Logf("5 %% of the hosts taken up in %v", time.Since(started))
}

// memory is what the server says that it uses.
func (f *fixture) memory(ctx context.Context) string {
	_, after, _ := strings.Cut(f.raw.Info(ctx, "memory").Val(), "used_memory_human:")
	used, _, _ := strings.Cut(after, "\r")
	return used
}
