package embedded

import (
	"path/filepath"
	"testing"
)

// The benchmarks run on a tenth of the graph of scripts/bench-graph, which tells more.
const benchNodes = 100_000

// benchFile makes the file of a graph.
func benchFile(b *testing.B) (path string, f fleet) {
	f = newFleet(benchNodes, figureSeed)
	path = filepath.Join(b.TempDir(), "graph.db")
	fillFleet(b, path, f)
	return path, f
}

func BenchmarkOpen(b *testing.B) {
	path, _ := benchFile(b)
	for b.Loop() {
		if err := open(b, path).Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBareScan is what BenchmarkOpen is held against.
func BenchmarkBareScan(b *testing.B) {
	path, _ := benchFile(b)
	for b.Loop() {
		bareScan(b, path)
	}
}

// BenchmarkFloor is what the questions cost at best.
func BenchmarkFloor(b *testing.B) {
	path, f := benchFile(b)
	s := open(b, path)
	defer s.Close()
	fl := newFloor(s.image.Load())
	for _, q := range f.questions() {
		b.Run(q.name, func(b *testing.B) {
			for b.Loop() {
				q.floor(fl)
			}
		})
	}
}
