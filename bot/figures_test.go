// SPDX-License-Identifier: Apache-2.0

package bot_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/bot"
	"github.com/ferryman/ferryman/commands"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// crowd is a number of migrations that report progress at once, each to its own thread and root message, inside Slack's limits. Time is
// shortened by faster: the stand-in's clock, by which it counts its limits, runs that much faster, and so do the bot's rates.
type crowd struct {
	migrations, replicas int
	faster               int
	// every is how often each migration takes a reading, and lasting how long is looked, both in Slack's time.
	every, warm, lasting time.Duration
}

// shown is what was seen of a crowd, in Slack's time.
type shown struct {
	// oldest are, at each look, the age of the oldest figure that a thread shows; roots the same of the root messages; ages all of threads.
	oldest, roots, ages []time.Duration
	// votes are the times from an approver's click to the edit of the message, while all that goes on.
	votes []time.Duration
	// perMinute are the edits that Slack took, refused those it answered with 429.
	perMinute float64
	refused   int
}

const crowdChannels = 10

func (c crowd) look(tb testing.TB) shown {
	began := time.Now()
	clock := func() time.Time { return began.Add(time.Since(began) * time.Duration(c.faster)) }
	workspace := standin.DefaultWorkspace()
	for i := range crowdChannels {
		workspace.Channels = append(workspace.Channels,
			standin.Channel{ID: fmt.Sprintf("C0CROWD%03d", i), Name: fmt.Sprintf("crowd-%d", i), Members: []string{standin.BotUserID, standin.DBA}})
	}
	server := standin.New(standin.Options{Workspace: workspace, Now: clock})
	require.NoError(tb, server.Start("127.0.0.1:0"))
	tb.Cleanup(server.Close)
	url := testenv.Redis(tb)
	limits := bot.SlackLimits()
	for _, rate := range []*bot.Rate{&limits.Post, &limits.PostAll, &limits.Update, &limits.Upload} {
		rate.PerMinute *= float64(c.faster)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	open := func() *store.Store {
		s, err := store.Open(ctx, url)
		require.NoError(tb, err)
		tb.Cleanup(func() { _ = s.Close() })
		return s
	}
	for range c.replicas {
		b, err := bot.New(bot.Options{
			Slack: bot.NewSlack(server.AppToken(), server.BotToken(), server.APIURL()), Store: open(), Router: &figures{}, Limits: &limits,
			Sockets: 1, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		})
		require.NoError(tb, err)
		all.Go(func() { _ = b.Run(ctx) })
	}
	tb.Cleanup(func() { cancel(); all.Wait() })

	db := open()
	name := func(i int) string { return fmt.Sprintf("box%d", i) }
	reading := func(i int, key string, p store.Priority) store.Outgoing {
		return outgoing(name(i), key, p, strconv.FormatInt(time.Now().UnixMicro(), 10))
	}
	for i := range c.migrations {
		_, err := db.Create(ctx, &store.Migration{Name: name(i), Channel: fmt.Sprintf("C0CROWD%03d", i%crowdChannels)}, store.Change{
			Outgoing: []store.Outgoing{reading(i, store.RootKey, store.Urgent), reading(i, "load", store.Normal)},
		})
		require.NoError(tb, err)
	}
	posted := func() int {
		n := 0
		for i := range crowdChannels {
			n += len(server.Messages(fmt.Sprintf("C0CROWD%03d", i)))
		}
		return n
	}
	require.Eventually(tb, func() bool { return posted() == 2*c.migrations }, time.Minute, 50*time.Millisecond)

	real := func(d time.Duration) time.Duration { return d / time.Duration(c.faster) }
	all.Go(func() { // the engines of all migrations
		tick := time.NewTicker(real(c.every))
		defer tick.Stop()
		for ctx.Err() == nil {
			for i := range c.migrations {
				for _, key := range []string{"load", store.RootKey} {
					_ = db.PutProgress(ctx, reading(i, key, store.Progress))
				}
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	})
	pause(real(c.warm))
	out := shown{}
	before, start := server.Calls("chat.update"), time.Now()
	for vote := 0; time.Since(start) < real(c.lasting); vote++ {
		oldest, root := time.Duration(0), time.Duration(0)
		now := time.Now()
		for i := range crowdChannels {
			for _, m := range server.Messages(fmt.Sprintf("C0CROWD%03d", i)) {
				micros, err := strconv.ParseInt(m.Text, 10, 64)
				if err != nil {
					continue
				}
				age := now.Sub(time.UnixMicro(micros)) * time.Duration(c.faster)
				if m.IsReply() {
					oldest, out.ages = max(oldest, age), append(out.ages, age)
				} else {
					root = max(root, age)
				}
			}
		}
		out.oldest, out.roots = append(out.oldest, oldest), append(out.roots, root)
		if vote%30 == 0 {
			out.votes = append(out.votes, c.vote(tb, db, server, vote%c.migrations)*time.Duration(c.faster))
		}
		pause(50 * time.Millisecond)
	}
	took := time.Since(start)
	edits := server.Calls("chat.update") - before
	out.perMinute = float64(edits) / (took.Minutes() * float64(c.faster))
	out.refused = server.Limited("chat.update") + server.Limited("chat.postMessage")
	for _, list := range [][]time.Duration{out.oldest, out.roots, out.ages, out.votes} {
		slices.Sort(list)
	}
	return out
}

// vote is an approver's word in the middle of it all, and how long until its message shows it.
func (c crowd) vote(tb testing.TB, db *store.Store, server *standin.Server, i int) time.Duration {
	name, text := fmt.Sprintf("box%d", i), fmt.Sprintf("vote %d", time.Now().UnixNano())
	began := time.Now()
	_, err := db.Update(context.Background(), name, func(*store.Migration, time.Time) (store.Change, error) {
		return store.Change{Outgoing: []store.Outgoing{outgoing(name, "approval", store.Urgent, text)}}, nil
	})
	require.NoError(tb, err)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err = server.WaitMessage(ctx, fmt.Sprintf("C0CROWD%03d", i%crowdChannels), func(m standin.Message) bool { return m.Text == text })
	require.NoError(tb, err)
	return time.Since(began)
}

// figures renders a reading as its time.
type figures struct{ router }

func (*figures) Render(_ context.Context, o store.Outgoing) (commands.Message, error) {
	var text string
	err := json.Unmarshal(o.Event.Data, &text)
	return commands.Message{Text: text}, err
}

func quantile(sorted []time.Duration, share float64) time.Duration {
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

// allowed is how long it takes to edit one message of each migration once, by tier 3's 50 edits a minute.
func (c crowd) allowed() time.Duration { return time.Duration(c.migrations) * time.Minute / 50 }

// None is starved: the oldest figure that any thread shows is not much older than a round of all takes.
func TestManyThreadsShareSlacksLimitsFairly(t *testing.T) {
	t.Parallel()
	c := crowd{migrations: 30, replicas: 2, faster: 12, every: 5 * time.Second, warm: 45 * time.Second, lasting: 100 * time.Second}
	s := c.look(t)
	t.Logf("of %s: oldest p95 %s, age p50 %s, roots p95 %s, votes p95 %s, %.1f edits a minute, %d refused", c.allowed(), quantile(s.oldest, 0.95),
		quantile(s.ages, 0.5), quantile(s.roots, 0.95), quantile(s.votes, 0.95), s.perMinute, s.refused)
	// Ages between nothing and a whole round: the oldest is twice the one in the middle.
	require.Less(t, quantile(s.oldest, 0.95), 3*quantile(s.ages, 0.5)+c.every)
	require.LessOrEqual(t, s.refused, 2, "Slack hardly ever has to refuse")
	if s.perMinute < 35 {
		return // How long a round takes is the machine's matter where it can't keep up with a clock that runs so fast.
	}
	require.Less(t, quantile(s.oldest, 0.95), 3*c.allowed())
	require.Less(t, quantile(s.roots, 0.95), 9*c.allowed())
	require.Less(t, quantile(s.votes, 0.95), c.allowed(), "an approval does not wait behind figures")
}

// BenchmarkFigures is 200 migrations that report progress to 200 threads at once, through three replicas, in a quarter of the time.
func BenchmarkFigures(b *testing.B) {
	c := crowd{migrations: 200, replicas: 3, faster: 4, every: 15 * time.Second, warm: 7 * time.Minute, lasting: 12 * time.Minute}
	switch os.Getenv("FERRYMAN_BENCH_FIGURES") {
	case "full":
	case "quick":
		c = crowd{migrations: 10, replicas: 1, faster: 20, every: 5 * time.Second, warm: 20 * time.Second, lasting: 20 * time.Second}
	default:
		b.Skip("takes five minutes; go run ./internal/bench --only outbox runs it")
	}
	for b.Loop() {
		s := c.look(b)
		b.ReportMetric(quantile(s.oldest, 0.95).Seconds(), "oldest-p95-s")
		b.ReportMetric(quantile(s.oldest, 0.95).Seconds()/c.allowed().Seconds(), "of-what-the-limits-allow")
		b.ReportMetric(quantile(s.ages, 0.5).Seconds(), "age-p50-s")
		b.ReportMetric(quantile(s.roots, 0.95).Seconds(), "oldest-root-p95-s")
		b.ReportMetric(quantile(s.votes, 0.95).Seconds(), "vote-p95-s")
		b.ReportMetric(s.perMinute, "edits/min")
		b.ReportMetric(float64(s.refused), "refused")
	}
}
