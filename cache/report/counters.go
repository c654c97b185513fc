package report

import (
	"strconv"
	"strings"
)

// parseCounters reads network counters in either of the two forms in which Linux tells them, and sums up
// those that come more than once under a name:
//
//	/proc/net/snmp, netstat      Tcp: ActiveOpens RetransSegs      Tcp.ActiveOpens, Tcp.RetransSegs
//	                             Tcp: 12 7
//
//	netstat -s                   Tcp:                              Tcp.segments retransmitted
//	                                 7 segments retransmitted      TcpExt.TCPTimeouts
//	                             TcpExt:                           TcpExt.Detected reordering times using SACK
//	                                 TCPTimeouts: 3
//	                                 Detected reordering 5 times using SACK
//
// A name of the second form is the line without its number. Lines in it without a number are headings.
func parseCounters(text string) (counters map[string]float64, bad []badLine) {
	counters = map[string]float64{}
	var section string
	var names []string // of the values that the next line has
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0:
		case line[0] == ' ' || line[0] == '\t':
			if name, value, ok := sentence(fields); ok {
				counters[section+"."+name] += value
			}
		case !strings.HasSuffix(fields[0], ":"):
			bad = append(bad, badLine{number, excerpt(line) + " is neither a section nor a counter"})
		case names != nil && section+":" == fields[0]:
			if what := tabulate(counters, section, names, fields[1:]); what != "" {
				bad = append(bad, badLine{number, what})
			}
			names = nil
		default:
			section, names = strings.TrimSuffix(fields[0], ":"), nil
			if len(fields) > 1 {
				names = fields[1:]
			}
		}
	}
	return counters, bad
}

// sentence splits a line of netstat -s into its name and its number, the first there is.
func sentence(fields []string) (name string, value float64, ok bool) {
	for i, f := range fields {
		v, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			continue
		}
		rest := strings.Join(append(append([]string{}, fields[:i]...), fields[i+1:]...), " ")
		return strings.TrimSuffix(rest, ":"), float64(v), rest != ""
	}
	return "", 0, false
}

// tabulate adds a line of values under the line of their names, and says what is wrong with it.
func tabulate(counters map[string]float64, section string, names, values []string) string {
	if len(values) != len(names) {
		return strconv.Itoa(len(values)) + " values for " + strconv.Itoa(len(names)) + " names"
	}
	numbers := make([]float64, len(values))
	for i, text := range values {
		v, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			u, err := strconv.ParseUint(text, 10, 64) // counters wrap at 64 bits without a sign
			if err != nil {
				return names[i] + " is " + excerpt(text) + ", no number"
			}
			numbers[i] = float64(u)
			continue
		}
		numbers[i] = float64(v)
	}
	for i, name := range names {
		counters[section+"."+name] += numbers[i]
	}
	return ""
}
