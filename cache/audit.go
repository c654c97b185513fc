package cache

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/redis/go-redis/v9"
)

// AuditChannel is the Redis channel on which servers tell who reads what of them.
const AuditChannel = "assim-audit"

const (
	// maxAuditBytes bounds a message, maxAuditText each text in it and maxAuditList each list. A message
	// that is still too long goes without lists, and with texts of shortAuditText: at 6 bytes a character
	// in JSON, these fit.
	maxAuditBytes  = 4 << 10
	maxAuditText   = 512
	maxAuditList   = 16
	shortAuditText = 64
	// auditTimeout bounds what telling a server can delay a search.
	auditTimeout = time.Second
)

// Asker says who asks, as its caller puts it: nobody checks it.
type Asker struct {
	User string `json:"user,omitempty"` // login name
	UID  string `json:"uid,omitempty"`
	Host string `json:"host,omitempty"` // where the question is asked
	Dir  string `json:"dir,omitempty"`  // working directory
	Tool string `json:"tool,omitempty"` // program and command, without arguments
}

// Audit says what one server was asked for, by whom, and what it gave. Texts are cut at 512 bytes and
// lists after 16.
type Audit struct {
	Asker
	Time time.Time  `json:"time"` // when the reading began, by the asker's clock
	Kind string     `json:"kind"` // "search" for lines, "scan" for rows, "list" for names of paths
	For  AuditQuery `json:"query"`

	Site   string `json:"site"`
	Server string `json:"server"`          // host:port
	Keys   int64  `json:"keys"`            // rows and fields of segments that were read
	Bytes  int64  `json:"bytes"`           // that the server sent
	Hits   int    `json:"hits"`            // found on this server; paths of a list
	TookMS int64  `json:"took_ms"`         //
	Error  string `json:"error,omitempty"` // why it was not read to the end
	Cut    bool   `json:"cut,omitempty"`   // some of the above were left out or cut
}

// AuditQuery is what was asked for.
type AuditQuery struct {
	Pattern    string   `json:"pattern,omitempty"`
	Terms      []string `json:"terms,omitempty"`
	Fixed      bool     `json:"fixed,omitempty"`
	IgnoreCase bool     `json:"ignore_case,omitempty"`
	Paths      []string `json:"paths,omitempty"`
	Hosts      []string `json:"hosts,omitempty"`
	Object     string   `json:"object,omitempty"`
	Limit      int      `json:"limit,omitempty"`
}

// String says on one line what was asked for.
func (q AuditQuery) String() string {
	var parts []string
	add := func(name string, texts ...string) {
		for _, text := range texts {
			parts = append(parts, fmt.Sprintf("%s %q", name, text))
		}
	}
	flag := func(name string, set bool) {
		if set {
			parts = append(parts, name)
		}
	}
	if q.Pattern != "" {
		add("pattern", q.Pattern)
	}
	add("and", q.Terms...)
	flag("fixed", q.Fixed)
	flag("ignore-case", q.IgnoreCase)
	add("path", q.Paths...)
	add("host", q.Hosts...)
	if q.Object != "" {
		add("object", q.Object)
	}
	flag(fmt.Sprintf("limit %d", q.Limit), q.Limit > 0)
	return strings.Join(parts, " ")
}

// Kinds of Audit.
const (
	auditSearch = "search"
	auditScan   = "scan"
	auditList   = "list"
)

// newAudit says what c was asked for by q; kind and what it found are for its caller to add.
func newAudit(q Query, cost Cost, err error) Audit {
	a := Audit{
		Asker: q.Asker, Time: time.Now().Add(-cost.Elapsed).UTC().Truncate(time.Millisecond), Site: cost.Site, Server: cost.Server,
		Keys: cost.Keys, Bytes: cost.Moved, TookMS: cost.Elapsed.Milliseconds(),
		For: AuditQuery{
			Pattern: q.Pattern, Terms: q.Terms, Fixed: q.Fixed, IgnoreCase: q.IgnoreCase,
			Paths: q.Paths, Hosts: q.Hosts, Object: q.Object, Limit: q.Limit,
		},
	}
	if err != nil {
		a.Error = err.Error()
	}
	return a
}

// Bounded returns a with its texts and lists cut, so that as JSON it has at most 4 KiB.
func (a Audit) Bounded() Audit {
	a = a.cutTo(maxAuditText, maxAuditList)
	if text, err := json.Marshal(a); err == nil && len(text) > maxAuditBytes {
		a = a.cutTo(shortAuditText, 0)
	}
	return a
}

func (a Audit) cutTo(textBytes, listLen int) Audit {
	for _, text := range []*string{
		&a.User, &a.UID, &a.Host, &a.Dir, &a.Tool, &a.Kind, &a.Site, &a.Server, &a.Error, &a.For.Pattern, &a.For.Object,
	} {
		a.Cut = a.Cut || len(*text) > textBytes
		*text = cutText(*text, textBytes)
	}
	for _, list := range []*[]string{&a.For.Terms, &a.For.Paths, &a.For.Hosts} {
		var kept []string // a new list: the query's is its caller's
		for _, text := range (*list)[:min(len(*list), listLen)] {
			a.Cut = a.Cut || len(text) > textBytes
			kept = append(kept, cutText(text, textBytes))
		}
		a.Cut = a.Cut || len(*list) > listLen
		*list = kept
	}
	return a
}

// cutText returns the beginning of text, as UTF-8, of at most that many bytes.
func cutText(text string, most int) string {
	text = strings.ToValidUTF8(text[:min(len(text), most+utf8.UTFMax)], "?")
	end := min(len(text), most)
	for end < len(text) && end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// audit has c's server tell a, which it returns as told. ctx may be done: what was read until then was
// read. One that ends meanwhile can have a told twice.
func (c *Client) audit(ctx context.Context, a Audit) (Audit, error) {
	a = a.Bounded()
	text, err := json.Marshal(a)
	if err != nil {
		return a, err // never: there is nothing in an Audit that JSON has not
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditTimeout)
	defer cancel()
	if ctx.Err() == nil {
		err = c.redis.Publish(limited, AuditChannel, text).Err()
	}
	if ctx.Err() != nil { // c's connections are closed with ctx
		server := redis.NewClient(c.redis.Options())
		defer server.Close()
		err = server.Publish(limited, AuditChannel, text).Err()
	}
	return a, c.fail(err)
}
