package cma

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
)

// handler answers a request or says why not; the error becomes the answer.
type handler func(http.ResponseWriter, *http.Request) error

// Handler answers the API. It is all that Run serves, without the TLS.
func (c *CMA) Handler() http.Handler {
	guarded := http.NewServeMux()
	for path, methods := range map[string]methods{
		"/v1/documents":           {http.MethodPost: c.oneOfFew(answer(c.documents))},
		"/v1/manifests":           {http.MethodPost: c.oneOfFew(answer(c.manifest))},
		"/v1/events":              {http.MethodPost: c.oneOfFew(answer(c.report)), http.MethodGet: answer(c.events)},
		"/v1/audit":               {http.MethodPost: c.oneOfFew(answer(c.audit)), http.MethodGet: answer(c.audits)},
		"/v1/rings":               {http.MethodPost: c.oneOfFew(answer(c.ringView))},
		"/v1/ring":                {http.MethodGet: answer(c.ring)},
		"/v1/query":               {http.MethodPost: answer(c.query)},
		"/v1/queries":             {http.MethodGet: answer(c.namedQueries)},
		"/v1/hosts":               {http.MethodGet: answer(c.hosts)},
		"/v1/hosts/{host}":        {http.MethodGet: answer(c.hostDetail)},
		"/v1/hosts/{host}/doctor": {http.MethodGet: answer(c.doctor)},
		"/v1/down":                {http.MethodGet: answer(c.down)},
		"/v1/heard":               {http.MethodPost: answer(c.heard)},
		"/v1/sites":               {http.MethodGet: answer(c.sites)},
		"/v1/status":              {http.MethodGet: answer(c.status)},
		"/metrics":                {http.MethodGet: c.metrics},
	} {
		guarded.Handle(path, c.handle(methods.serve))
	}
	guarded.Handle("/", c.handle(func(_ http.ResponseWriter, r *http.Request) error {
		return refuse(http.StatusNotFound, api.CodeNotFound, "no such path: %q", r.URL.Path)
	}))
	// A caller without the bearer learns nothing, not even which paths there are.
	all := http.NewServeMux()
	all.Handle("/healthz", c.handle(methods{http.MethodGet: healthz}.serve))
	all.Handle("/", c.handle(func(w http.ResponseWriter, r *http.Request) error {
		if !c.authorized(r) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			return refuse(http.StatusUnauthorized, api.CodeUnauthorized, "the request does not carry the fleet's bearer")
		}
		guarded.ServeHTTP(w, r)
		return nil
	}))
	return all
}

func healthz(w http.ResponseWriter, _ *http.Request) error {
	_, err := io.WriteString(w, "ok\n")
	return err
}

// authorized compares in constant time: how long a wrong bearer takes tells nothing of the right one.
func (c *CMA) authorized(r *http.Request) bool {
	bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && subtle.ConstantTimeCompare([]byte(bearer), []byte(c.bearer)) == 1
}

// methods are what a path takes.
type methods map[string]handler

func (m methods) serve(w http.ResponseWriter, r *http.Request) error {
	if h := m[r.Method]; h != nil {
		return h(w, r)
	}
	taken := slices.Sorted(maps.Keys(m))
	w.Header().Set("Allow", strings.Join(taken, ", "))
	return refuse(http.StatusMethodNotAllowed, api.CodeBadRequest, "%s takes %s, not %s", r.URL.Path, strings.Join(taken, " and "), r.Method)
}

// answer writes what fn returns as JSON.
func answer[T any](fn func(*http.Request) (T, error)) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := fn(r)
		if err != nil {
			return err
		}
		b, err := api.Marshal(v)
		if err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, b)
	}
}

func (c *CMA) handle(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil || r.Context().Err() != nil {
			return // nobody waits for the answer
		}
		e := apiError(err)
		switch e.Code {
		case api.CodeInternal:
			c.Logger.Error("request failed", "path", r.URL.Path, "err", err)
		case api.CodeUnavailable:
			w.Header().Set("Retry-After", "1")
		}
		b, err := api.Marshal(e)
		if err == nil {
			err = writeJSON(w, e.Status, b)
		}
		if err != nil {
			c.Logger.Debug("answer not sent", "path", r.URL.Path, "err", err)
		}
	})
}

func writeJSON(w http.ResponseWriter, status int, body []byte) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err := w.Write(body)
	return err
}

// refuse makes the answer to a request that is at fault.
func refuse(status int, code, format string, args ...any) *api.Error {
	return &api.Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// queryCode tells a query that is at fault from one that is too much.
func queryCode(err *cypher.Error) string {
	overrun := err.Kind == cypher.LimitExceeded && slices.Contains([]string{"Steps", "Rows", "Values"}, err.Detail)
	if overrun || errors.Is(err, context.DeadlineExceeded) {
		return api.CodeQueryLimit
	}
	return api.CodeQuery
}

// apiError is what a caller is told of err.
func apiError(err error) *api.Error {
	var (
		told    *api.Error
		query   *cypher.Error
		unknown *graph.UnknownQueryError
		param   *graph.ParamError
	)
	switch {
	case errors.As(err, &told):
		return told
	case errors.As(err, &query):
		e := refuse(http.StatusBadRequest, queryCode(query), "%s", query.Msg)
		e.Line, e.Column, e.Nearest = query.Line, query.Column, query.Nearest
		return e
	case errors.As(err, &unknown):
		e := refuse(http.StatusNotFound, api.CodeUnknownQuery, "%v", unknown)
		e.Nearest = unknown.Nearest
		return e
	case errors.As(err, &param):
		e := refuse(http.StatusBadRequest, api.CodeBadRequest, "%v", param)
		e.Nearest = param.Nearest
		return e
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, ErrTooManyAlerts), errors.Is(err, graph.ErrUnavailable):
		return refuse(http.StatusServiceUnavailable, api.CodeUnavailable, "%v", err)
	}
	return refuse(http.StatusInternalServerError, api.CodeInternal, "%v", err)
}
