package cma

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cma/derive"
	"github.com/assim-mesh/assim/discovery"
)

// maxIngests bounds the requests with documents that are in memory at once; each takes up to three
// times api.MaxRequestBytes. A request beyond is told to come again.
const maxIngests = 8

func newDecoder() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(maxIngests), zstd.WithDecoderMaxMemory(api.MaxRequestBytes))
}

// oneOfFew admits a request with much to store if few others are being stored.
func (c *CMA) oneOfFew(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		select {
		case c.ingests <- struct{}{}:
			defer func() { <-c.ingests }()
			return h(w, r)
		default:
			return refuse(http.StatusServiceUnavailable, api.CodeUnavailable, "%d requests are being stored", maxIngests)
		}
	}
}

// documents takes what a nanoprobe has found. It answers when that is durable.
func (c *CMA) documents(r *http.Request) (api.Stored, error) {
	var sent api.Documents
	if err := c.decode(r, &sent); err != nil {
		return api.Stored{}, err
	}
	if n := len(sent.Documents); n > api.MaxDocuments {
		return api.Stored{}, refuse(http.StatusRequestEntityTooLarge, api.CodeBadRequest, "%d documents, at most %d", n, api.MaxDocuments)
	}
	c.stats.received.Add(uint64(len(sent.Documents)))
	stored, err := c.store(sent.Documents)
	c.stats.refused.Add(uint64(len(stored.Refused)))
	return stored, err
}

// store puts the valid ones of docs into the journal.
func (c *CMA) store(docs []discovery.Document) (api.Stored, error) {
	var stored api.Stored
	var valid []discovery.Document
	for _, d := range docs {
		err := d.Validate()
		if d.Instance == derive.StatusDocument || d.DiscoverType == derive.StatusDocument {
			err = fmt.Errorf("document %q of host %q: the CMA alone says that", derive.StatusDocument, d.Host)
		}
		if err != nil {
			stored.Refused = append(stored.Refused, api.Refused{Instance: d.Instance, Reason: err.Error()})
			continue
		}
		valid = append(valid, d)
	}
	if len(valid) == 0 {
		return stored, nil
	}
	results, err := c.Journal.Put(valid, time.Now())
	if err != nil {
		return api.Stored{}, err
	}
	for i, result := range results {
		switch result.Outcome {
		case Refused:
			stored.Refused = append(stored.Refused, api.Refused{Instance: valid[i].Instance, Reason: result.Reason})
			continue
		case Unchanged:
			c.stats.unchanged.Add(1)
		}
		stored.Stored++
		c.roll.call(valid[i].HostID)
	}
	c.roll.wake()
	c.notify()
	return stored, nil
}

// decode reads a request's JSON body into v, within api.MaxRequestBytes compressed or not.
func (c *CMA) decode(r *http.Request, v any) error {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, api.CodeBadRequest, "content type %q is not application/json", r.Header.Get("Content-Type"))
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, api.MaxRequestBytes))
	tooLarge := new(http.MaxBytesError)
	switch encoding := r.Header.Get("Content-Encoding"); {
	case errors.As(err, &tooLarge):
		return refuseSize()
	case err != nil:
		return refuse(http.StatusBadRequest, api.CodeBadRequest, "body: %v", err)
	case encoding == "zstd":
		body, err = c.zstd.DecodeAll(body, nil)
	case encoding != "":
		return refuse(http.StatusUnsupportedMediaType, api.CodeBadRequest, "content encoding %q is not zstd", encoding)
	}
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		return refuseSize()
	}
	if err == nil {
		err = unmarshal(body, v)
	}
	if err != nil {
		return refuse(http.StatusBadRequest, api.CodeBadRequest, "body: %v", err)
	}
	return nil
}

func refuseSize() error {
	return refuse(http.StatusRequestEntityTooLarge, api.CodeBadRequest, "the body has more than %d bytes", api.MaxRequestBytes)
}

// unmarshal keeps the digits of a query's parameters: as float64 a large integer would become another.
func unmarshal(body []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if dec.More() {
		return errors.New("more text after the JSON value")
	}
	return nil
}
