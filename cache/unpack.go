package cache

import (
	"context"
	"fmt"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/assim-mesh/assim/cache/lines"
)

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
	dictionary func(ctx context.Context, name string) (*dictionary, error)
	zstd       *zstd.Decoder
	withDict   *zstd.Decoder // is slower, whether a frame asks for its dictionary or not
	loaded     string        // name of the dictionary that withDict has
	from       *dictionary   // which the last difference was from, or nil
	differing  lines.Reader
	stored     []byte // c of what was decoded last
	meter      *meter
	buf        []byte // what zstd gave, at most maxStoredBytes
	whole      []byte // the same of what a difference says
}

// newDecoder returns a decoder of what the server has.
func (c *Client) newDecoder() *decoder {
	return &decoder{zstd: newUnpacker(), withDict: newUnpacker(), meter: &c.meter,
		dictionary: func(ctx context.Context, name string) (*dictionary, error) { return c.dicts.get(ctx, c, name) }}
}

func newUnpacker() *zstd.Decoder {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxStoredBytes))
	if err != nil {
		panic("cache: zstd options: " + err.Error())
	}
	return dec
}

func (d *decoder) close() {
	d.zstd.Close()
	d.withDict.Close()
}

// unpack returns content that has the hash its row says, or ErrDamaged with the reason. It is valid
// until the next call. Other errors are the server's.
func (d *decoder) unpack(ctx context.Context, p packed) ([]byte, error) {
	t, err := d.decode(ctx, p)
	if err != nil {
		return nil, err
	}
	content := d.append(t)
	return content, p.check(content)
}

// scan is unpack for one of very many contents: what is as it was stored is not hashed once more when it
// is unpacked, and a difference stays one. sha256 would take longer than all else, and zstd's own checksum
// an eighth of all.
func (d *decoder) scan(ctx context.Context, p packed) (lines.Text, error) {
	t, err := d.decode(ctx, p)
	if err != nil || p.crc == storedSum(p.enc, d.stored) {
		return t, err
	}
	return t, p.check(d.append(t))
}

// append returns the whole text.
func (d *decoder) append(t lines.Text) []byte {
	if t.Base == nil {
		return t.Own
	}
	d.whole = t.Append(d.whole[:0])
	return d.whole
}

// check reports whether content has the hash its row says.
func (p packed) check(content []byte) error {
	if sum := hexSHA256(content); sum != p.sha256 {
		return fmt.Errorf("%w: the content's sha256 is %s, the row says %s", ErrDamaged, sum, quote(p.sha256))
	}
	return nil
}

// decode returns the content as it is stored, whatever its hash.
func (d *decoder) decode(ctx context.Context, p packed) (lines.Text, error) {
	if len(p.c) > maxStoredBytes {
		return lines.Text{}, fmt.Errorf("%w: %d bytes stored, at most %d", ErrDamaged, len(p.c), maxStoredBytes)
	}
	d.stored = append(d.stored[:0], p.c...)
	t, err := d.text(ctx, p.enc)
	d.meter.unpacked.Add(int64(t.Size))
	return t, err
}

// text unpacks what is stored as an encoding says.
func (d *decoder) text(ctx context.Context, enc string) (lines.Text, error) {
	if enc == encPlain {
		return lines.Whole(d.stored), nil
	}
	if enc == encZstd {
		return d.unzip(d.zstd)
	}
	if name, ok := strings.CutPrefix(enc, encDict); ok {
		if err := d.load(ctx, name); err != nil {
			return lines.Text{}, err
		}
		return d.unzip(d.withDict)
	}
	if name, ok := strings.CutPrefix(enc, encLines); ok {
		return d.difference(ctx, name)
	}
	return lines.Text{}, fmt.Errorf("%w: encoding %s is not known", ErrDamaged, quote(enc))
}

func (d *decoder) unzip(by *zstd.Decoder) (lines.Text, error) {
	out, err := by.DecodeAll(d.stored, d.buf[:0])
	if err != nil {
		return lines.Text{}, fmt.Errorf("%w: zstd: %w", ErrDamaged, err)
	}
	d.buf = out
	return lines.Whole(out), nil
}

// difference unpacks what differs from a dictionary by lines.
func (d *decoder) difference(ctx context.Context, name string) (lines.Text, error) {
	base, err := d.base(ctx, name)
	if err != nil {
		return lines.Text{}, err
	}
	diff, err := d.unzip(d.zstd)
	if err != nil {
		return lines.Text{}, err
	}
	t, err := d.differing.Read(base, diff.Own, maxStoredBytes)
	if err != nil {
		return lines.Text{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return t, nil
}

// load gives withDict a dictionary.
func (d *decoder) load(ctx context.Context, name string) error {
	if name == d.loaded {
		return nil
	}
	dict, err := d.dictionary(ctx, name)
	if err != nil {
		return err
	}
	if err := d.withDict.ResetWithOptions(nil, zstd.WithDecoderDictRaw(0, dict.content)); err != nil {
		panic("cache: zstd options: " + err.Error())
	}
	d.loaded = name
	return nil
}

// base returns the base that a dictionary is.
func (d *decoder) base(ctx context.Context, name string) (*lines.Base, error) {
	if d.from == nil || d.from.name != name {
		dict, err := d.dictionary(ctx, name)
		if err != nil {
			return nil, err
		}
		d.from = dict
	}
	if d.from.base == nil {
		return nil, fmt.Errorf("%w: dictionary %q has no lines to differ from", ErrDamaged, name)
	}
	return d.from.base, nil
}
