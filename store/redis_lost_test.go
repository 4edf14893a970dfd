// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

func open(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// count is a decision that counts how often it was committed.
func count(id string) func(*store.Migration, time.Time) (store.Change, error) {
	return func(m *store.Migration, _ time.Time) (store.Change, error) {
		m.Phase("load").Run++
		return store.Change{CommandID: id, Audit: []store.Audit{{What: "vote", Who: "U1"}}}, nil
	}
}

// short is a time in which a server that is well answers.
func short(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func runs(t *testing.T, s *store.Store) int {
	t.Helper()
	m, err := s.Load(context.Background(), "m")
	require.NoError(t, err)
	return m.Phase("load").Run
}

// acknowledged says something again, as the bot does, until Redis has answered it: a replica that a stalled machine keeps waiting has it late.
func acknowledged(t *testing.T, say func() error) error {
	t.Helper()
	err := say()
	for deadline := time.Now().Add(2 * time.Minute); errors.Is(err, store.ErrUnavailable); err = say() {
		require.True(t, time.Now().Before(deadline), "it is never acknowledged: %v", err)
	}
	return err
}

// creates has the migration made.
func creates(t *testing.T, s *store.Store) {
	t.Helper()
	err := acknowledged(t, func() error {
		_, err := s.Create(context.Background(), migration("m"), store.Change{CommandID: "new"})
		return err
	})
	if !errors.Is(err, store.ErrSeen) {
		require.NoError(t, err)
	}
}

// commits has a command counted that was not given before.
func commits(t *testing.T, s *store.Store, id string) {
	t.Helper()
	again := false
	require.NoError(t, acknowledged(t, func() error {
		_, err := s.Update(context.Background(), "m", count(id))
		if again && errors.Is(err, store.ErrSeen) {
			return nil
		}
		again = true
		return err
	}))
}

// seen tells whether Redis says that a command was given before.
func seen(t *testing.T, s *store.Store, id string) bool {
	t.Helper()
	err := acknowledged(t, func() error {
		_, err := s.Update(context.Background(), "m", count(id))
		return err
	})
	if !errors.Is(err, store.ErrSeen) {
		require.NoError(t, err)
	}
	return err != nil
}

func TestRedisReplyThatWasLostIsNotAnothersWork(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := testenv.OwnRedis(t, nil)
	p := newProxy(t, server.Addr(), "local version")
	s := open(t, p.url())
	_, err := s.Create(ctx, migration("m"), store.Change{CommandID: "new"})
	require.NoError(t, err)

	p.cut.Store(1)
	m, err := s.Update(ctx, "m", count("c1"))
	require.NoError(t, err, "it was sent again, and recognised")
	require.EqualValues(t, 2, m.Version)
	require.Equal(t, 1, runs(t, s))

	p.cut.Store(100)
	_, err = s.Update(ctx, "m", count("c2"))
	require.ErrorIs(t, err, store.ErrUnavailable)
	require.False(t, store.NothingDone(err), "it was done, but nobody can know")
	p.cut.Store(0)
	require.Equal(t, 2, runs(t, s))
	_, err = s.Update(ctx, "m", count("c2"))
	require.ErrorIs(t, err, store.ErrSeen)
	_, err = s.Create(ctx, migration("m"), store.Change{CommandID: "new"})
	require.ErrorIs(t, err, store.ErrSeen, "the command that took the name is told from one that comes second")
	_, err = s.Create(ctx, migration("m"), store.Change{CommandID: "another"})
	require.ErrorIs(t, err, store.ErrExists)
}

func TestRedisReplyThatWasLostLeavesAnEnvelopeFresh(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := testenv.OwnRedis(t, nil)
	p := newProxy(t, server.Addr(), "XADD")
	s := open(t, p.url())
	p.cut.Store(1)
	fresh, err := s.PutInbound(ctx, []string{"e1", "t1"}, []byte("one"), time.Minute)
	require.NoError(t, err)
	require.True(t, fresh, "its modal must be opened")
	fresh, err = s.PutInbound(ctx, []string{"e2", "t1"}, []byte("one again"), time.Minute)
	require.NoError(t, err)
	require.False(t, fresh)
	require.EqualValues(t, 1, s.Client().XLen(ctx, "ferryman:{in}:stream").Val())
}

func TestRedisThatIsLateStoresNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := testenv.OwnRedis(t, nil)
	p := newProxy(t, server.Addr(), "XADD")
	s := open(t, p.url())

	// Held up on the way: the script arrives after the person was told that it is not known.
	held := make(chan struct{})
	p.held.Store(&held)
	var err error
	for p.holds.Load() == 0 || store.NothingDone(err) { // a busy machine does not even send it in a short time
		_, err = s.PutInbound(short(t), []string{"e1"}, []byte("one"), 300*time.Millisecond)
		require.ErrorIs(t, err, store.ErrUnavailable)
	}
	require.False(t, store.NothingDone(err))
	scripts := func() string {
		return s.Client().Info(ctx, "commandstats").Val()
	}
	require.NotContains(t, scripts(), "cmdstat_eval:")
	p.held.Store(nil)
	close(held)
	require.Eventually(t, func() bool { return strings.Contains(scripts(), "cmdstat_eval:") }, 2*time.Minute, 10*time.Millisecond, "the script has arrived")
	require.EqualValues(t, 0, s.Client().XLen(ctx, "ferryman:{in}:stream").Val())

	// Hung: it did not even get as far, and that is certain.
	server.Pause()
	_, err = s.PutInbound(short(t), []string{"e2"}, []byte("two"), 300*time.Millisecond)
	require.ErrorIs(t, err, store.ErrUnavailable)
	require.True(t, store.NothingDone(err))
	server.Resume()
	require.Eventually(t, func() bool { return s.Ping(ctx) == nil }, 2*time.Minute, 10*time.Millisecond)
	require.EqualValues(t, 0, s.Client().XLen(ctx, "ferryman:{in}:stream").Val())

	// Dead.
	server.Halt()
	_, err = s.PutInbound(ctx, []string{"e3"}, []byte("three"), time.Second)
	require.True(t, store.NothingDone(err), "%v", err)
	require.NoError(t, server.Start(ctx))
	fresh, err := s.PutInbound(ctx, []string{"e3"}, []byte("three"), time.Minute)
	require.NoError(t, err)
	require.True(t, fresh, "a later delivery of it is taken")
}

// A server that starts, was demoted, is full or lost its disk answers, and yet has not decided anything.
func TestRedisThatRefusesIsUnavailable(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, answer := range []string{
		"LOADING Redis is loading the dataset in memory", "MASTERDOWN Link with MASTER is down", "CLUSTERDOWN The cluster is down",
		"TRYAGAIN Multiple keys request during rehashing of slot", "MOVED 3999 127.0.0.1:6381", "NOAUTH Authentication required.",
		"MISCONF Errors writing to the AOF file: No space left on device", "BUSY Redis is busy running a script.", "ERR max number of clients reached",
		"ERR Error running script (call to f_abc): @user_script:2: -READONLY You can't write against a read only replica.",
	} {
		_, err := store.Open(ctx, "redis://"+refusing(t, answer))
		require.ErrorIs(t, err, store.ErrUnavailable, answer)
	}
	_, err := store.Open(ctx, "redis://"+refusing(t, "ERR unknown command 'PING'"))
	require.Error(t, err)
	require.NotErrorIs(t, err, store.ErrUnavailable)

	server := testenv.OwnRedis(t, nil)
	full := open(t, server.URL(0))
	_, err = full.Create(ctx, migration("m"), store.Change{})
	require.NoError(t, err)
	replica := open(t, testenv.Replica(t, server).URL(0))
	_, err = replica.Update(ctx, "m", count("c1"))
	require.ErrorIs(t, err, store.ErrUnavailable, "READONLY")
	require.True(t, store.NothingDone(err))
	require.NoError(t, full.Client().ConfigSet(ctx, "maxmemory", "1").Err())
	_, err = full.Update(ctx, "m", count("c1"))
	require.ErrorIs(t, err, store.ErrUnavailable, "OOM")
	require.True(t, store.NothingDone(err))
	require.NoError(t, full.Client().ConfigSet(ctx, "maxmemory", "0").Err())
	commits(t, full, "c1")
}

// refusing is a server that answers every command in the same way.
func refusing(t *testing.T, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					if line := lines.Text(); len(line) > 0 && line[0] == '*' {
						_, _ = conn.Write([]byte("-" + answer + "\r\n"))
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

func TestRedisCommitCountsOnceAReplicaHasIt(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := testenv.OwnRedis(t, nil)
	s := open(t, server.URL(0))
	_, err := s.Create(ctx, migration("m"), store.Change{})
	require.NoError(t, err, "a server without replicas is asked for none")
	replica := testenv.Replica(t, server)
	commits(t, s, "c1")
	require.Equal(t, 1, runs(t, open(t, replica.URL(0))))

	replica.Pause()
	for { // a busy machine does not even begin in a short time
		if _, err = s.Update(short(t), "m", count("c2")); !store.NothingDone(err) && strings.Contains(fmt.Sprint(err), "no replica has it yet") {
			break
		}
		require.ErrorIs(t, err, store.ErrUnavailable)
	}
	require.ErrorIs(t, err, store.ErrUnavailable)
	_, err = s.Update(short(t), "m", count("c2"))
	require.ErrorIs(t, err, store.ErrUnavailable, "said again it is seen, and still does not count")
	require.NotErrorIs(t, err, store.ErrSeen)
	taken, err := s.Seen(short(t), "m", "c2")
	require.ErrorIs(t, err, store.ErrUnavailable)
	require.False(t, taken)
	for {
		_, err = s.PutInbound(short(t), []string{"e1"}, []byte("one"), 3*time.Second)
		require.ErrorIs(t, err, store.ErrUnavailable)
		if !store.NothingDone(err) && strings.Contains(err.Error(), "no replica has it yet") {
			break
		}
	}
	_, err = s.PutPlan(short(t), "m", []byte("{}"))
	require.ErrorIs(t, err, store.ErrUnavailable)

	// A replica that is gone altogether is still missed.
	replica.Halt()
	_, err = s.Update(short(t), "m", count("c2"))
	require.ErrorIs(t, err, store.ErrUnavailable)

	require.NoError(t, replica.Start(ctx))
	require.NoError(t, server.WaitReplicas(ctx, 1))
	require.True(t, seen(t, s, "c2"))
	require.Equal(t, 2, runs(t, open(t, replica.URL(0))))
	var fresh bool
	require.NoError(t, acknowledged(t, func() error {
		fresh, err = s.PutInbound(ctx, []string{"e1"}, []byte("one"), time.Minute)
		return err
	}))
	require.False(t, fresh)
}

func TestRedisLeaseIsHadAgainByItsOwner(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := testenv.OwnRedis(t, nil)
	p := newProxy(t, server.Addr(), "lease:engine")
	s := open(t, p.url())
	other, err := s.Acquire(ctx, "other", "engine", "a", time.Minute)
	require.NoError(t, err)
	require.NotNil(t, other, "from now on the server knows the script, and its first answer is the lease")
	p.cut.Store(1)
	lease, err := s.Acquire(ctx, "m", "engine", "a", time.Minute)
	require.NoError(t, err)
	require.NotNil(t, lease, "the first reply was lost")
	held, err := lease.Renew(ctx)
	require.NoError(t, err)
	require.True(t, held)
}

// The replica that takes the master's place does not have the last vote: nobody was told that it counts, and said again it does, once.
func TestRedisFailoverForgetsOnlyWhatWasNotAcknowledged(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := testenv.OwnRedis(t, nil)
	replica := testenv.Replica(t, server)
	p := newProxy(t, server.Addr(), "none")
	s := open(t, p.url())
	creates(t, s)
	commits(t, s, "c1")

	promoted := open(t, replica.URL(0))
	require.NoError(t, promoted.Client().Do(ctx, "REPLICAOF", "NO", "ONE").Err())
	_, err := s.Update(ctx, "m", count("c2"))
	require.ErrorIs(t, err, store.ErrUnavailable, "the old master has lost its replicas")
	_, err = s.PutInbound(ctx, []string{"e1"}, []byte("one"), 3*time.Second)
	require.ErrorIs(t, err, store.ErrUnavailable)
	require.Equal(t, 2, runs(t, s))
	require.Equal(t, 1, runs(t, promoted))

	p.leadTo(replica.Addr())
	require.Eventually(t, func() bool {
		_, err = s.Update(ctx, "m", count("c2"))
		return err == nil || !errors.Is(err, store.ErrUnavailable)
	}, 2*time.Minute, 10*time.Millisecond)
	require.NoError(t, err, "the new master stands alone, and never had replicas")
	require.Equal(t, 2, runs(t, s))
	_, err = s.Update(ctx, "m", count("c2"))
	require.ErrorIs(t, err, store.ErrSeen)
	fresh, err := s.PutInbound(ctx, []string{"e1"}, []byte("one"), time.Minute)
	require.NoError(t, err)
	require.True(t, fresh)
}

// A master is started again while one of its replicas is being made the master: the other replica is back, and will be made to forget
// what it takes now.
func TestRedisReplicaThatIsMissingMayBeTheNextMaster(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := testenv.OwnRedis(t, nil)
	next, other := testenv.Replica(t, server), testenv.Replica(t, server)
	s := open(t, server.URL(0))
	creates(t, s)
	require.Eventually(t, func() bool {
		_, err := open(t, next.URL(0)).Load(ctx, "m")
		return err == nil
	}, 2*time.Minute, 20*time.Millisecond, "one replica's having it is enough for the commit: it may be the other")
	server.Halt()
	require.NoError(t, open(t, next.URL(0)).Client().Do(ctx, "REPLICAOF", "NO", "ONE").Err())
	require.NoError(t, server.Start(ctx))
	require.NoError(t, server.WaitReplicas(ctx, 1))
	atOther := open(t, other.URL(0))
	for deadline := time.Now().Add(2 * time.Minute); runs(t, atOther) == 0; { // said again, it is the same command
		require.True(t, time.Now().Before(deadline), "the other replica never has it")
		_, err := s.Update(short(t), "m", count("c1"))
		require.ErrorIs(t, err, store.ErrUnavailable, "that one replica has it is not enough")
	}
	require.Equal(t, 1, runs(t, atOther))
	require.Zero(t, runs(t, open(t, next.URL(0))))

	require.NoError(t, open(t, next.URL(0)).Client().Do(ctx, "REPLICAOF", "127.0.0.1", server.Port).Err())
	require.NoError(t, server.WaitReplicas(ctx, 2))
	require.True(t, seen(t, s, "c1"))
	require.Equal(t, 1, runs(t, open(t, next.URL(0))))
}
