package cache

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
)

func TestServerEqual(t *testing.T) {
	with := func(change func(*Server)) Server {
		s := Server{
			Addr: "10.0.0.1:6379", Username: "u", Password: "p",
			TLS:      &tls.Config{ServerName: "n", RootCAs: x509.NewCertPool(), Certificates: []tls.Certificate{{Certificate: [][]byte{{1}}}}},
			Sentinel: &Sentinel{Master: "m", Addrs: []string{"10.0.0.2:26379"}},
		}
		change(&s)
		return s
	}
	same := with(func(*Server) {})
	if !same.Equal(with(func(*Server) {})) || !(Server{}).Equal(Server{}) {
		t.Error("a server is another than its copy")
	}
	for name, change := range map[string]func(*Server){
		"address":             func(s *Server) { s.Addr = "10.0.0.3:6379" },
		"user":                func(s *Server) { s.Username = "" },
		"password":            func(s *Server) { s.Password = "q" },
		"no TLS":              func(s *Server) { s.TLS = nil },
		"name in certificate": func(s *Server) { s.TLS.ServerName = "" },
		"authorities":         func(s *Server) { s.TLS.RootCAs = nil },
		"no certificate":      func(s *Server) { s.TLS.Certificates = nil },
		"certificate":         func(s *Server) { s.TLS.Certificates[0].Certificate[0][0] = 2 },
		"no sentinel":         func(s *Server) { s.Sentinel = nil },
		"sentinels":           func(s *Server) { s.Sentinel.Addrs[0] = "10.0.0.3:26379" },
	} {
		other := with(change)
		if same.Equal(other) || other.Equal(same) {
			t.Errorf("%s: no difference", name)
		}
	}
}
