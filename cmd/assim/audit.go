package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cma/api"
)

// asker is who runs cmd.
func asker(cmd *cobra.Command) cache.Asker {
	a := cache.Asker{User: os.Getenv("USER"), UID: strconv.Itoa(os.Getuid()), Tool: cmd.CommandPath()}
	if u, err := user.Current(); err == nil {
		a.User = u.Username
	}
	if by := os.Getenv("SUDO_USER"); by != "" {
		a.User += " by sudo from " + by
	}
	a.Host, _ = os.Hostname()
	a.Dir, _ = os.Getwd()
	return a
}

// audited tells the CMA what a command has read of the cache, if there is one that can be told. The reading
// is over and its answer stands, whatever comes of this. A CMA that was away before, as the error away says,
// is not waited for again.
func (o *options) audited(cmd *cobra.Command, s cache.Summary, away error) {
	logger := o.logger(cmd.ErrOrStderr())
	for _, err := range s.Untold {
		logger.Debug("cache server can't tell of the search", "err", err)
	}
	if len(s.Audits) == 0 {
		return // nothing was read
	}
	err := away
	if err == nil {
		err = o.sendAudit(context.WithoutCancel(cmd.Context()), auditOf(s))
	}
	if err != nil {
		logger.Debug("the CMA was not told of the search", "err", err)
	}
}

func (o *options) sendAudit(ctx context.Context, a api.Audit) error {
	client, err := o.dial(api.Options{Timeout: cmaWait})
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = client.SendAudit(ctx, a)
	return err
}

// auditOf makes one audit of those of all servers.
func auditOf(s cache.Summary) api.Audit {
	first := s.Audits[0]
	a := api.Audit{
		User: auditText(first.User), UID: auditText(first.UID), Host: auditText(first.Host), Dir: auditText(first.Dir),
		Tool: auditText(first.Tool), Kind: auditText(first.Kind), Query: cut(first.For.String(), api.MaxAuditQuery),
		AskedMS: first.Time.UnixMilli(), Servers: len(s.Audits), Hits: s.Hits,
	}
	for _, one := range s.Audits {
		a.AskedMS = min(a.AskedMS, one.Time.UnixMilli())
		a.Keys += one.Keys
		a.Bytes += one.Bytes
		a.TookMS = max(a.TookMS, one.TookMS)
		a.Error = cmp.Or(a.Error, auditText(one.Error))
	}
	return a
}

// auditText is text that an audit may have: printable, and not too long.
func auditText(text string) string {
	return cut(strings.ReplaceAll(printable(text), "\t", " "), api.MaxAuditText)
}

// cut returns the beginning of text that has at most that many bytes.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

func printAudits(w io.Writer, asJSON bool, audits []api.AuditRecord, withHeader bool) error {
	if asJSON {
		return printLines(w, audits)
	}
	const form = "%-20s  %-16s  %-16s  %7s  %9s  %9s  %s\n"
	if withHeader {
		fmt.Fprintf(w, form, "RECEIVED", "USER", "ON", "HITS", "KEYS", "BYTES", "QUERY")
	}
	for _, a := range audits {
		_, err := fmt.Fprintf(w, form, time.UnixMilli(a.ReceivedMS).UTC().Format(time.RFC3339), printable(a.User), printable(a.Host),
			fmt.Sprint(a.Hits), fmt.Sprint(a.Keys), fmt.Sprint(a.Bytes), printable(a.Kind+" "+a.Query))
		if err != nil {
			return err
		}
	}
	return nil
}
