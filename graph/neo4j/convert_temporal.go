package neo4j

import (
	"fmt"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j/dbtype"

	"github.com/assim-mesh/assim/graph/cypher"
)

// driverOffset is what the driver calls the location of a fixed offset.
const driverOffset = "Offset"

// temporal turns times and amounts of time into those of package cypher. What is beyond the bounds
// there becomes its text, as the driver writes it.
func temporal(v any) any {
	var t any
	var err error
	switch v := v.(type) {
	case time.Time:
		t, err = cypher.FromClock(cypher.DateTime, unnamed(v))
	case dbtype.LocalDateTime:
		t, err = cypher.FromClock(cypher.LocalDateTime, v.Time())
	case dbtype.Date:
		t, err = cypher.FromClock(cypher.Date, v.Time())
	case dbtype.Time:
		t, err = cypher.FromClock(cypher.Time, unnamed(v.Time()))
	case dbtype.LocalTime:
		t, err = cypher.FromClock(cypher.LocalTime, v.Time())
	case dbtype.Duration:
		t, err = cypher.NewDuration(v.Months, v.Days, v.Seconds, int64(v.Nanos))
	default:
		return fmt.Sprint(v)
	}
	if err != nil {
		return fmt.Sprint(v)
	}
	return t
}

// unnamed takes the name off a location that is a fixed offset.
func unnamed(at time.Time) time.Time {
	if at.Location().String() != driverOffset {
		return at
	}
	_, offset := at.Zone()
	return at.In(time.FixedZone("", offset))
}

// parameter turns what cypher.Params returns into what the driver takes: the way back from temporal.
func parameter(v any) any {
	switch v := v.(type) {
	case cypher.Temporal:
		return driverTime(v)
	case cypher.Duration:
		months, days, seconds, nanos := v.Parts()
		return dbtype.Duration{Months: months, Days: days, Seconds: seconds, Nanos: int(nanos)}
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = parameter(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, e := range v {
			out[name] = parameter(e)
		}
		return out
	}
	return v
}

func driverTime(t cypher.Temporal) any {
	clock := t.Clock()
	switch t.Kind() {
	case cypher.DateTime:
		if clock.Location().String() == "" {
			_, offset := clock.Zone()
			clock = clock.In(time.FixedZone(driverOffset, offset))
		}
		return clock
	case cypher.LocalDateTime:
		return dbtype.LocalDateTime(clock)
	case cypher.Date:
		return dbtype.Date(clock)
	case cypher.Time:
		return dbtype.Time(clock)
	}
	return dbtype.LocalTime(clock)
}
