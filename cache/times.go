package cache

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"sync"
	"time"
)

// timesKept is how many of the last exchanges with a server are remembered.
const timesKept = 50

// TimesPath is where each host keeps what its exchanges with the servers of its site took. It changes all
// the time, so that it has no segments.
const TimesPath = "@cache-times"

// Times says how long the last exchanges with a server took and how much content they carried: the zero
// value that there were none.
type Times struct {
	N         int           // exchanges, at most 50 of one host
	Mean      time.Duration //
	Median    time.Duration //
	Deviation time.Duration // standard deviation of all N, not an estimate for more
	Min, Max  time.Duration
	Bytes     int64 // of content as stored, in all N
}

// exchange is one Put or Seen.
type exchange struct {
	took  time.Duration
	bytes int64
}

// recorder remembers the last exchanges. Its methods may be called at the same time.
type recorder struct {
	mu   sync.Mutex
	last [timesKept]exchange // a ring
	n    int                 // that there have been
}

func (r *recorder) add(e exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last[r.n%timesKept] = e
	r.n++
}

func (r *recorder) times() Times {
	r.mu.Lock()
	defer r.mu.Unlock()
	return measure(r.last[:min(r.n, timesKept)])
}

// Times says how long the last 50 calls of Put and Seen took that did what they were to do.
func (c *Client) Times() Times { return c.took.times() }

// measure reduces exchanges.
func measure(all []exchange) Times {
	if len(all) == 0 {
		return Times{}
	}
	took := make([]time.Duration, len(all))
	t := Times{N: len(all)}
	sum := 0.0
	for i, e := range all {
		took[i] = e.took
		sum += float64(e.took)
		t.Bytes += e.bytes
	}
	slices.Sort(took)
	mean, squares := sum/float64(len(took)), 0.0
	for _, d := range took {
		squares += (float64(d) - mean) * (float64(d) - mean)
	}
	t.Mean, t.Median = time.Duration(math.Round(mean)), median(took)
	t.Deviation = time.Duration(math.Round(math.Sqrt(squares / float64(len(took)))))
	t.Min, t.Max = took[0], took[len(took)-1]
	return t
}

// median of at least one sorted duration.
func median(sorted []time.Duration) time.Duration {
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// CombineTimes is what several hosts' Times say together. All of it is as if it were measured from all
// their exchanges, but for the median, which is that of the hosts' medians.
func CombineTimes(all []Times) Times {
	var sum Times
	var medians []time.Duration
	total := 0.0
	for _, t := range all {
		if t.N <= 0 {
			continue
		}
		if sum.N == 0 || t.Min < sum.Min {
			sum.Min = t.Min
		}
		sum.Max = max(sum.Max, t.Max)
		sum.N += t.N
		sum.Bytes += t.Bytes
		total += float64(t.N) * float64(t.Mean)
		medians = append(medians, t.Median)
	}
	if sum.N == 0 {
		return Times{}
	}
	mean, squares := total/float64(sum.N), 0.0
	for _, t := range all {
		if t.N > 0 {
			apart := float64(t.Mean) - mean
			squares += float64(t.N) * (float64(t.Deviation)*float64(t.Deviation) + apart*apart)
		}
	}
	slices.Sort(medians)
	sum.Mean, sum.Median = time.Duration(math.Round(mean)), median(medians)
	sum.Deviation = time.Duration(math.Round(math.Sqrt(squares / float64(sum.N))))
	return sum
}

// timesLine is a server's Times as a line of the row at TimesPath.
type timesLine struct {
	Server      string `json:"server"`
	N           int    `json:"n"`
	MeanUS      int64  `json:"mean_us"`
	MedianUS    int64  `json:"median_us"`
	DeviationUS int64  `json:"deviation_us"`
	MinUS       int64  `json:"min_us"`
	MaxUS       int64  `json:"max_us"`
	Bytes       int64  `json:"bytes"`
}

// FormatTimes is the content for TimesPath: for each server, by its name, a line of JSON with times in
// microseconds. Servers without an exchange have none.
func FormatTimes(servers map[string]Times) []byte {
	var text []byte
	for _, name := range slices.Sorted(maps.Keys(servers)) {
		t := servers[name]
		if t.N == 0 {
			continue
		}
		line, err := json.Marshal(timesLine{name, t.N, t.Mean.Microseconds(), t.Median.Microseconds(), t.Deviation.Microseconds(),
			t.Min.Microseconds(), t.Max.Microseconds(), t.Bytes})
		if err != nil {
			panic("cache: times are not JSON: " + err.Error())
		}
		text = append(append(text, line...), '\n')
	}
	return text
}

// parseTimesLine is the inverse for one line, which anyone may have written. It reports false for what
// can't be measured.
func parseTimesLine(text string) (server string, t Times, ok bool) {
	const longest = int64(time.Hour / time.Microsecond)
	var l timesLine
	if json.Unmarshal([]byte(text), &l) != nil || l.Server == "" || len(l.Server) > maxHostBytes ||
		l.N < 1 || l.N > timesKept || l.Bytes < 0 || l.Bytes > timesKept*maxStoredBytes {
		return "", Times{}, false
	}
	for _, us := range []int64{l.MeanUS, l.MedianUS, l.DeviationUS, l.MinUS, l.MaxUS} {
		if us < 0 || us > longest {
			return "", Times{}, false
		}
	}
	micro := func(us int64) time.Duration { return time.Duration(us) * time.Microsecond }
	return l.Server, Times{N: l.N, Mean: micro(l.MeanUS), Median: micro(l.MedianUS), Deviation: micro(l.DeviationUS),
		Min: micro(l.MinUS), Max: micro(l.MaxUS), Bytes: l.Bytes}, true
}
