// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"time"

	"github.com/ferryman/ferryman/store"
)

// Rate is how often a Slack method may be called.
type Rate struct {
	PerMinute float64
	Burst     int
}

// Limits are the rates that the outbox keeps, over all replicas.
type Limits struct {
	// Post is chat.postMessage's in one channel; Update is chat.update's and Upload that of files, in the workspace.
	Post, Update, Upload Rate
}

// SlackLimits are Slack's: one post a second in a channel, with short bursts; tier 3, 50 and more a minute, for edits; tier 4, 100 and
// more, for files. Each is a little below, because calls arrive less evenly than turns are given out.
func SlackLimits() Limits {
	return Limits{Post: Rate{PerMinute: 60, Burst: 2}, Update: Rate{PerMinute: 44, Burst: 4}, Upload: Rate{PerMinute: 85, Burst: 10}}
}

// turn waits for a place in a method's limit. Progress leaves two edits to what people wait for.
func (b *Bot) turn(ctx context.Context, method, channel string, p store.Priority) error {
	l := store.Limit{Name: method, Method: method}
	rate := b.Limits.Update
	switch method {
	case methodPost:
		l.Name, rate = method+":"+channel, b.Limits.Post
	case methodUpload:
		rate = b.Limits.Upload
	}
	l.PerMinute, l.Burst = rate.PerMinute, rate.Burst
	if p == store.Progress {
		l.Reserve = 2
	}
	for {
		wait, err := b.Store.TakeLimit(ctx, l)
		if err != nil {
			return err
		}
		if wait == 0 {
			return nil
		}
		if !sleep(ctx, min(wait, 10*time.Second)) {
			return ctx.Err()
		}
	}
}
