package cache

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

const (
	// plainBelow is the size under which content is left readable for redis-cli: compressing
	// 1 KiB of text saves some 500 bytes of a row that takes 1,280 beside its content.
	plainBelow = 1 << 10
	// maxStoredBytes bounds what is believed to be content, before and after decompression. It
	// leaves room above MaxContentBytes for writers with a larger limit.
	maxStoredBytes = 16 << 20
	// leastCommon is how many bytes of a content have one that is in lines of the dictionary too, for it
	// to be stored as what differs.
	leastCommon = 4
	// surelyLess is how much smaller that is than the content where no other way is tried any more, and
	// linesWorth how much of the best other way it may take, in percent: it is read several times as fast.
	surelyLess = 16
	linesWorth = 110
)

// ErrDamaged is returned for a row that can't be what a host wrote.
var ErrDamaged = errors.New("damaged")

// packing is a content as it is to be stored.
type packing struct {
	c    []byte
	enc  string
	dict []byte // that enc names, if it names one
}

// pack packs content with the dictionary that the server wants, if there is one and it can be had.
func (c *Client) pack(ctx context.Context, content []byte, wanted string) (packing, error) {
	if wanted == "" || len(content) < plainBelow {
		return encode(content, nil), nil
	}
	dict, err := c.dicts.get(ctx, c, wanted)
	if errors.Is(err, ErrDamaged) {
		err = nil // the indexer makes another; rows do without until then
	}
	return encode(content, dict), err
}

// encode packs content that is large enough and gets smaller, in the best way; the dictionary may be nil.
func encode(content []byte, dict *dictionary) packing {
	if len(content) < plainBelow {
		return packing{c: content, enc: encPlain}
	}
	p := encodeLines(content, dict)
	if p.c == nil || len(p.c)*surelyLess > len(content) {
		if z := encodeZstd(content, dict); p.c == nil || len(z.c)*linesWorth < len(p.c)*100 {
			p = z
		}
	}
	if len(p.c) >= len(content) {
		return packing{c: content, enc: encPlain}
	}
	return p
}

func encodeZstd(content []byte, dict *dictionary) packing {
	p := packing{enc: encZstd}
	if dict != nil {
		p.enc, p.dict = encDict+dict.name, dict.content
	}
	enc := newEncoder(p.dict)
	defer enc.Close()
	p.c = enc.EncodeAll(content, make([]byte, 0, len(content)/4))
	return p
}

// encodeLines packs what differs from the dictionary, if a good part of content is lines of it: these are
// neither unpacked nor searched any more. Otherwise the packing is empty.
func encodeLines(content []byte, dict *dictionary) packing {
	if dict == nil || dict.base == nil {
		return packing{}
	}
	diff, common := dict.base.AppendDiff(make([]byte, 0, len(content)/8), content)
	if common*leastCommon < len(content) {
		return packing{}
	}
	enc := newEncoder(nil, zstd.WithNoEntropyCompression(true))
	defer enc.Close()
	return packing{enc: encLines + dict.name, dict: dict.content, c: enc.EncodeAll(diff, make([]byte, 0, len(diff)))}
}

// storedSum is what a row says of its content as stored: CRC-32C of enc and c, hex. Beside the name of the
// dictionary, which is a hash of it, it protects what is read from damage as well as a hash of the content
// does, and takes a fortieth of the time, since that is so much smaller.
func storedSum(enc string, c []byte) string {
	castagnoli := crc32.MakeTable(crc32.Castagnoli) // made once by the package
	sum := crc32.Update(crc32.Checksum([]byte(enc), castagnoli), castagnoli, c)
	return hex.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

// quote makes text from a server fit for a message.
func quote(text string) string {
	const enough = 80
	if len(text) > enough {
		return fmt.Sprintf("%q and %d bytes more", text[:enough], len(text)-enough)
	}
	return fmt.Sprintf("%q", text)
}

func hexSHA256(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// hexMD5 is for people who compare with md5sum; nothing relies on it.
func hexMD5(content []byte) string {
	sum := md5.Sum(content)
	return hex.EncodeToString(sum[:])
}

// wordCount returns what wc prints: lines, words, bytes. Lines are line ends, as wc counts them.
func wordCount(content []byte) string {
	words, inWord := 0, false
	for i := 0; i < len(content); {
		c, size := content[i], 1
		space := c == ' ' || '\t' <= c && c <= '\r'
		if c >= utf8.RuneSelf { // seldom: decoding all of it would cost more than packing it
			var r rune
			r, size = utf8.DecodeRune(content[i:])
			space = unicode.IsSpace(r)
		}
		if !space && !inWord {
			words++
		}
		inWord = !space
		i += size
	}
	return fmt.Sprintf("%d %d %d", bytes.Count(content, []byte{'\n'}), words, len(content))
}

// timeLayout is how changed is stored: RFC 3339 with milliseconds, in UTC.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

// parseTime reads changed. It is the host's word and for people only: what is no time is none.
func parseTime(text string) time.Time {
	t, err := time.Parse(time.RFC3339, strings.TrimSpace(text))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
