package sites

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of an answer, whoever gives it.
const (
	maxSites     = 256
	maxServers   = 32 // of a site: every host writes to each
	maxSentinels = 16
	maxNameBytes = 255
)

var (
	// ErrInvalid is returned for an answer that no directory should give.
	ErrInvalid = errors.New("invalid directory of sites")
	// ErrNone is returned by a directory that can be read and knows no site.
	ErrNone = errors.New("no sites are known")
)

// Directory knows the sites. Its answer has at least one, is valid and sorted by name.
type Directory interface {
	Sites(context.Context) ([]Site, error)
}

// Site is a set of servers that hold the same.
type Site struct {
	Name    string   `json:"name"`
	Servers []Server `json:"servers"`
}

// Server is where a server is: at Addr, or where some sentinels say that the master is.
type Server struct {
	Addr      string   `json:"addr,omitempty"`      // host:port
	Master    string   `json:"master,omitempty"`    // name that sentinels know, instead of Addr
	Sentinels []string `json:"sentinels,omitempty"` // host:port of each
	TLS       bool     `json:"tls,omitempty"`       // of the server, and of sentinels
	// FleetPassword says that the server takes the password that the fleet file gives, as that of 'assim
	// up' does.
	FleetPassword bool `json:"fleet_password,omitempty"`
}

// List is a directory that always has the same answer.
type List []Site

// Sites returns the list.
func (l List) Sites(context.Context) ([]Site, error) { return Check(l) }

// Check returns sites sorted by name, or ErrNone, or says why they are ErrInvalid.
func Check(sites []Site) ([]Site, error) {
	if len(sites) == 0 {
		return nil, ErrNone
	}
	if len(sites) > maxSites {
		return nil, fmt.Errorf("%w: %d sites, at most %d", ErrInvalid, len(sites), maxSites)
	}
	sorted := slices.SortedFunc(slices.Values(sites), func(a, b Site) int { return cmp.Compare(a.Name, b.Name) })
	for i, s := range sorted {
		if i > 0 && s.Name == sorted[i-1].Name {
			return nil, fmt.Errorf("%w: site %q is there twice", ErrInvalid, s.Name)
		}
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("%w: site %q: %w", ErrInvalid, s.Name, err)
		}
	}
	return sorted, nil
}

func (s Site) check() error {
	if err := checkName(s.Name); err != nil {
		return err
	}
	if len(s.Servers) == 0 || len(s.Servers) > maxServers {
		return fmt.Errorf("%d servers, at least 1 and at most %d", len(s.Servers), maxServers)
	}
	for _, server := range s.Servers {
		if err := server.Check(); err != nil {
			return err
		}
	}
	return nil
}

// Check says what is wrong with where a server is.
func (s Server) Check() error {
	if (s.Addr == "") == (s.Master == "") || (s.Master == "") != (len(s.Sentinels) == 0) {
		return errors.New("a server has either an address, or a master and its sentinels")
	}
	if s.Addr != "" {
		return checkAddr(s.Addr)
	}
	if len(s.Sentinels) > maxSentinels {
		return fmt.Errorf("%d sentinels, at most %d", len(s.Sentinels), maxSentinels)
	}
	err := checkName(s.Master)
	for _, addr := range s.Sentinels {
		err = errors.Join(err, checkAddr(addr))
	}
	return err
}

// checkName refuses what does not pass through a terminal, or a word of a record, unharmed.
func checkName(name string) error {
	unfit := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }
	if name == "" || len(name) > maxNameBytes || !utf8.ValidString(name) || strings.ContainsFunc(name, unfit) {
		return fmt.Errorf("name %.*q is empty, has blanks or control characters, or more than %d bytes", maxNameBytes, name, maxNameBytes)
	}
	return nil
}

func checkAddr(addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %.*q is not HOST:PORT", maxNameBytes, addr)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("address %.*q has no port from 1 to 65535", maxNameBytes, addr)
	}
	return checkName(host)
}
