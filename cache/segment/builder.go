package segment

import (
	"context"
	"fmt"
	"slices"
)

const (
	defaultMemoryBytes = 96 << 20
	maxMemoryBytes     = 2 << 30
	defaultMaxBytes    = 256 << 20
)

// Config bounds a builder or a merge. The zero Config is good.
type Config struct {
	// MemoryBytes is what a builder keeps unpacked before it packs it into a run. Default 96 MiB, at
	// most 2 GiB. A builder takes up to three times as much, and makes at most 256 runs.
	MemoryBytes int
	// MaxBytes bounds the fields of the segment together, and those of the runs. Default 256 MiB.
	MaxBytes int64
	// Anchors of a segment with which the new one is to be merged. May be empty.
	Anchors Anchors
}

func (c Config) withDefaults() Config {
	if c.MemoryBytes <= 0 {
		c.MemoryBytes = defaultMemoryBytes
	}
	c.MemoryBytes = min(c.MemoryBytes, maxMemoryBytes)
	if c.MaxBytes <= 0 {
		c.MaxBytes = defaultMaxBytes
	}
	return c
}

// Builder makes a segment of contents. Distinct lines are gathered in a table; when that is full, it is
// sorted and packed into a run, which is a segment in memory without an index. In the end the runs are
// merged. Nothing is written to disk: a run takes a tenth to a thirtieth of its table, no more together
// than a few times the segment, which has to fit into the memory of a server anyhow.
type Builder struct {
	cfg     Config
	covered Hosts
	table   *table
	runs    []*Segment
	room    int64 // bytes left for runs
}

// NewBuilder returns a Builder without hosts.
func NewBuilder(cfg Config) *Builder {
	cfg = cfg.withDefaults()
	anchors := cfg.Anchors.ranks
	if anchors == nil {
		anchors = map[uint64]uint64{}
	}
	return &Builder{cfg: cfg, table: newTable(anchors), room: cfg.MaxBytes}
}

// Add takes in the content of a host. Hosts may come in any order, each once; contents are not kept.
// After ErrUnfit, which leaves the host out, and for that reason only, the builder can be used on.
func (b *Builder) Add(ordinal uint32, content []byte) error {
	switch {
	case ordinal >= MaxHosts:
		return fmt.Errorf("host %d: at most %d", ordinal, MaxHosts-1)
	case b.covered.Has(ordinal):
		return fmt.Errorf("host %d: added twice", ordinal)
	}
	if err := checkFit(content); err != nil {
		return fmt.Errorf("host %d: %w", ordinal, err)
	}
	if b.table.lines > 0 && b.table.bytes() > b.cfg.MemoryBytes {
		if err := b.spill(); err != nil {
			return err
		}
	}
	b.covered.Add(ordinal)
	b.table.add(ordinal, content)
	return nil
}

// Finish puts the fields of the segment. The builder can't be used afterwards.
func (b *Builder) Finish(ctx context.Context, put Put) (Stats, error) {
	if len(b.runs) == 0 {
		return b.write(newWriter(put, b.cfg.MaxBytes, b.table.ordinals()))
	}
	if err := b.spill(); err != nil {
		return Stats{}, err
	}
	b.table = nil // what comes needs the memory
	sources := make([]Source, len(b.runs))
	for i, run := range b.runs {
		sources[i].Segment = run
	}
	return Merge(ctx, sources, put, b.cfg)
}

// spill packs the table into a run and clears it.
func (b *Builder) spill() error {
	if len(b.runs) == maxSources {
		return fmt.Errorf("%w: more than %d runs", ErrFull, maxSources)
	}
	fields := map[string][]byte{}
	put := func(field string, value []byte) error {
		fields[field] = slices.Clone(value)
		return nil
	}
	get := func(_ context.Context, names []string) ([][]byte, error) {
		values := make([][]byte, len(names))
		for i, name := range names {
			values[i] = fields[name]
		}
		return values, nil
	}
	stats, err := b.write(newRunWriter(put, b.room, b.table.ordinals()))
	if err != nil {
		return err
	}
	b.room -= stats.Bytes
	run, err := Open(context.Background(), get) // of a map: nothing waits
	if err != nil {
		return err
	}
	anchors, err := run.Anchors(context.Background())
	if err != nil {
		return err
	}
	for hash, rank := range anchors.ranks {
		if len(b.table.anchors) < maxAllAnchors {
			b.table.anchors[hash] = rank
		}
	}
	b.runs = append(b.runs, run)
	b.table.clear()
	return nil
}

// write writes the table's lines.
func (b *Builder) write(w *writer) (Stats, error) {
	t := b.table
	position := t.positions(w.hosts)
	var holders []Holder
	for _, n := range t.sorted() {
		r := t.record(n)
		holders = t.holders(holders[:0], r)
		for i := range holders {
			holders[i].Host = position[holders[i].Host]
		}
		if !slices.IsSortedFunc(holders, byHost) {
			slices.SortFunc(holders, byHost)
		}
		if err := w.add(t.text(r), r.rank, holders); err != nil {
			return Stats{}, err
		}
	}
	return w.finish()
}

func byHost(a, b Holder) int { return int(a.Host) - int(b.Host) }

// ordinals returns those of the table's hosts in ascending order.
func (t *table) ordinals() []uint32 { return slices.Sorted(slices.Values(t.hosts)) }

// positions returns for each number of a host its position in sorted.
func (t *table) positions(sorted []uint32) []uint32 {
	at := make([]uint32, MaxHosts)
	for position, ordinal := range sorted {
		at[ordinal] = uint32(position)
	}
	positions := make([]uint32, len(t.hosts))
	for number, ordinal := range t.hosts {
		positions[number] = at[ordinal]
	}
	return positions
}
