// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"fmt"
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
	// Post is chat.postMessage's in one channel and PostAll in the workspace; Update is chat.update's and Upload that of files.
	Post, PostAll, Update, Upload Rate
	// Person and Group are those of reading who somebody is, and who is in a user group.
	Person, Group Rate
}

// orSlacks has Slack's own rates where none are given.
func (l Limits) orSlacks() Limits {
	usual := SlackLimits()
	setDefault(&l.Post, usual.Post)
	setDefault(&l.PostAll, usual.PostAll)
	setDefault(&l.Update, usual.Update)
	setDefault(&l.Upload, usual.Upload)
	setDefault(&l.Person, usual.Person)
	setDefault(&l.Group, usual.Group)
	return l
}

// SlackLimits are Slack's: one post a second in a channel, with short bursts, and several hundred a minute in the workspace; tier 2, 20 and more a minute, for groups; tier 3, 50 and
// more, for edits; tier 4, 100 and more, for files and persons. Each is a little below, because calls arrive less evenly than turns are
// given out.
func SlackLimits() Limits {
	return Limits{
		Post: Rate{PerMinute: 60, Burst: 2}, PostAll: Rate{PerMinute: 270, Burst: 12}, Update: Rate{PerMinute: 44, Burst: 4}, Upload: Rate{PerMinute: 85, Burst: 10},
		Person: Rate{PerMinute: 85, Burst: 10}, Group: Rate{PerMinute: 16, Burst: 3},
	}
}

// laterError: there is no turn in Slack's limits soon, or Slack asked to wait. It is no failure.
type laterError struct{ wait time.Duration }

func (e *laterError) Error() string {
	return fmt.Sprintf("Slack's limits leave no turn for %s", e.wait)
}

// turnPatience is how long a sender waits for a turn before it lets others have its place.
const turnPatience = 2 * time.Second

// turn takes a place in a method's limits, or says that there is none soon. What is less urgent leaves something to what people wait for.
func (b *Bot) turn(ctx context.Context, method, channel string, p store.Priority) error {
	limit := func(name string, rate Rate) store.Limit {
		return store.Limit{Name: name, Method: method, PerMinute: rate.PerMinute, Burst: rate.Burst, Reserve: int(p)}
	}
	switch method {
	case methodPost:
		if err := b.take(ctx, limit(method+":"+channel, b.Limits.Post)); err != nil {
			return err
		}
		return b.take(ctx, limit(method, b.Limits.PostAll))
	case methodUpload:
		return b.take(ctx, limit(method, b.Limits.Upload))
	}
	return b.take(ctx, limit(method, b.Limits.Update))
}

func (b *Bot) take(ctx context.Context, l store.Limit) error {
	for began := time.Now(); ; {
		wait, err := b.Store.TakeLimit(ctx, l)
		switch {
		case err != nil || wait == 0:
			return err
		case time.Since(began)+wait > turnPatience:
			return &laterError{wait}
		case !sleep(ctx, wait):
			return ctx.Err()
		}
	}
}
