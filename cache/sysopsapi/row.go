package sysopsapi

import (
	"cmp"
	"compress/bzip2"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/assim-mesh/assim/cache"
)

const (
	// items is how many a row has.
	items = 5
	// maxItemBytes bounds all items but the content, decompressed: the longest is some 300 bytes.
	maxItemBytes = 4 << 10
	// maxNoteBytes is what our cache takes of a stat or a notice.
	maxNoteBytes = 1 << 10
	// maxRowBytes bounds a row as stored: bzip2 adds a hundredth and some bytes to what it can't compress.
	maxRowBytes = cache.MaxContentBytes + cache.MaxContentBytes/64 + 5*maxItemBytes
)

var (
	// ErrDamaged is the reason for rows that can't be what a host pushed.
	ErrDamaged = errors.New("damaged")
	// ErrTooLarge is the reason for rows above 10 MiB, before decompression or after.
	ErrTooLarge = errors.New("too large")
)

// decode makes a snapshot of the items of a row.
func decode(at place, row [items]string) (cache.Snapshot, error) {
	content, err0 := unpack("content", row[0], cache.MaxContentBytes)
	sum, err1 := unpack("md5", row[1], maxItemBytes)
	stat, err2 := unpack("stat", row[2], maxItemBytes)
	seconds, err4 := unpack("time", row[4], maxItemBytes)
	if err := cmp.Or(err0, err1, err2, err4); err != nil {
		return cache.Snapshot{}, err
	}
	pushed, err := parseTime(string(seconds))
	if err != nil {
		return cache.Snapshot{}, err
	}
	s := cache.Snapshot{
		Host: at.host, Path: at.path, Stat: oneLine(string(stat)), Changed: pushed,
		Boot: 1, Seq: uint64(pushed.UnixMilli()),
	}
	if at.exceeded {
		s.Notice = cmp.Or(oneLine(string(content)), "too large")
		return s, nil
	}
	s.Content = content
	if want := md5.Sum(content); hex.EncodeToString(want[:]) != strings.TrimSpace(string(sum)) {
		return cache.Snapshot{}, fmt.Errorf("%w: the content has another md5 than its row says", ErrDamaged)
	}
	return s, nil
}

// unpack decompresses an item of at most limit bytes.
func unpack(name, item string, limit int) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(bzip2.NewReader(strings.NewReader(item)), int64(limit)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, name, err)
	case len(content) > limit:
		return nil, fmt.Errorf("%w: %s above %d bytes", ErrTooLarge, name, limit)
	}
	return content, nil
}

// parseTime reads seconds since 1970 with a fraction, of which milliseconds are kept.
func parseTime(text string) (time.Time, error) {
	seconds, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	const year10000 = 253402300800 // beyond, a time can't be written as RFC 3339
	if err != nil || !(seconds >= 0.001 && seconds < year10000) {
		return time.Time{}, fmt.Errorf("%w: time %.40q is no number of seconds since 1970", ErrDamaged, text)
	}
	return time.UnixMilli(int64(math.Floor(seconds * 1000))).UTC(), nil
}

// oneLine makes text fit for a stat or a notice.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	text = strings.TrimSpace(text)
	if len(text) <= maxNoteBytes {
		return text
	}
	end := maxNoteBytes
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
