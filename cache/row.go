package cache

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
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
)

// ErrDamaged is returned for a row that can't be what a host wrote.
var ErrDamaged = errors.New("damaged")

// encode returns content as it is stored, and the value of enc that says how.
func encode(enc *zstd.Encoder, content []byte) (c []byte, encoding string) {
	if len(content) < plainBelow {
		return content, encPlain
	}
	packed := enc.EncodeAll(content, make([]byte, 0, len(content)/4))
	if len(packed) >= len(content) {
		return content, encPlain
	}
	return packed, encZstd
}

// packed is a row's content and what is needed to judge it, as read: anything may stand in it.
type packed struct {
	c, enc, sha256 string
}

// decoder unpacks contents into one buffer.
type decoder struct {
	zstd *zstd.Decoder
	buf  []byte // at most maxStoredBytes
}

func newDecoder() *decoder {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxStoredBytes))
	if err != nil {
		panic("cache: zstd options: " + err.Error())
	}
	return &decoder{zstd: dec}
}

func (d *decoder) close() { d.zstd.Close() }

// unpack returns content that has the hash its row says, or ErrDamaged with the reason. It is valid
// until the next call.
func (d *decoder) unpack(p packed) ([]byte, error) {
	if len(p.c) > maxStoredBytes {
		return nil, fmt.Errorf("%w: %d bytes stored, at most %d", ErrDamaged, len(p.c), maxStoredBytes)
	}
	switch p.enc {
	case encPlain:
		d.buf = append(d.buf[:0], p.c...)
	case encZstd:
		out, err := d.zstd.DecodeAll([]byte(p.c), d.buf[:0])
		if err != nil {
			return nil, fmt.Errorf("%w: zstd: %w", ErrDamaged, err)
		}
		d.buf = out
	default:
		return nil, fmt.Errorf("%w: encoding %s is not known", ErrDamaged, quote(p.enc))
	}
	if sum := hexSHA256(d.buf); sum != p.sha256 {
		return nil, fmt.Errorf("%w: the content's sha256 is %s, the row says %s", ErrDamaged, sum, quote(p.sha256))
	}
	return d.buf, nil
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
	for rest := content; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		space := unicode.IsSpace(r)
		if !space && !inWord {
			words++
		}
		inWord, rest = !space, rest[size:]
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
