//go:build !amd64

package trigram

// indexLanes returns a place before which the pair is not found.
func (p *pair) indexLanes([]byte) int { return 0 }
