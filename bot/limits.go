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

// Limits are the rates that are kept over all replicas.
type Limits struct {
	// Post is chat.postMessage's in one channel; Update is chat.update's and Upload that of files, in the workspace.
	Post, Update, Upload Rate
	// Person and Group are those of reading who somebody is, and who is in a user group.
	Person, Group Rate
}

// orSlacks has Slack's own rates where none are given.
func (l Limits) orSlacks() Limits {
	usual := SlackLimits()
	setDefault(&l.Post, usual.Post)
	setDefault(&l.Update, usual.Update)
	setDefault(&l.Upload, usual.Upload)
	setDefault(&l.Person, usual.Person)
	setDefault(&l.Group, usual.Group)
	return l
}

// SlackLimits are Slack's: one post a second in a channel, with short bursts; tier 2, 20 and more a minute, for groups; tier 3, 50 and
// more, for edits; tier 4, 100 and more, for files and persons. Each is a little below, because calls arrive less evenly than turns are
// given out.
func SlackLimits() Limits {
	return Limits{
		Post: Rate{PerMinute: 60, Burst: 2}, Update: Rate{PerMinute: 44, Burst: 4}, Upload: Rate{PerMinute: 85, Burst: 10},
		Person: Rate{PerMinute: 85, Burst: 10}, Group: Rate{PerMinute: 16, Burst: 3},
	}
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
