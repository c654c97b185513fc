package cma

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph/cypher"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

func TestQueryErrors(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	tests := []struct {
		query api.Query
		want  api.Error // Message: a part
	}{
		{api.Query{Cypher: "MATCH (h:Host)\nRETURN g.name"}, api.Error{Status: 400, Code: api.CodeQuery, Message: `"g"`, Line: 2, Column: 8, Nearest: "h"}},
		{api.Query{Cypher: "UNWIND range(1, 100001) AS x RETURN x"}, api.Error{Status: 400, Code: api.CodeQueryLimit, Message: "more than 100000 rows"}},
		{api.Query{Cypher: "CREATE (:Host)"}, api.Error{Status: 400, Code: api.CodeQuery, Message: "read-only", Line: 1, Column: 1}},
		{api.Query{Name: "allserver"}, api.Error{Status: 404, Code: api.CodeUnknownQuery, Message: `"allserver"`, Nearest: "allservers"}},
		{api.Query{Name: "hostdependencies", Params: map[string]any{"hots": "db1"}}, api.Error{Status: 400, Code: api.CodeBadRequest, Message: `"hots"`, Nearest: "host"}},
		{api.Query{Cypher: "MATCH (h:Host)\nRETURN g.name", Mode: api.ModeExplain}, api.Error{Status: 400, Code: api.CodeQuery, Message: `"g"`, Line: 2, Column: 8, Nearest: "h"}},
		{api.Query{Cypher: "EXPLAIN RETURN 1", Mode: api.ModeProfile}, api.Error{Status: 400, Code: api.CodeQuery, Message: "EXPLAIN", Line: 1, Column: 1}},
		{api.Query{Cypher: "RETURN 1", Mode: "guess"}, api.Error{Status: 400, Code: api.CodeBadRequest, Message: `mode "guess"`}},
		{api.Query{}, api.Error{Status: 400, Code: api.CodeBadRequest, Message: "either cypher or a name"}},
		{api.Query{Name: "down", Cypher: "RETURN 1"}, api.Error{Status: 400, Code: api.CodeBadRequest, Message: "either cypher or a name"}},
		{api.Query{Cypher: "RETURN 1 //" + strings.Repeat("x", api.MaxQueryBytes)}, api.Error{Status: 413, Code: api.CodeBadRequest, Message: "at most 65536"}},
	}
	for _, tt := range tests {
		_, err := s.client.Query(t.Context(), tt.query)
		var got *api.Error
		if !errors.As(err, &got) || !strings.Contains(got.Message, tt.want.Message) {
			t.Errorf("%.60q: %v, want %q", tt.query.Cypher+tt.query.Name, err, tt.want.Message)
			continue
		}
		message := got.Message
		if got.Message = tt.want.Message; *got != tt.want {
			t.Errorf("%.60q: %+v (%q), want %+v", tt.query.Cypher+tt.query.Name, *got, message, tt.want)
		}
	}
	if got := s.rows(t, api.Query{Cypher: "RETURN $n + 1, $list, 0.0/0.0", Params: map[string]any{"n": int64(1) << 60, "list": []any{1, "<"}}}); got != `[1152921504606846977,[1,"<"],"NaN"]` {
		t.Errorf("values: %s", got)
	}
	if _, err := s.client.HostDetail(t.Context(), "no/body"); err == nil || !strings.Contains(err.Error(), `no host has the name or id "no/body"`) {
		t.Errorf("detail of nobody: %v", err)
	}
	queries, err := s.client.NamedQueries(t.Context())
	if err != nil || len(queries) == 0 || queries[0].Title == "" || queries[0].Cypher == "" {
		t.Errorf("queries %+v, %v", queries, err)
	}
}

// TestQueryModes: the plan comes when it is asked for, with the rows or without.
func TestQueryModes(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	for _, tt := range []struct {
		mode     string
		rows     int
		plan     bool
		profiled bool
	}{{"", 1, false, false}, {api.ModeExplain, 0, true, false}, {api.ModeProfile, 1, true, true}} {
		rows, err := s.client.Query(t.Context(), api.Query{Cypher: "RETURN 1 AS one", Mode: tt.mode})
		if err != nil {
			t.Fatalf("mode %q: %v", tt.mode, err)
		}
		var plan cypher.Plan
		if rows.Plan != nil {
			if err := json.Unmarshal(rows.Plan, &plan); err != nil {
				t.Fatalf("mode %q: %v", tt.mode, err)
			}
		}
		if len(rows.Rows) != tt.rows || (len(plan.Steps) > 0) != tt.plan || plan.Profiled != tt.profiled {
			t.Errorf("mode %q: %d rows and the plan %s", tt.mode, len(rows.Rows), rows.Plan)
		}
	}
}

// TestEncodeRowsIsBounded: an answer can't fill the memory of both sides.
func TestEncodeRowsIsBounded(t *testing.T) {
	result := &cypher.Result{Columns: []string{"a"}, Rows: [][]any{{"12345"}, {"12345"}}} // 8 bytes each, quotes and comma included
	if _, err := encodeRows(result, 16); err != nil {
		t.Errorf("at the bound: %v", err)
	}
	_, err := encodeRows(result, 15)
	if e := (*api.Error)(nil); !errors.As(err, &e) || e.Code != api.CodeQueryLimit || !strings.Contains(e.Message, "more than 15 bytes") {
		t.Errorf("above the bound: %v", err)
	}
}

