// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is one account in one region. Everything it knows is in memory and goes with it.
type Server struct {
	opts    Options
	http    *http.Server
	url     string
	ctx     context.Context // ends when the server closes
	cancel  context.CancelFunc
	running sync.WaitGroup // goroutines that outlive a request

	limiter *bucket
	faults  faults
	logs    logStore
	secrets *secretStore
	objects *objectStore

	mu          sync.Mutex // guards everything below
	instances   map[string]*instance
	endpoints   map[string]*endpoint
	connections map[connectionKey]*connection
	refreshes   map[string]*refresh // by endpoint ARN
	tasks       map[string]*task
	subnets     map[string]*subnetGroup
	tags        map[string]map[string]string // by resource ARN
	events      []event
	conversions conversions
}

// Start serves on 127.0.0.1 until ctx ends or Close is called.
func Start(ctx context.Context, opts Options) (*Server, error) {
	opts = opts.withDefaults()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", opts.Port))
	if err != nil {
		return nil, fmt.Errorf("AWS stand-in: %w", err)
	}
	s := &Server{
		opts: opts, url: "http://" + listener.Addr().String(),
		limiter:   newBucket(opts.Throttle),
		instances: map[string]*instance{}, endpoints: map[string]*endpoint{}, connections: map[connectionKey]*connection{},
		refreshes: map[string]*refresh{}, tasks: map[string]*task{}, subnets: map[string]*subnetGroup{},
		tags:        map[string]map[string]string{},
		conversions: conversions{map[string]*dataProvider{}, map[string]*instanceProfile{}, map[string]*project{}, nil},
	}
	s.secrets, s.objects = newSecretStore(opts), newObjectStore(opts.Buckets)
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	s.running.Go(func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			opts.Logger.Error("AWS stand-in stopped serving", "error", err)
		}
	})
	context.AfterFunc(s.ctx, func() { _ = s.http.Close() })
	return s, nil
}

// URL is the endpoint URL for all services (AWS_ENDPOINT_URL).
func (s *Server) URL() string { return s.url }

// AccessKey returns the key pair that the server accepts.
func (s *Server) AccessKey() (id, secret string) { return s.opts.AccessKey, s.opts.SecretKey }

// Region is the region that requests must be signed for.
func (s *Server) Region() string { return s.opts.Region }

// Close stops serving, ends all tasks and waits for them. Open connections to databases are closed.
func (s *Server) Close() {
	s.cancel()
	_ = s.http.Close()
	s.running.Wait()
}

// after runs f under the server's lock once d has passed, unless the server closes before.
func (s *Server) after(d time.Duration, f func()) {
	s.running.Go(func() {
		select {
		case <-s.ctx.Done():
		case <-time.After(d):
			s.mu.Lock()
			defer s.mu.Unlock()
			f()
		}
	})
}
