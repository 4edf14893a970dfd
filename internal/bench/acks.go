// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ferryman/ferryman/internal/localserver"
	"github.com/ferryman/ferryman/internal/standin/slack"
)

// acksPerSecond is the load, which comes evenly, whether or not those before were answered.
const acksPerSecond = 100

// acks measures how long Slack waits for the acknowledgement of a slash command: Ferryman's with PostgreSQL, Oracle and AWS all stalled,
// and those of a Bolt for JavaScript app that does nothing but add the command to the same Redis.
func (b *bench) acks(ctx context.Context) error {
	server, err := localserver.StartRedis(ctx, 0)
	if err != nil {
		return err
	}
	defer server.Stop()
	workspace := slack.New(slack.Options{Workspace: slack.DefaultWorkspace()})
	if err := workspace.Start("127.0.0.1:0"); err != nil {
		return err
	}
	defer workspace.Close()
	ferryman, err := b.buildFerryman(ctx)
	if err != nil {
		return err
	}
	lasting, runs := 20*time.Second, b.opts.runs
	if b.opts.quick {
		lasting = time.Second
	}
	stalled, err := newBlackHole()
	if err != nil {
		return err
	}
	defer stalled.close()
	apps := []ackApp{{name: "ferryman", start: stalled.ferryman(ferryman, b.dir)}}
	if start, why := boltApp(b.dir); start != nil {
		apps = append(apps, ackApp{name: "Bolt for JavaScript", start: start})
	} else {
		b.say("acks: %s", why)
	}
	database := 0
	for round := range runs {
		order := slices.Clone(apps)
		if round%2 == 1 {
			slices.Reverse(order)
		}
		for _, a := range order {
			took, err := ackRun(ctx, workspace, a, server.URL(database), lasting)
			if err != nil {
				return fmt.Errorf("%s: %w", a.name, err)
			}
			database++
			i := slices.IndexFunc(apps, func(other ackApp) bool { return other.name == a.name })
			apps[i].p50, apps[i].p99, apps[i].most = append(apps[i].p50, quantile(took, 0.5)), append(apps[i].p99, quantile(took, 0.99)),
				append(apps[i].most, took[len(took)-1])
			b.say("acks: %s p50 %s ms, p99 %s ms, longest %s ms of %d", a.name, millis(quantile(took, 0.5)), millis(quantile(took, 0.99)), millis(took[len(took)-1]), len(took))
		}
	}
	b.writeAcks(apps, lasting, runs)
	return nil
}

// ackApp is one of the two, and what was measured of it: a figure for each run, the times of a run sorted.
type ackApp struct {
	name           string
	start          func(ctx context.Context, w *slack.Server, redisURL string) (stop func(), err error)
	p50, p99, most []time.Duration
}

// ackRun is one run of one app: its start, a second to warm up, and the load.
func ackRun(ctx context.Context, w *slack.Server, a ackApp, redisURL string, lasting time.Duration) ([]time.Duration, error) {
	stop, err := a.start(ctx, w, redisURL)
	if err != nil {
		return nil, err
	}
	defer func() {
		stop()
		_ = w.Wait(ctx, func() bool { return w.Sockets() == 0 })
	}()
	waiting, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := w.Wait(waiting, func() bool { return w.Sockets() > 0 }); err != nil {
		return nil, fmt.Errorf("it opened no socket: %w", err)
	}
	if _, err := commandLoad(ctx, w, time.Second); err != nil {
		return nil, err
	}
	return commandLoad(ctx, w, lasting)
}

// commandLoad types commands at an even pace and returns how long each acknowledgement took from the moment when the command was due.
// Every tenth opens a migration, for which Ferryman must ask PostgreSQL.
func commandLoad(ctx context.Context, w *slack.Server, lasting time.Duration) ([]time.Duration, error) {
	n := int(lasting.Seconds() * acksPerSecond)
	took, failures := make([]time.Duration, n), make([]error, n)
	dba := w.As(slack.DBA)
	var all sync.WaitGroup
	begin := time.Now()
	for i := range n {
		due := begin.Add(time.Duration(i) * time.Second / acksPerSecond)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Until(due)):
		}
		all.Go(func() {
			line := "/migrate-status"
			if i%10 == 0 {
				line = fmt.Sprintf("/migrate-new m-%d-%d profile=box-office", begin.UnixNano()%1_000_000, i)
			}
			answer, err := dba.Command(ctx, slack.Migrations, line)
			took[i] = time.Since(due)
			if err == nil && answer.Error != "" {
				err = fmt.Errorf("%s: %s", line, answer.Error)
			}
			failures[i] = err
		})
	}
	all.Wait()
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(took)
	return took, nil
}

// quantile is the value that a share of the sorted times does not exceed.
func quantile(sorted []time.Duration, share float64) time.Duration {
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func millis(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d.Microseconds())/1000) }

func (b *bench) writeAcks(apps []ackApp, lasting time.Duration, runs int) {
	var rows [][]string
	for _, a := range apps {
		rows = append(rows, []string{"**" + a.name + "**", millis(median(a.p50)), millis(median(a.p99)), millis(slices.Max(a.most))})
	}
	fmt.Fprintf(&b.out, "%d commands a second for %s, %d runs of each in alternating order; milliseconds, medians of the runs.\n\n", acksPerSecond, lasting, runs)
	b.out.WriteString(table([]string{"app", "p50", "p99", "longest of all runs"}, rows))
	if len(apps) > 1 {
		fmt.Fprintf(&b.out, "\nFerryman's p99 is %.2f of Bolt's.\n", median(apps[0].p99).Seconds()/median(apps[1].p99).Seconds())
	} else {
		b.out.WriteString("\nBolt for JavaScript was not there to compare with: `make tools` installs it.\n")
	}
}
