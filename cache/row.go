package cache

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
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

// encode packs content that is large enough and gets smaller.
func encode(content, dict []byte) packing {
	if len(content) < plainBelow {
		return packing{c: content, enc: encPlain}
	}
	enc := newEncoder(dict)
	defer enc.Close()
	packed := enc.EncodeAll(content, make([]byte, 0, len(content)/4))
	switch {
	case len(packed) >= len(content):
		return packing{c: content, enc: encPlain}
	case len(dict) == 0:
		return packing{c: packed, enc: encZstd}
	}
	return packing{c: packed, enc: encDict + dictName(dict), dict: dict}
}

// storedSum is what a row says of its content as stored: CRC-32C of enc and c, hex. Beside the name of the
// dictionary, which is a hash of it, it protects what is read from damage as well as a hash of the content
// does, and takes a fortieth of the time, since that is so much smaller.
func storedSum(enc string, c []byte) string {
	castagnoli := crc32.MakeTable(crc32.Castagnoli) // made once by the package
	return fmt.Sprintf("%08x", crc32.Update(crc32.Checksum([]byte(enc), castagnoli), castagnoli, c))
}

// packed is a row's content and what is needed to judge it, as read: anything may stand in it.
type packed struct {
	c, enc, crc, sha256 string
}

func (r record) packed() packed {
	return packed{c: r.get(fieldContent), enc: r.get(fieldEnc), crc: r.get(fieldCRC), sha256: r.get(fieldSHA256)}
}

// decoder unpacks contents of one server into one buffer.
type decoder struct {
	// dictionary returns the one of a name, or ErrDamaged.
	dictionary func(ctx context.Context, name string) ([]byte, error)
	zstd       *zstd.Decoder
	loaded     string // name of the dictionary that zstd has
	stored     []byte // c of what was decoded last
	meter      *meter
	buf        []byte // at most maxStoredBytes
}

// newDecoder returns a decoder of what the server has.
func (c *Client) newDecoder() *decoder {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxStoredBytes))
	if err != nil {
		panic("cache: zstd options: " + err.Error())
	}
	return &decoder{zstd: dec, meter: &c.meter, dictionary: func(ctx context.Context, name string) ([]byte, error) { return c.dicts.get(ctx, c, name) }}
}

func (d *decoder) close() { d.zstd.Close() }

// unpack returns content that has the hash its row says, or ErrDamaged with the reason. It is valid
// until the next call. Other errors are the server's.
func (d *decoder) unpack(ctx context.Context, p packed) ([]byte, error) {
	content, err := d.decode(ctx, p)
	if err != nil {
		return nil, err
	}
	return content, p.check(content)
}

// scan is unpack for one of very many contents: what is as it was stored is not hashed once more when it
// is unpacked. sha256 would take longer than all else, and zstd's own checksum an eighth of all.
func (d *decoder) scan(ctx context.Context, p packed) ([]byte, error) {
	content, err := d.decode(ctx, p)
	if err != nil || p.crc == storedSum(p.enc, d.stored) {
		return content, err
	}
	return content, p.check(content)
}

// check reports whether content has the hash its row says.
func (p packed) check(content []byte) error {
	if sum := hexSHA256(content); sum != p.sha256 {
		return fmt.Errorf("%w: the content's sha256 is %s, the row says %s", ErrDamaged, sum, quote(p.sha256))
	}
	return nil
}

// decode returns the content as it is stored, whatever its hash.
func (d *decoder) decode(ctx context.Context, p packed) ([]byte, error) {
	name, withDict := strings.CutPrefix(p.enc, encDict)
	switch {
	case len(p.c) > maxStoredBytes:
		return nil, fmt.Errorf("%w: %d bytes stored, at most %d", ErrDamaged, len(p.c), maxStoredBytes)
	case p.enc == encPlain:
		d.stored = append(d.stored[:0], p.c...)
		d.meter.unpacked.Add(int64(len(d.stored)))
		return d.stored, nil
	case withDict:
		if err := d.load(ctx, name); err != nil {
			return nil, err
		}
	case p.enc != encZstd:
		return nil, fmt.Errorf("%w: encoding %s is not known", ErrDamaged, quote(p.enc))
	}
	d.stored = append(d.stored[:0], p.c...)
	out, err := d.zstd.DecodeAll(d.stored, d.buf[:0])
	if err != nil {
		return nil, fmt.Errorf("%w: zstd: %w", ErrDamaged, err)
	}
	d.buf = out
	d.meter.unpacked.Add(int64(len(out)))
	return d.buf, nil
}

// load gives zstd a dictionary. One that is not asked for does no harm: frames say nothing of it.
func (d *decoder) load(ctx context.Context, name string) error {
	if name == d.loaded {
		return nil
	}
	content, err := d.dictionary(ctx, name)
	if err != nil {
		return err
	}
	if err := d.zstd.ResetWithOptions(nil, zstd.WithDecoderDictRaw(0, content)); err != nil {
		panic("cache: zstd options: " + err.Error())
	}
	d.loaded = name
	return nil
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
