// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// persistence is how people deal with a bot that dies under their hands: where Slack tells them that it did not answer, or nothing comes of what
// they did, they look whether it was taken, and do it again only where it was not.
type persistence struct {
	store *store.Store
	// notTaken is how long nothing may be under way before something counts as not taken.
	notTaken time.Duration
	// again counts what had to be done again.
	again int
}

// idle tells whether nothing that arrived from Slack is unfinished.
func (p *persistence) idle(ctx context.Context) bool {
	n, err := p.store.Client().XLen(ctx, "ferryman:{in}:stream").Result()
	return err == nil && n == 0 || errors.Is(err, redis.Nil)
}

// until does act until it has its effect.
func (r *rehearsal) persist(ctx context.Context, what string, act func() error, effect func() bool) error {
	p := r.persistence
	for try := 1; ; try++ {
		if err := r.world.slack.Wait(ctx, func() bool { return r.world.slack.Sockets() > 0 }); err != nil {
			return fmt.Errorf("%s: no Ferryman is connected: %w", what, err)
		}
		said := act()
		quiet := time.Now()
		for !effect() {
			if !p.idle(ctx) {
				quiet = time.Now()
			}
			if time.Since(quiet) > p.notTaken {
				break
			}
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("%s (tried %d times): %w", what, try, errors.Join(err, said))
			}
			time.Sleep(20 * time.Millisecond)
		}
		if effect() {
			return nil
		}
		if try == 20 {
			return fmt.Errorf("%s was tried %d times without effect: %w", what, try, said)
		}
		p.again++
	}
}

// migration is the migration as Redis has it, nil where it is not there.
func (r *rehearsal) migration(ctx context.Context) *store.Migration {
	m, err := r.persistence.store.Load(ctx, r.world.schema.name)
	if err != nil {
		return nil
	}
	return m
}

// persistentCommand types a command until its migration shows that it was taken.
func (r *rehearsal) persistentCommand(ctx context.Context, user, line string) error {
	name, _, _ := strings.Cut(strings.TrimPrefix(line, "/migrate-"), " ")
	before := 0
	if m := r.migration(ctx); m != nil {
		before = m.Phase(name).Run
	}
	return r.persist(ctx, line, func() error {
		answer, err := r.world.slack.As(user).Command(ctx, slack.Migrations, line)
		if err == nil && answer.Error != "" {
			err = errors.New(answer.Error)
		}
		return err
	}, func() bool {
		m := r.migration(ctx)
		return m != nil && (name == "new" || m.Phase(name).Run > before)
	})
}

// request is the approval request whose message this is.
func (r *rehearsal) request(ctx context.Context, m slack.Message) (approvals.Request, bool) {
	key, _ := messageKey(m)
	now := r.migration(ctx)
	if now == nil {
		return approvals.Request{}, false
	}
	request, ok := now.Requests[strings.TrimPrefix(key, "approval:")]
	return request, ok
}

// persistentApproval presses Approve, and confirms where that is asked, until the vote is counted.
func (r *rehearsal) persistentApproval(ctx context.Context, user string, m slack.Message, confirm bool) error {
	person := r.world.slack.As(user)
	return r.persist(ctx, user+" presses Approve", func() error {
		if err := person.Press(ctx, m.Channel, m.TS, "approval.approve"); err != nil || !confirm {
			return err
		}
		// The modal may never come: its trigger is Slack's for three seconds only.
		ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
		defer cancel()
		view, err := r.world.slack.WaitModal(ctx, user, func(v slack.View) bool { return v.CallbackID == "approval.confirm" })
		if err != nil {
			return err
		}
		out, err := person.Submit(ctx, view.ID, map[string]any{"name": r.world.schema.name})
		if err == nil && !out.Closed {
			err = fmt.Errorf("the modal stays: %v %s", out.Errors, out.Trouble)
			_ = person.CloseView(view.ID)
		}
		return err
	}, func() bool {
		request, ok := r.request(ctx, m)
		return ok && (slices.ContainsFunc(request.Votes, func(v approvals.Vote) bool { return v.User == user }) || !request.Live())
	})
}

// persistentRefusal presses Approve as somebody who does not count, until the audit has it.
func (r *rehearsal) persistentRefusal(ctx context.Context, user string, m slack.Message) error {
	return r.persist(ctx, user+" presses Approve, and may not", func() error {
		return r.world.slack.As(user).Press(ctx, m.Channel, m.TS, "approval.approve")
	}, func() bool {
		log, err := r.persistence.store.AuditLog(ctx, r.world.schema.name)
		return err == nil && slices.ContainsFunc(log, func(e store.AuditEntry) bool { return e.What == "refused" && e.Who == user })
	})
}

// settled waits until nothing is under way any more: no envelope, no message, no step.
func (r *rehearsal) settled(ctx context.Context) error {
	quiet := time.Now()
	for time.Since(quiet) < time.Second {
		waiting, err := r.persistence.store.WaitingOutboxes(ctx)
		if err != nil || len(waiting) > 0 || !r.persistence.idle(ctx) {
			quiet = time.Now()
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("messages or envelopes are left over: %w", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	// The target is given the end of the audit log last. Where it never is, the comparison tells.
	for began := time.Now(); time.Since(began) < 15*time.Second && !r.remembered(ctx); {
		time.Sleep(100 * time.Millisecond)
	}
	return nil
}

// remembered tells whether the target has all of the audit log.
func (r *rehearsal) remembered(ctx context.Context) bool {
	conn, err := pgx.Connect(ctx, r.world.target.URL(targetDatabase))
	if err != nil {
		return false
	}
	defer conn.Close(ctx)
	var seq int64
	m := r.migration(ctx)
	err = conn.QueryRow(ctx, "SELECT coalesce(max(seq), 0) FROM ferryman.chain").Scan(&seq)
	return err == nil && m != nil && m.AuditSeq == seq
}

// messageKey is the key of one of the bot's messages, and the id of its last Outgoing, from its metadata.
func messageKey(m slack.Message) (key, id string) {
	if m.Metadata == nil {
		return "", ""
	}
	key, _ = m.Metadata.Payload["key"].(string)
	id, _ = m.Metadata.Payload["id"].(string)
	return key, id
}
