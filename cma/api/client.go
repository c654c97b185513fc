package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/assim-mesh/assim/cache/sites"
)

var (
	// ErrUnreachable is returned when no answer came from the address: nothing listens there, it is
	// too slow, or the connection broke. The same call may be made again.
	ErrUnreachable = errors.New("the CMA can't be reached")
	// ErrWrongCMA is returned when what answers does not prove to be a CMA of this fleet.
	ErrWrongCMA = errors.New("not a CMA of this fleet")
	// ErrBadAnswer is returned for an answer above its limit of bytes or not of the expected form.
	ErrBadAnswer = errors.New("bad answer from the CMA")
)

const (
	// compressAbove is the size from which a request body is compressed: below it zstd saves less
	// than one packet.
	compressAbove = 1 << 10
	// dialTimeout bounds the way to a CMA that is away: a network that drops packets says nothing.
	dialTimeout = 5 * time.Second
	// defaultTimeout exceeds the ten seconds that a query may take.
	defaultTimeout = 30 * time.Second
)

// Options of a Client; the zero value has every default.
type Options struct {
	Timeout time.Duration // of one call, all bytes of the answer included; 0 is 30 s
}

// Client calls one CMA. It is safe for concurrent use. A call ends with ctx, whose error it then
// returns, or after Options.Timeout, with ErrUnreachable. What the CMA refuses is an *Error.
type Client struct {
	base    *url.URL
	bearer  string
	timeout time.Duration
	http    *http.Client
	zstd    *zstd.Encoder // its EncodeAll only, which may be called concurrently
}

// Dial returns a Client of the CMA at base, "https://192.0.2.1:7117". It connects at the first call.
func Dial(base string, fleet Fleet, o Options) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("address of the CMA: %w", err)
	}
	if u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("address of the CMA: %q is not of the form https://HOST:PORT", base)
	}
	if err := fleet.validate(); err != nil {
		return nil, err
	}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSClientConfig:     fleet.clientTLS(),
		TLSHandshakeTimeout: dialTimeout,
		MaxConnsPerHost:     4,
		IdleConnTimeout:     time.Minute,
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	return &Client{
		base: u, bearer: fleet.Bearer(), timeout: o.Timeout, zstd: enc,
		// A redirection would hand the bearer to another address.
		http: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

// Close frees the idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// SendDocuments hands over at most MaxDocuments documents. When it returns without an error, each is
// durable or named among the refused.
func (c *Client) SendDocuments(ctx context.Context, docs Documents) (Stored, error) {
	return call[Stored](ctx, c, http.MethodPost, "v1/documents", docs)
}

// Query asks for rows. How long that may take is the CMA's to say: beyond ctx, only the longest time
// that one can allow ends the wait.
func (c *Client) Query(ctx context.Context, q Query) (Rows, error) {
	return callWithin[Rows](ctx, c, MaxQueryTime+c.timeout, MaxRowsBytes, http.MethodPost, "v1/query", q)
}

// NamedQueries returns the named queries, sorted by name.
func (c *Client) NamedQueries(ctx context.Context) ([]NamedQuery, error) {
	return call[[]NamedQuery](ctx, c, http.MethodGet, "v1/queries", nil)
}

// Hosts returns every host, sorted by name.
func (c *Client) Hosts(ctx context.Context) ([]Host, error) {
	return call[[]Host](ctx, c, http.MethodGet, "v1/hosts", nil)
}

// HostDetail returns one host by its name or id.
func (c *Client) HostDetail(ctx context.Context, host string) (HostDetail, error) {
	return call[HostDetail](ctx, c, http.MethodGet, "v1/hosts/"+url.PathEscape(host), nil)
}

// Sites returns the sites that the CMA was told of, where their servers are and no passwords. A Client is
// a sites.Directory by this.
func (c *Client) Sites(ctx context.Context) ([]sites.Site, error) {
	found, err := call[[]sites.Site](ctx, c, http.MethodGet, "v1/sites", nil)
	if err != nil {
		return nil, err
	}
	if found, err = sites.Check(found); err != nil {
		return nil, fmt.Errorf("%s: %w", c.base.Host, err)
	}
	return found, nil
}

// Down returns the hosts that are known to be dead or shut down, sorted by name. It asks the journal only
// and takes milliseconds where Hosts takes seconds.
func (c *Client) Down(ctx context.Context) ([]Down, error) {
	return call[[]Down](ctx, c, http.MethodGet, "v1/down", nil)
}

// Status returns the CMA's own state.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return call[Status](ctx, c, http.MethodGet, "v1/status", nil)
}

// call sends body, unless nil, to a path with or without a query, and decodes the answer.
func call[T any](ctx context.Context, c *Client, method, path string, body any) (T, error) {
	return callWithin[T](ctx, c, c.timeout, MaxAnswerBytes, method, path, body)
}

// callWithin is call with bounds of its own for the time and the bytes of the answer.
func callWithin[T any](ctx context.Context, c *Client, timeout time.Duration, maxBytes int64, method, path string, body any) (T, error) {
	var answer T
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := c.request(limited, method, path, body)
	if err != nil {
		return answer, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer, c.connectionError(ctx, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxBytes+1))
	if err != nil {
		return answer, c.connectionError(ctx, err)
	}
	if int64(len(b)) > maxBytes {
		return answer, fmt.Errorf("%s: %w: above %d bytes", c.base.Host, ErrBadAnswer, maxBytes)
	}
	if resp.StatusCode/100 != 2 {
		return answer, refusal(resp.StatusCode, b)
	}
	if err := json.Unmarshal(b, &answer); err != nil {
		return answer, fmt.Errorf("%s: %w: %w", c.base.Host, ErrBadAnswer, err)
	}
	return answer, nil
}

func (c *Client) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var b []byte
	compressed := false
	if body != nil {
		var err error
		if b, err = Marshal(body); err != nil {
			return nil, err
		}
		if len(b) > MaxRequestBytes {
			return nil, fmt.Errorf("request of %d bytes, at most %d", len(b), MaxRequestBytes)
		}
		if compressed = len(b) > compressAbove; compressed {
			b = c.zstd.EncodeAll(b, nil)
		}
	}
	path, query, _ := strings.Cut(path, "?")
	address := c.base.JoinPath(path)
	address.RawQuery = query
	req, err := http.NewRequestWithContext(ctx, method, address.String(), bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.bearer)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if compressed {
		req.Header.Set("Content-Encoding", "zstd")
	}
	return req, nil
}

// connectionError says whose fault it was that no answer came. ctx is the caller's.
func (c *Client) connectionError(ctx context.Context, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // without "Get https://...": we name the address ourselves
	}
	var noTLS tls.RecordHeaderError
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.Is(err, ErrWrongCMA):
	case errors.As(err, &noTLS), errors.Is(err, http.ErrSchemeMismatch):
		err = fmt.Errorf("%w: it does not speak TLS", ErrWrongCMA)
	case errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("%w: no answer in %v", ErrUnreachable, c.timeout)
	default:
		err = fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return fmt.Errorf("%s: %w", c.base.Host, err)
}

// refusal decodes the body of an answer that is not 2xx. What is no Error, such as a proxy's page,
// becomes one.
func refusal(status int, body []byte) *Error {
	e := &Error{}
	if err := json.Unmarshal(body, e); err != nil || e.Code == "" || e.Message == "" {
		e = &Error{Code: CodeInternal, Message: fmt.Sprintf("HTTP status %d without a reason", status)}
	}
	e.Status = status
	return e
}

// Marshal encodes v as both sides do: without HTML escapes, which would change a document's
// canonical data on its way.
func Marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