// TestRequests sends what no client of ours does.
func TestRequests(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	bomb := enc.EncodeAll(make([]byte, api.MaxRequestBytes+1), nil)
	many, err := api.Marshal(api.Documents{Documents: make([]discovery.Document, api.MaxDocuments+1)})
	if err != nil {
		t.Fatal(err)
	}
	manyEvents, err := api.Marshal(api.Events{Events: make([]ring.Event, api.MaxEvents+1)})
	if err != nil {
		t.Fatal(err)
	}
	bearer := "Bearer " + s.bearer
	tests := []struct {
		name, method, path, bearer, contentType, encoding string
		body                                              []byte
		status                                            int
		want                                              string // part of the body
	}{
		{"health needs no bearer", "GET", "/healthz", "", "", "", nil, 200, "ok"},
		{"metrics", "GET", "/metrics", bearer, "", "", nil, 200, "\nassim_cma_queries_total 0\n"},
		{"no bearer", "GET", "/v1/status", "", "", "", nil, 401, `"code":"unauthorized"`},
		{"no bearer for metrics", "GET", "/metrics", "", "", "", nil, 401, `"code":"unauthorized"`},
		{"no bearer for what is not there", "GET", "/v2", "", "", "", nil, 401, `"code":"unauthorized"`},
		{"wrong bearer", "GET", "/v1/status", bearer + "0", "", "", nil, 401, `"code":"unauthorized"`},
		{"bearer cut short", "GET", "/v1/status", bearer[:len(bearer)-1], "", "", nil, 401, `"code":"unauthorized"`},
		{"another scheme", "GET", "/v1/status", s.bearer, "", "", nil, 401, `"code":"unauthorized"`},
		{"no such path", "GET", "/v2", bearer, "", "", nil, 404, `no such path: \"/v2\"`},
		{"wrong method", "GET", "/v1/query", bearer, "", "", nil, 405, "/v1/query takes POST, not GET"},
		{"wrong method of two", "PUT", "/v1/events", bearer, "", "", nil, 405, "/v1/events takes GET and POST, not PUT"},
		{"too many events", "POST", "/v1/events", bearer, "application/json", "", manyEvents, 413, "257 events, at most 256"},
		{"wrong number of events", "GET", "/v1/events?limit=all", bearer, "", "", nil, 400, `limit: \"all\" is not a number`},
		{"wrong method for health", "POST", "/healthz", "", "", "", nil, 405, "/healthz takes GET, not POST"},
		{"no content type", "POST", "/v1/query", bearer, "", "", []byte(`{}`), 415, `content type \"\" is not application/json`},
		{"with charset", "POST", "/v1/query", bearer, "application/json; charset=utf-8", "", []byte(`{"cypher":"RETURN 1"}`), 200, `"rows":[[1]]`},
		{"unknown encoding", "POST", "/v1/query", bearer, "application/json", "gzip", []byte(`{}`), 415, `content encoding \"gzip\" is not zstd`},
		{"more than one value", "POST", "/v1/query", bearer, "application/json", "", []byte(`{"cypher":"RETURN 1"} {}`), 400, "more text after"},
		{"no JSON", "POST", "/v1/query", bearer, "application/json", "", []byte(`{`), 400, `"code":"bad_request"`},
		{"no zstd", "POST", "/v1/query", bearer, "application/json", "zstd", []byte(`{}`), 400, `"code":"bad_request"`},
		{"too large", "POST", "/v1/query", bearer, "application/json", "", make([]byte, api.MaxRequestBytes+1), 413, "more than 33554432 bytes"},
		{"too large once decompressed", "POST", "/v1/query", bearer, "application/json", "zstd", bomb, 413, "more than 33554432 bytes"},
		{"too many documents", "POST", "/v1/documents", bearer, "application/json", "", many, 413, "257 documents, at most 256"},
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer transport.CloseIdleConnections()
	for _, tt := range tests {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, s.url+tt.path, bytes.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"Authorization": tt.bearer, "Content-Type": tt.contentType, "Content-Encoding": tt.encoding} {
			if value != "" {
				req.Header.Set(name, value)
			}
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != tt.status || !strings.Contains(string(body), tt.want) {
			t.Errorf("%s: %d %s %v, want %d with %q", tt.name, resp.StatusCode, body, err, tt.status, tt.want)
		}
		if isJSON := json.Valid(body); tt.status != 200 && (!isJSON || resp.Header.Get("Content-Type") != "application/json") {
			t.Errorf("%s: the error is not JSON: %s", tt.name, body)
		}
	}
}

// TestTooManyIngests: a request beyond those being stored is told to come again.
func TestTooManyIngests(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	for range maxIngests {
		s.ingests <- struct{}{}
	}
	_, err := s.client.SendDocuments(t.Context(), api.Documents{})
	var got *api.Error
	if !errors.As(err, &got) || got.Status != http.StatusServiceUnavailable || got.Code != api.CodeUnavailable {
		t.Errorf("%v, want unavailable", err)
	}
	<-s.ingests
	if _, err := s.client.SendDocuments(t.Context(), api.Documents{}); err != nil {
		t.Errorf("with room again: %v", err)
	}
}
