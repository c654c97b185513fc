package cma

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
)

// maxRowsBytes leaves room for what stands around the values in an answer.
const maxRowsBytes = api.MaxRowsBytes / 2

func (c *CMA) query(r *http.Request) (api.Rows, error) {
	var q api.Query
	if err := c.decode(r, &q); err != nil {
		return api.Rows{}, err
	}
	if len(q.Cypher) > api.MaxQueryBytes {
		return api.Rows{}, refuse(http.StatusRequestEntityTooLarge, api.CodeBadRequest, "the query has %d bytes, at most %d", len(q.Cypher), api.MaxQueryBytes)
	}
	if (q.Cypher == "") == (q.Name == "") {
		return api.Rows{}, refuse(http.StatusBadRequest, api.CodeBadRequest, "a query has either cypher or a name")
	}
	above, ok := linesAbove(q.Mode)
	if !ok {
		return api.Rows{}, refuse(http.StatusBadRequest, api.CodeBadRequest, "mode %q is neither %q nor %q", q.Mode, api.ModeExplain, api.ModeProfile)
	}
	c.stats.queries.Add(1)
	text, params := q.Cypher, q.Params
	if q.Name != "" {
		named, err := graph.Find(c.queries, q.Name)
		if err != nil {
			return api.Rows{}, err
		}
		text = named.Text
		if params, err = named.Convert(q.Params); err != nil {
			return api.Rows{}, err
		}
	}
	result, err := c.Store.Query(r.Context(), above+text, params)
	if err != nil {
		return api.Rows{}, placedBelow(above, err)
	}
	if q.Name == "" { // who asks by name has misspelt nothing in the text
		result.Notes = append(result.Notes, result.Unknown...)
	}
	return encodeRows(result, maxRowsBytes)
}

// linesAbove is what stands above a query's text so that it runs in a mode: whole lines, so that columns
// stay what they are. It says false for a mode that there is not.
func linesAbove(mode string) (string, bool) {
	switch mode {
	case "":
		return "", true
	case api.ModeExplain:
		return "EXPLAIN\n", true
	case api.ModeProfile:
		return "PROFILE\n", true
	}
	return "", false
}

// placedBelow counts the lines of an error's place from the caller's text, which stands below others.
func placedBelow(above string, err error) error {
	var fault *cypher.Error
	if !errors.As(err, &fault) || fault.Line == 0 {
		return err
	}
	placed := *fault
	placed.Line -= strings.Count(above, "\n")
	return &placed
}

// encodeRows makes a result's values JSON, of maxBytes at most.
func encodeRows(result *cypher.Result, maxBytes int) (api.Rows, error) {
	rows := api.Rows{Columns: result.Columns, Rows: make([][]json.RawMessage, len(result.Rows)), Notes: result.Notes}
	if result.Plan != nil {
		var err error
		if rows.Plan, err = api.Marshal(result.Plan); err != nil {
			return api.Rows{}, err
		}
	}
	bytes := len(rows.Plan)
	for i, row := range result.Rows {
		rows.Rows[i] = make([]json.RawMessage, len(row))
		for j, v := range row {
			b, err := api.Marshal(cypher.JSON(v))
			if err != nil {
				return api.Rows{}, err
			}
			if bytes += len(b) + 1; bytes > maxBytes {
				return api.Rows{}, refuse(http.StatusBadRequest, api.CodeQueryLimit, "the answer has more than %d bytes", maxBytes)
			}
			rows.Rows[i][j] = b
		}
	}
	return rows, nil
}

func (c *CMA) namedQueries(*http.Request) ([]api.NamedQuery, error) {
	queries := make([]api.NamedQuery, len(c.queries))
	for i, q := range c.queries {
		queries[i] = api.NamedQuery{Name: q.Name, Title: q.Title, Columns: q.Columns, Cypher: q.Text}
		for _, p := range q.Params {
			queries[i].Params = append(queries[i].Params, api.QueryParam{
				Name: p.Name, Type: p.Type, Required: p.Required, Default: p.Default, Title: p.Title,
			})
		}
	}
	return queries, nil
}
