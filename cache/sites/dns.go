package sites

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
)

// maxRecordBytes bounds a TXT record; maxRecords how many there are. A DNS answer has at most 64 KiB.
const (
	maxRecordBytes = 2048
	maxRecords     = 1024
)

// DNS is a directory in TXT records; the package comment has their form.
type DNS struct {
	Name     string        // whose records they are
	Resolver *net.Resolver // nil: the host's
}

// Sites looks the records up. A name that has none, or does not exist, is ErrNone.
func (d DNS) Sites(ctx context.Context) ([]Site, error) {
	records, err := cmp.Or(d.Resolver, net.DefaultResolver).LookupTXT(ctx, d.Name)
	var dnsErr *net.DNSError
	if errors.As(err, &dnsErr) && dnsErr.IsNotFound {
		err = fmt.Errorf("%w: %w", ErrNone, err)
	}
	if err != nil {
		return nil, fmt.Errorf("sites of %q: %w", d.Name, err)
	}
	sites, err := parseRecords(records)
	if err != nil {
		return nil, fmt.Errorf("sites of %q: %w", d.Name, err)
	}
	return sites, nil
}

// parseRecords gathers servers by site, in the order of their addresses, whatever that of the records.
func parseRecords(records []string) ([]Site, error) {
	if len(records) > maxRecords {
		return nil, fmt.Errorf("%w: %d records, at most %d", ErrInvalid, len(records), maxRecords)
	}
	records = slices.Clone(records)
	slices.Sort(records) // a resolver turns them around
	var all []Site
	for _, record := range slices.Compact(records) {
		if !strings.HasPrefix(record, "site=") {
			continue
		}
		name, server, err := parseRecord(record)
		if err != nil {
			return nil, fmt.Errorf("%w: record %.100q: %w", ErrInvalid, record, err)
		}
		at := slices.IndexFunc(all, func(s Site) bool { return s.Name == name })
		if at < 0 {
			all, at = append(all, Site{Name: name}), len(all)
		}
		all[at].Servers = append(all[at].Servers, server)
	}
	return Check(all)
}

// parseRecord reads the words of a record.
func parseRecord(record string) (site string, s Server, err error) {
	if len(record) > maxRecordBytes {
		return "", s, fmt.Errorf("%d bytes, at most %d", len(record), maxRecordBytes)
	}
	for _, word := range strings.Fields(record) {
		key, value, _ := strings.Cut(word, "=")
		addr, secured := strings.CutSuffix(value, ",tls")
		once := ""
		switch key {
		case "site":
			once, site = site, value
		case "master":
			once, s.Master = s.Master, value
		case "server":
			once, s.Addr = s.Addr, addr
			s.TLS = s.TLS || secured
		case "sentinel":
			s.Sentinels = append(s.Sentinels, addr)
			s.TLS = s.TLS || secured
		default:
			return "", s, fmt.Errorf("%q is none of site=, server=, master= and sentinel=", word)
		}
		if once != "" {
			return "", s, fmt.Errorf("%s= is there twice", key)
		}
	}
	return site, s, s.Check()
}
