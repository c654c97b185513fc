package neo4j

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/assim-mesh/assim/graph/cypher"
)

// queryRetryTime bounds how long a query tries again what failed for the moment: people wait for it.
const queryRetryTime = 2 * time.Second

// Query implements graph.Store. The text is checked by package cypher first, so that it is refused in
// the same words as by any other store, and then answered by the server in read mode. What the server
// reads and package cypher does not is answered with a note that says so (see beyond).
func (s *Store) Query(ctx context.Context, text string, params map[string]any) (*cypher.Result, error) {
	q, wrong := cypher.Parse(text)
	if wrong == nil {
		return s.read(ctx, text, params, q.Columns())
	}
	if !beyond(text, wrong) {
		return nil, wrong
	}
	out, err := s.read(ctx, text, params, nil)
	if refusedAlike(err) {
		return nil, wrong
	}
	if err == nil {
		out.Notes = append(out.Notes, noteBeyond(wrong))
	}
	return out, err
}

// read asks the server; for columns see collect.
func (s *Store) read(ctx context.Context, text string, params map[string]any, columns []string) (*cypher.Result, error) {
	text, err := plain(text)
	if err != nil {
		return nil, err
	}
	given, err := cypher.Params(params)
	if err != nil {
		return nil, err
	}
	s.reading.RLock()
	defer s.reading.RUnlock()
	if s.closed {
		return nil, ErrClosed
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Limits.Time)
	defer cancel()
	session := s.driver.NewSession(ctx, neo4j.SessionConfig{AccessMode: neo4j.AccessModeRead, DatabaseName: s.cfg.Database})
	defer s.closing(ctx, session.Close)
	read := func(tx neo4j.ManagedTransaction) (*cypher.Result, error) {
		res, err := tx.Run(ctx, hide(text), parameter(given).(map[string]any))
		if err != nil {
			return nil, err
		}
		return s.collect(ctx, res, columns)
	}
	out, err := neo4j.ExecuteRead(ctx, session, read, neo4j.WithTxTimeout(s.cfg.Limits.Time))
	if err != nil {
		return nil, s.queryError(ctx, err)
	}
	return out, nil
}

// collect reads the rows of a result, as many as the budget allows, and what the server says of them. The
// columns are those of the user's text; nil are those that the server names.
func (s *Store) collect(ctx context.Context, res neo4j.ResultWithContext, columns []string) (*cypher.Result, error) {
	if columns == nil {
		var err error
		if columns, err = res.Keys(); err != nil {
			return nil, err
		}
	}
	out := &cypher.Result{Columns: columns, Rows: [][]any{}}
	c, budget, values := newConverter(), s.cfg.Limits.Budget(), 0
	for res.Next(ctx) {
		row := c.list(res.Record().Values)
		if values += cypher.Weight(row); values > budget.Values {
			return nil, exceeded("Values", "it would keep more than %d values at once", budget.Values)
		}
		if len(out.Rows) == budget.Rows {
			return nil, exceeded("Rows", "its result has more than %d rows", budget.Rows)
		}
		out.Rows = append(out.Rows, row)
	}
	summary, err := res.Consume(ctx) // the error of Next, if that ended by one
	if err != nil {
		return nil, err
	}
	out.Unknown, out.Plan = unknown(summary.Notifications()), planOf(summary)
	return out, nil
}

// exceeded says of a result what package cypher would.
func exceeded(detail, why string, limit int) *cypher.Error {
	return &cypher.Error{Kind: cypher.LimitExceeded, Detail: detail, Msg: "the query was stopped: " + fmt.Sprintf(why, limit)}
}

// place is where Neo4j says an error is. The text that it has seen is not quite the user's.
var place = regexp.MustCompile(` \(line \d+, column \d+ \(offset: \d+\)\)$`)

// queryError makes an error of a query what other stores would say, as far as it is one of the query.
func (s *Store) queryError(ctx context.Context, err error) error {
	var wrong *cypher.Error
	var refused *neo4j.Neo4jError
	switch {
	case errors.As(err, &wrong):
		return wrong
	case ctx.Err() != nil:
		return stopped(ctx.Err())
	case !errors.As(err, &refused):
		return s.fail(ctx, err)
	}
	msg := place.ReplaceAllString(firstLine(refused.Msg), "")
	switch title := refused.Title(); {
	case refused.Category() == "Statement":
		return &cypher.Error{Kind: kind(title, msg), Detail: title, Msg: msg}
	case strings.HasPrefix(title, "TransactionTimedOut"), title == "Terminated":
		return stopped(context.DeadlineExceeded)
	case title == "MemoryPoolOutOfMemoryError":
		return &cypher.Error{Kind: cypher.LimitExceeded, Detail: title, Msg: msg}
	}
	return s.fail(ctx, err)
}

// stopped is the error of a query that time or its caller has ended.
func stopped(cause error) error {
	return fmt.Errorf("%w: %w", &cypher.Error{Kind: cypher.Stopped, Msg: "the query was stopped"}, cause)
}

// kind is the kind of a cypher.Error for what Neo4j calls it. A value of the wrong type is a TypeError,
// whether or not the server knew of it before it ran the query.
func kind(title, msg string) string {
	switch {
	case strings.HasPrefix(msg, "Type mismatch"):
		return cypher.TypeError
	case slices.Contains([]string{cypher.SyntaxError, cypher.TypeError, cypher.ArithmeticError, cypher.ParameterMissing}, title):
		return title
	case title == "SemanticError":
		return cypher.SyntaxError
	}
	return cypher.ArgumentError
}
