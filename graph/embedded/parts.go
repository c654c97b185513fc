package embedded

import (
	"cmp"
	"runtime"
	"sync"
)

// inParts lets every processor do a part of n things, the numbers from from up to to, and returns the error
// of the first part that has one, once all have ended.
func inParts(n int, do func(from, to int) error) error {
	parts := min(runtime.GOMAXPROCS(0), n)
	errs := make([]error, parts)
	var all sync.WaitGroup
	for p := range parts {
		all.Go(func() { errs[p] = do(p*n/parts, (p+1)*n/parts) })
	}
	all.Wait()
	return cmp.Or(errs...)
}
