package cache

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/assim-mesh/assim/cache/lines"
)

const (
	// maxDictBytes bounds a dictionary: together with a block it fits into the window of packWindow.
	maxDictBytes = 112 << 10
	// dictNameLen is 64 bits of the hash: a fleet has some thousand dictionaries in its life.
	dictNameLen = 16
)

// dictName names a dictionary by its content.
func dictName(content []byte) string { return hexSHA256(content)[:dictNameLen] }

func checkDictName(name string) error {
	if len(name) != dictNameLen || strings.Trim(name, "0123456789abcdef") != "" {
		return fmt.Errorf("%w: %s is no name of a dictionary", ErrDamaged, quote(name))
	}
	return nil
}

// dictionaries are those of one server that were used last. Its methods may be called at the same time.
type dictionaries struct {
	most int // that are kept: 112 KiB each

	mu   sync.Mutex
	kept []*dictionary // the one used last at the end
}

// dictionary is one with what is made of it. It does not change.
type dictionary struct {
	name    string
	content []byte
	base    *lines.Base // of rows that are differences; nil if it can't be one
}

func newDictionary(content []byte) *dictionary {
	d := &dictionary{name: dictName(content), content: content}
	d.base, _ = lines.NewBase(content) // what is binary has no lines
	return d
}

// get returns a dictionary, fetched if need be. It is ErrDamaged if the server has not got it, or has
// something else in its place.
func (d *dictionaries) get(ctx context.Context, c *Client, name string) (*dictionary, error) {
	if err := checkDictName(name); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if at := slices.IndexFunc(d.kept, func(k *dictionary) bool { return k.name == name }); at >= 0 {
		found := d.kept[at]
		d.kept = append(slices.Delete(d.kept, at, at+1), found)
		return found, nil
	}
	content, err := c.redis.GetRange(ctx, dictKey(name), 0, maxDictBytes).Bytes() // its end is inclusive
	switch {
	case err != nil && !isWrongType(err):
		return nil, c.fail(err)
	case len(content) == 0:
		return nil, fmt.Errorf("%w: dictionary %q is not there", ErrDamaged, name)
	}
	fetched := newDictionary(content)
	if len(content) > maxDictBytes || fetched.name != name {
		return nil, fmt.Errorf("%w: dictionary %q is not what its name says", ErrDamaged, name)
	}
	if len(d.kept) >= d.most {
		d.kept = slices.Delete(d.kept, 0, len(d.kept)-d.most+1)
	}
	d.kept = append(d.kept, fetched)
	return fetched, nil
}

const (
	// minTrainHosts and minTrainBytes are what a dictionary pays for: copies of an average that is
	// packed at all.
	minTrainHosts = 4
	minTrainBytes = plainBelow
	// betterBy is what a fresh dictionary has to save, in percent, before all rows are packed anew.
	betterBy = 20
)

// train makes a dictionary out of the contents of some hosts: the one with which all of them pack best, and
// before it, farther from what is packed, the lines that it lacks and several have, the most frequent
// first. It returns nil for contents that are too few or too small. The same contents give the same
// dictionary.
func train(contents [][]byte) []byte {
	total := 0
	for _, content := range contents {
		total += len(content)
	}
	if len(contents) < minTrainHosts || total < minTrainBytes*len(contents) {
		return nil
	}
	base := packsBest(contents)
	if len(base) == maxDictBytes {
		return base
	}
	hosts := lineHosts(contents)
	for _, line := range distinctLines(base) {
		delete(hosts, line)
	}
	extra := frequent(hosts, maxDictBytes-len(base))
	return append(extra, base...)
}

// packsBest returns the content, or its beginning, with which as a dictionary all pack best; the first of
// several. Going by what most hosts have in common would be cheaper and take another: of five kernels
// the most frequent one, where that with all settings of the others packs 30 % better.
func packsBest(contents [][]byte) []byte {
	var best []byte
	least := math.MaxInt
	for _, content := range contents {
		dict := content[:min(len(content), maxDictBytes):min(len(content), maxDictBytes)]
		if size := packedBytes(contents, dict); size < least {
			best, least = dict, size
		}
	}
	return best
}

// distinctLines returns the lines of content with their line ends, each once.
func distinctLines(content []byte) []string {
	lines := slices.Collect(strings.Lines(string(content)))
	slices.Sort(lines)
	return slices.Compact(lines)
}

// lineHosts counts in how many of the contents each line is.
func lineHosts(contents [][]byte) map[string]int {
	hosts := map[string]int{}
	for _, content := range contents {
		for _, line := range distinctLines(content) {
			hosts[line]++
		}
	}
	return hosts
}

// frequent returns the lines that two hosts or more have, as far as there is room, with the most
// frequent at the end.
func frequent(hosts map[string]int, room int) []byte {
	var lines []string
	for line, n := range hosts {
		if n > 1 {
			lines = append(lines, line)
		}
	}
	slices.SortFunc(lines, func(a, b string) int {
		if hosts[a] != hosts[b] {
			return hosts[b] - hosts[a]
		}
		return strings.Compare(a, b)
	})
	fit := 0
	for ; fit < len(lines) && len(lines[fit]) <= room; fit++ {
		room -= len(lines[fit])
	}
	slices.Reverse(lines[:fit])
	return []byte(strings.Join(lines[:fit], ""))
}

// packedBytes is how much contents take when packed with a dictionary, or without one if it is empty.
func packedBytes(contents [][]byte, dict []byte) int {
	enc := newEncoder(dict)
	defer enc.Close()
	total := 0
	var buf []byte
	for _, content := range contents {
		buf = enc.EncodeAll(content, buf[:0])
		total += min(len(buf), len(content))
	}
	return total
}

// better returns a dictionary trained on contents, if what is learned from a half of them packs the other
// half better by a fifth than the current one does, which may be empty; otherwise nil.
func better(contents [][]byte, current []byte) []byte {
	var learn, judge [][]byte
	for i, content := range contents {
		if i%2 == 0 || len(contents) < 2*minTrainHosts {
			learn = append(learn, content)
		}
		if i%2 == 1 {
			judge = append(judge, content)
		}
	}
	fresh := train(learn)
	if fresh == nil || packedBytes(judge, fresh)*100 > packedBytes(judge, current)*(100-betterBy) {
		return nil
	}
	return train(contents)
}

// packWindow is the window of the encoder: content this far apart is not compared. It bounds the memory
// of a nanoprobe, and still holds a whole dictionary.
const packWindow = 128 << 10

// newEncoder returns an encoder that is cheap to start. Rows and tables have sums of what it packs.
func newEncoder(dict []byte, more ...zstd.EOption) *zstd.Encoder {
	options := []zstd.EOption{zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(packWindow),
		zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false)}
	if len(dict) > 0 {
		options = append(options, zstd.WithEncoderDictRaw(0, dict))
	}
	enc, err := zstd.NewWriter(nil, append(options, more...)...)
	if err != nil {
		panic("cache: zstd options: " + err.Error())
	}
	return enc
}
