package alert

import (
	"slices"
	"time"
)

const (
	// maxTries is how often a hook runs for an event before its failure is final.
	maxTries = 3
	// maxAtOnce is how many runs of one hook there are at once, so that a slow one gets through a storm
	// and a hanging one holds no more processes than that.
	maxAtOnce = 4
)

// attempt is one run of a hook for an event.
type attempt struct {
	event uint64
	hook  string
	try   int // from 1
}

// queue decides which hook runs for which event, and when. It is pure: times are given to it.
type queue struct {
	retry time.Duration  // before the second try; before the third it is four times as long
	lines []*line        // of the hooks with something to do
	left  map[uint64]int // by event: hooks that have not settled
}

// line is what one hook has to do.
type line struct {
	hook    string
	jobs    []job // in the order in which they were added; at most as many as the journal lets wait
	running int
}

type job struct {
	event   uint64
	subject string
	tries   int
	due     time.Time // of the next try
	running bool
}

func newQueue(retry time.Duration) *queue {
	return &queue{retry: retry, left: map[uint64]int{}}
}

// add makes hooks wait for their turn with an event, which comes after those added before.
func (q *queue) add(event uint64, subject string, hooks []string) {
	for _, hook := range hooks {
		l := q.line(hook)
		if l == nil {
			l = &line{hook: hook}
			q.lines = append(q.lines, l)
		}
		l.jobs = append(l.jobs, job{event: event, subject: subject})
	}
	q.left[event] = len(hooks)
}

func (q *queue) line(hook string) *line {
	for _, l := range q.lines {
		if l.hook == hook {
			return l
		}
	}
	return nil
}

// start returns what is to be run now, and counts it as running until ended is told of it.
func (q *queue) start(now time.Time) []attempt {
	var attempts []attempt
	for _, l := range q.lines {
		busy := map[string]bool{} // subjects with an earlier event that has not settled
		for i := range l.jobs {
			if l.running == maxAtOnce {
				break
			}
			j := &l.jobs[i]
			if !j.running && !busy[j.subject] && !now.Before(j.due) {
				j.running = true
				j.tries++
				l.running++
				attempts = append(attempts, attempt{event: j.event, hook: l.hook, try: j.tries})
			}
			busy[j.subject] = true
		}
	}
	return attempts
}

// next returns when a try is due for which start at now was too early, if there is one.
func (q *queue) next(now time.Time) (due time.Time, ok bool) {
	for _, l := range q.lines {
		for _, j := range l.jobs {
			if !j.running && j.due.After(now) && (!ok || j.due.Before(due)) {
				due, ok = j.due, true
			}
		}
	}
	return due, ok
}

// ended takes the end of a run. It reports whether the hook is settled with the event, and whether it
// was the event's last.
func (q *queue) ended(a attempt, well bool, now time.Time) (settled, last bool) {
	l := q.line(a.hook)
	l.running--
	i := slices.IndexFunc(l.jobs, func(j job) bool { return j.event == a.event })
	if !well && a.try < maxTries {
		l.jobs[i].running = false
		l.jobs[i].due = now.Add(retryAfter(q.retry, a.try))
		return false, false
	}
	l.jobs = slices.Delete(l.jobs, i, i+1)
	if len(l.jobs) == 0 {
		q.lines = slices.DeleteFunc(q.lines, func(o *line) bool { return o == l })
	}
	if q.left[a.event]--; q.left[a.event] > 0 {
		return true, false
	}
	delete(q.left, a.event)
	return true, true
}

// retryAfter is how long to wait after so many tries, from 1.
func retryAfter(first time.Duration, tries int) time.Duration { return first << (2 * (tries - 1)) }
