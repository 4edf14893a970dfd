// SPDX-License-Identifier: Apache-2.0

package modeltest_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ferryman/ferryman/store"
	"github.com/redis/go-redis/v9"
)

// errDead is what a replica meets once it has crashed: nothing of it reaches anything any more.
var errDead = errors.New("this replica is dead")

// fault is what happens to a replica at one of its commands to Redis.
type fault int

const (
	// crash ends the replica there, without giving anything back; sleep stops all of it until it is woken; loseAnswer has the command
	// carried out and its answer lost.
	crash fault = iota
	sleep
	loseAnswer
)

// fuse burns down with each command to Redis, or with each commit of the migration's document, of whichever replicas have it, and then does
// something to the one at which it ended.
type fuse struct {
	fault   fault
	commits bool
	after   bool // once the command has been carried out
	left    atomic.Int64
}

func newFuse(f fault, commits, after bool, length int) *fuse {
	fuse := &fuse{fault: f, commits: commits, after: after}
	fuse.left.Store(int64(length))
	return fuse
}

// wire is between one replica's store and Redis: it is where the replica crashes and sleeps, and where Redis's clock is turned.
type wire struct {
	world *world
	name  string

	mu     sync.Mutex
	dead   bool
	asleep chan struct{}
	ending bool // it is told to stop: nobody would wake it any more
	fuse   *fuse
	kill   func()
	// forge, where it is set, may change a commit's script and arguments: it stands for a program that makes a mistake.
	forge func(args []any)
}

func (w *wire) set(f *fuse) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fuse = f
}

// die makes the replica a dead one, which does not notice.
func (w *wire) die() {
	w.mu.Lock()
	w.dead = true
	kill := w.kill
	w.mu.Unlock()
	w.wake()
	if kill != nil {
		kill()
	}
}

// doze stops everything of the replica until wake.
func (w *wire) doze() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.asleep == nil && !w.dead && !w.ending {
		w.asleep = make(chan struct{})
	}
}

func (w *wire) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rouse()
}

// end wakes it for good.
func (w *wire) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ending = true
	w.rouse()
}

func (w *wire) rouse() {
	if w.asleep != nil {
		close(w.asleep)
		w.asleep = nil
	}
}

// state tells whether the replica is dead or asleep.
func (w *wire) state() (dead, asleep bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dead, w.asleep != nil
}

// pass is where a replica goes through before and after everything it does: who sleeps stays here, who is dead gets no further.
func (w *wire) pass() error {
	for {
		w.mu.Lock()
		dead, asleep := w.dead, w.asleep
		w.mu.Unlock()
		switch {
		case dead:
			return errDead
		case asleep == nil:
			return nil
		}
		<-asleep
	}
}

// burn counts a command and tells what happens at it.
func (w *wire) burn(commit bool) *fuse {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.fuse
	if f == nil || f.commits && !commit {
		return nil
	}
	if f.left.Add(-1) != 0 {
		return nil
	}
	w.fuse = nil
	return f
}

func (w *wire) strike(f fault, at string) {
	w.world.count([]string{"crashed", "fell asleep", "lost an answer"}[f] + " " + at)
	switch f {
	case crash:
		w.die()
	case sleep:
		w.doze()
	}
}

// socket is where wires are plugged in: a store's connections outlive the replicas that use them.
type socket struct{ wire atomic.Pointer[wire] }

// DialHook implements redis.Hook.
func (s *socket) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook implements redis.Hook.
func (s *socket) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return s.wire.Load().through([]redis.Cmder{cmd}, func() error { return next(ctx, cmd) })
	}
}

// ProcessPipelineHook implements redis.Hook.
func (s *socket) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return s.wire.Load().through(cmds, func() error { return next(ctx, cmds) })
	}
}

