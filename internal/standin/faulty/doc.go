// SPDX-License-Identifier: Apache-2.0

// Package faulty stands between a program and its servers, speaks their protocols without TLS, and sees what the servers write down:
// each recorded write is shown to a watcher before its answer goes back, who may let the answer through, or lose it, and kill the
// program before or after. The program needs no code for it: it is reached by the addresses that it is given.
package faulty

import (
	"errors"
	"fmt"
	"net"
	"sync"
)

// The services whose writes are seen.
const (
	Redis    = "redis"
	Postgres = "postgres"
	AWS      = "aws"
	Slack    = "slack"
)

// Write is something that a server has written down, and whose answer is on its way.
type Write struct {
	// Service is one of the constants above, Client who wrote, as the proxy was told or the connection says.
	Service, Client string
	// Kind is the sort of write, such as "commit" or "INSERT ferryman.step"; what has the same Kind and ID is the same write made again.
	Kind, ID string
	// Read tells that nothing was written: something was looked at, upon which the client may write next. AWS's Describe calls are shown so.
	Read bool
	// Repeats tells that writes of this Kind go on for as long as the program runs: leases, readings, what is looked at again and again.
	Repeats bool
}

func (w Write) String() string { return fmt.Sprintf("%s %s", w.Service, w.Kind) }

// Watcher is shown each recorded write. answer passes the server's answer on to the client; where it is not called, the answer is lost and the
// connection is cut. A nil Watcher lets everything through.
type Watcher func(w Write, answer func())

// seen shows a write and tells whether its answer was passed on.
func (f Watcher) seen(w Write, answer func() error) (err error) {
	if f == nil {
		return answer()
	}
	answered := false
	f(w, func() { answered, err = true, answer() })
	if err == nil && !answered {
		return errLost
	}
	return err
}

// errLost: the watcher did not want the answer to arrive.
var errLost = errors.New("the answer was lost on purpose")

// Proxy is one address in front of one server.
type Proxy struct {
	listener net.Listener
	wg       sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool
	closed bool
}

// Addr is where it listens, as host:port.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Close cuts every connection and returns when nothing of it runs any more.
func (p *Proxy) Close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
}

// relay is one connection's two directions; each returns when it is over.
type relay interface {
	// fromClient reads what the client sends and passes it on, fromServer the other way.
	fromClient(client, server net.Conn) error
	fromServer(client, server net.Conn) error
}

// listen starts a proxy on a free port of 127.0.0.1 that makes a relay for every connection.
func listen(server string, open func() relay) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("proxy to %s: %w", server, err)
	}
	p := &Proxy{listener: l, conns: map[net.Conn]bool{}}
	p.wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			p.wg.Go(func() { p.serve(client, server, open()) })
		}
	})
	return p, nil
}

func (p *Proxy) serve(client net.Conn, address string, r relay) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	if !p.keep(client, server) {
		return
	}
	defer p.forget(client, server)
	var both sync.WaitGroup
	cut := func() { _, _ = client.Close(), server.Close() }
	both.Go(func() { _ = r.fromClient(client, server); cut() })
	both.Go(func() { _ = r.fromServer(client, server); cut() })
	both.Wait()
}

func (p *Proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.conns[c] = true
	}
	return !p.closed
}

func (p *Proxy) forget(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.conns, c)
	}
}
