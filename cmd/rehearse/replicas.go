// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"sync"
	"syscall"
	"time"

	"github.com/ferryman/ferryman/internal/standin/faulty"
)

// replica is one ferryman behind proxies of its own, which is started again whenever it was killed.
type replica struct {
	child *child
	set   *replicas
	n     int

	mu      sync.Mutex
	starts  int
	up      bool
	proxies []interface{ Close() }
	ended   bool
	// told is the last of its starts that was asked to end: that one ends by itself.
	told int
	// fault is that it ended by itself, or could not be started.
	fault error
}

// replicas are all of them.
type replicas struct {
	world    *world
	disturb  *disturber
	postgres *faulty.Proxy
	env      []string
	all      []*replica
	// pause is how long a killed one stays away.
	pause func() time.Duration
	wg    sync.WaitGroup
}

// startReplicas starts n replicas; close ends them.
func startReplicas(ctx context.Context, w *world, n int, d *disturber, base *child) (s *replicas, err error) {
	s = &replicas{world: w, disturb: d, env: base.env, pause: func() time.Duration { return 0 }}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if s.postgres, err = faulty.PostgresProxy(fmt.Sprintf("127.0.0.1:%d", w.target.Port), d.wrote); err != nil {
		return s, err
	}
	for i := range n {
		r := &replica{set: s, n: i + 1, child: &child{path: base.path, dir: base.dir, verbose: base.verbose}}
		s.all = append(s.all, r)
		if err := r.start(); err != nil {
			return s, err
		}
	}
	return s, s.all[0].child.running(ctx, w)
}

// start runs it, with new proxies under a new name.
func (r *replica) start() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return nil
	}
	r.closeProxies()
	r.starts++
	name := fmt.Sprintf("%d.%d", r.n, r.starts)
	env, err := r.environment(name)
	if err != nil {
		return err
	}
	r.child.env = append(append([]string{}, r.set.env...), env...)
	r.set.disturb.join(name, r)
	if err := r.child.start(); err != nil {
		return err
	}
	r.up = true
	start := r.starts
	r.child.mu.Lock()
	done, process := r.child.done, r.child.cmd
	r.child.mu.Unlock()
	r.set.wg.Go(func() {
		<-done
		if status, ok := process.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
			r.mu.Lock()
			if !r.ended && !(r.told == start && process.ProcessState.Success()) {
				r.fault = fmt.Errorf("replica %d ended by itself (%s); its log ends:\n%s", r.n, process.ProcessState, r.child.log())
			}
			r.mu.Unlock()
		}
	})
	return nil
}

// environment are the addresses of its proxies, which take the place of the servers' own.
func (r *replica) environment(name string) ([]string, error) {
	w, watch := r.set.world, r.set.disturb.wrote
	redisURL, err := url.Parse(w.redisURL)
	if err != nil {
		return nil, err
	}
	redis, err := faulty.RedisProxy(redisURL.Host, name, watch)
	if err != nil {
		return nil, err
	}
	r.proxies = append(r.proxies, redis)
	redisURL.Host = redis.Addr()
	aws, err := faulty.AWSProxy(w.aws.URL(), name, watch)
	if err != nil {
		return nil, err
	}
	r.proxies = append(r.proxies, aws)
	slack, err := faulty.SlackProxy(w.slack.APIURL(), name, watch)
	if err != nil {
		return nil, err
	}
	r.proxies = append(r.proxies, slack)
	target, err := url.Parse(w.target.UserURL("ferryman", ferrymanPassword, targetDatabase))
	if err != nil {
		return nil, err
	}
	if _, _, err := net.SplitHostPort(r.set.postgres.Addr()); err != nil {
		return nil, err
	}
	target.Host = r.set.postgres.Addr()
	query := target.Query()
	query.Set("options", "-c"+faulty.ClientSetting+"="+name)
	target.RawQuery = query.Encode()
	return []string{"REDIS_URL=" + redisURL.String(), "AWS_ENDPOINT_URL=" + aws.URL(), "SLACK_API_URL=" + slack.URL(), "TARGET_URL=" + target.String()}, nil
}

func (r *replica) closeProxies() {
	for _, p := range r.proxies {
		go p.Close() // which waits for connections whose writes are just being shown
	}
	r.proxies = nil
}

// crash kills it and has it started again. One that is down already stays so: then it tells false.
func (r *replica) crash() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.up {
		return false
	}
	r.up = false
	r.child.kill()
	r.set.wg.Go(func() {
		time.Sleep(r.set.pause())
		if err := r.start(); err != nil {
			r.mu.Lock()
			r.fault = err
			r.mu.Unlock()
		}
	})
	return true
}

// tell asks it to end, waits until it has, and starts it again. One that is down stays so.
func (r *replica) tell() {
	r.mu.Lock()
	if !r.up || r.ended {
		r.mu.Unlock()
		return
	}
	r.up, r.told = false, r.starts
	r.mu.Unlock()
	r.child.stop()
	if err := r.start(); err != nil {
		r.mu.Lock()
		r.fault = err
		r.mu.Unlock()
	}
}

// sleep stops it where it is, wake lets it go on.
func (r *replica) sleep() { r.child.signal(syscall.SIGSTOP) }
func (r *replica) wake()  { r.child.signal(syscall.SIGCONT) }

// fault is the first replica's that did not end by being killed.
func (s *replicas) fault() error {
	for _, r := range s.all {
		r.mu.Lock()
		err := r.fault
		r.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *replicas) close() {
	for _, r := range s.all {
		r.mu.Lock()
		r.ended = true
		r.child.kill()
		r.mu.Unlock()
	}
	s.wg.Wait()
	for _, r := range s.all {
		r.mu.Lock()
		r.closeProxies()
		r.mu.Unlock()
	}
	if s.postgres != nil {
		s.postgres.Close()
	}
}
