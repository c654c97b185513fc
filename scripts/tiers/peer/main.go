// The peer command is a service, a client, or both, that does nothing but to hold connections: a tier of
// a fleet under test.
//
//	peer -listen 192.0.2.1:8080 -to 192.0.2.2:6379 -to 192.0.2.3:80
//	peer -once -to 192.0.2.2:6379
//
// It speaks what Redis does: a line PING is answered by a line, for as long as the client likes. Towards
// each address it holds connections on which it asks five times a second; one without an answer within a
// second is given up, and a new one made, so that it follows a server that restarts or moves; with -once
// none is, and it goes on without any.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

const (
	connections = 3 // to each address
	pause       = 200 * time.Millisecond
	patience    = time.Second
)

func main() {
	var to []string
	listen := flag.String("listen", "", "serve on this `address:port`")
	once := flag.Bool("once", false, "make no connection in place of one that ended")
	flag.Func("to", "hold connections to this `address:port`", func(addr string) error {
		to = append(to, addr)
		return nil
	})
	flag.Parse()
	log.SetFlags(0)
	var clients sync.WaitGroup
	for _, addr := range to {
		for range connections {
			clients.Go(func() { hold(addr, *once) })
		}
	}
	if *listen != "" {
		log.Fatal(serve(*listen))
	}
	clients.Wait()
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, os.Interrupt, syscall.SIGTERM)
	<-ended
}

// hold keeps a connection to addr: for ever, or the one.
func hold(addr string, once bool) {
	for {
		conn, err := net.DialTimeout("tcp", addr, patience)
		if err == nil {
			log.Printf("%s: %v", addr, talk(conn))
			conn.Close()
		}
		if once && err == nil {
			return
		}
		time.Sleep(pause)
	}
}

// talk asks for as long as there are answers, and returns why there is none.
func talk(conn net.Conn) error {
	answers := bufio.NewReader(conn)
	for {
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
		if _, err := fmt.Fprint(conn, "PING\r\n"); err != nil {
			return err
		}
		if _, err := answers.ReadSlice('\n'); err != nil {
			return err
		}
		time.Sleep(pause)
	}
}

// serve answers whoever comes.
func serve(addr string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	log.Print("serves ", listener.Addr())
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go answer(conn)
	}
}

// answer answers each line of a client that is never silent for long.
func answer(conn net.Conn) {
	defer conn.Close()
	questions := bufio.NewReader(conn)
	for {
		_, err := questions.ReadSlice('\n')
		err = errors.Join(err, conn.SetDeadline(time.Now().Add(5*patience)))
		if err == nil {
			_, err = fmt.Fprint(conn, "+PONG\r\n")
		}
		if err != nil {
			return
		}
	}
}