func (w *wire) through(cmds []redis.Cmder, do func() error) error {
	var commit *commitSeen
	for _, c := range cmds {
		if seen := w.prepare(c); seen != nil {
			commit = seen
		}
	}
	fail := func(err error) error {
		for _, c := range cmds {
			c.SetErr(err)
		}
		return err
	}
	if err := w.pass(); err != nil {
		return fail(err)
	}
	f := w.burn(commit != nil)
	if f != nil && !f.after && f.fault != loseAnswer {
		w.strike(f.fault, "before a command")
		if err := w.pass(); err != nil {
			return fail(err)
		}
	}
	err := w.carryOut(commit, do)
	if f != nil && f.fault == loseAnswer {
		w.strike(f.fault, "of a command")
		return fail(errors.New("connection reset by the test"))
	}
	if f != nil && f.after && f.fault != loseAnswer {
		w.strike(f.fault, "after a command")
	}
	if err := w.pass(); err != nil {
		return fail(err)
	}
	for _, c := range cmds {
		if t, ok := c.(*redis.TimeCmd); ok && t.Err() == nil {
			t.SetVal(t.Val().Add(w.world.offset()))
		}
	}
	return err
}

func (w *wire) carryOut(commit *commitSeen, do func() error) error {
	w.world.busy.RLock()
	defer w.world.busy.RUnlock()
	began := w.world.now()
	err := do()
	if commit != nil {
		commit.done(w.world, w.name, began)
	}
	return err
}

// commitSeen is a commit of a migration's document on its way.
type commitSeen struct {
	cmd  redis.Cmder
	args []any
}

// clock is put before a script: Redis's clock is the server's and what the test has turned it on by, kept in Redis itself.
const clock = `local function clock() local t = redis.call('TIME') return {tostring(tonumber(t[1]) + tonumber(redis.call('GET', 'test:clock') or '0')), t[2]} end `

// prepare turns the clock in a script, and finds a commit.
func (w *wire) prepare(c redis.Cmder) *commitSeen {
	args := c.Args()
	if len(args) < 4 || args[0] != "eval" {
		return nil
	}
	script, _ := args[1].(string)
	if !strings.HasPrefix(script, clock) {
		args[1] = clock + strings.ReplaceAll(script, "redis.call('TIME')", "clock()")
	}
	key, _ := args[3].(string)
	if !strings.HasSuffix(key, ":state") || !strings.Contains(script, "'recent'") {
		return nil
	}
	w.mu.Lock()
	forge := w.forge
	w.mu.Unlock()
	if forge != nil {
		forge(args)
	}
	return &commitSeen{cmd: c, args: args}
}

// done writes a commit that Redis took into the world's record.
func (c *commitSeen) done(w *world, replica string, began time.Time) {
	outcome, err := commitOutcome(c.cmd)
	if err == nil && outcome != "ok" {
		return
	}
	// script, number of keys, keys, then: id, version, not after, command id, seen for, new version, document, number of entries, entries.
	keys, _ := c.args[2].(int)
	args := c.args[3+keys:]
	n, _ := args[7].(int)
	version, _ := strconv.ParseInt(fmt.Sprint(args[5]), 10, 64)
	commit := committed{began: began, ended: w.now(), replica: replica, id: fmt.Sprint(args[0]), version: version}
	for _, line := range args[8 : 8+n] {
		text, _ := line.(string)
		entry, err := store.ParseAuditEntry(text)
		if err != nil {
			w.wrong("an audit entry can't be read: %v", err)
			return
		}
		commit.entries = append(commit.entries, entry)
	}
	if err != nil { // its replica died before the answer: whether it was taken shows in the chain
		w.mu.Lock()
		defer w.mu.Unlock()
		w.unanswered = append(w.unanswered, commit)
		return
	}
	w.record(commit)
}

// commitOutcome is what the script answered. The store's commands are wrapped in a type of its own, with the command in its one field.
func commitOutcome(c redis.Cmder) (string, error) {
	if cmd, ok := c.(*redis.Cmd); ok {
		return cmd.Text()
	}
	v := reflect.ValueOf(c)
	if v.Kind() == reflect.Struct {
		if inner, ok := v.FieldByName("Cmder").Interface().(redis.Cmder); ok {
			return commitOutcome(inner)
		}
	}
	return "", fmt.Errorf("a commit that is a %T", c)
}
