// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/store"
)

const (
	// readBlock is how long a worker waits for Redis to have something, and so how long stopping may take.
	readBlock = 500 * time.Millisecond
	// stopPatience is how long handlers may go on when the bot is asked to stop; what is unfinished then is handled after the start.
	stopPatience = 5 * time.Second
	// maxDeliveries is how often an envelope is tried whose handler takes the process with it.
	maxDeliveries = 5
)

// runWorker handles what is in the inbox, one envelope after another.
func (b *Bot) runWorker(ctx context.Context) {
	for wait := 100 * time.Millisecond; ctx.Err() == nil; {
		b.vitals.inbox.beat()
		b.letPass(ctx)
		asked := time.Now().Round(0) // the wall's time: other clocks stand still while a machine is frozen
		in, err := b.Store.ReadInbound(ctx, b.name, readBlock)
		if err != nil {
			if ctx.Err() == nil {
				b.log.Warn("the inbox can't be read", "error", err, "again_in", wait)
			}
			sleep(ctx, wait)
			wait = min(2*wait, 2*time.Second)
			continue
		}
		wait = 100 * time.Millisecond
		if in != nil && (time.Now().Round(0).Sub(asked) < b.ClaimAfter/2 || b.isOurs(ctx, in)) {
			b.handle(ctx, in)
		}
	}
}

// isOurs tells whether nobody else has taken an entry over, as happens to who was stopped with it in its hands.
func (b *Bot) isOurs(ctx context.Context, in *store.Inbound) bool {
	held, err := b.Store.KeepInbound(ctx, b.name, in.Entry)
	if err != nil {
		b.log.Warn("whether an envelope is still ours can't be read; it is left to be taken over", "error", err, "entry", in.Entry)
	}
	return err == nil && held
}

// runClaimer takes over what other replicas left unfinished.
func (b *Bot) runClaimer(ctx context.Context) {
	for sleep(ctx, b.ClaimAfter/6) {
		for ctx.Err() == nil {
			in, err := b.Store.ClaimInbound(ctx, b.name, b.ClaimAfter)
			if err != nil {
				b.log.Warn("abandoned entries of the inbox can't be looked for", "error", err)
				break
			}
			if in == nil {
				break
			}
			b.log.Info("took over an envelope that was left unfinished", "entry", in.Entry, "deliveries", in.Deliveries)
			b.handle(ctx, in)
		}
	}
}

// handle carries out one entry and ends it, unless the store was away: then it is tried again.
func (b *Bot) handle(running context.Context, in *store.Inbound) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(running))
	defer cancel()
	defer context.AfterFunc(running, func() {
		time.AfterFunc(stopPatience, cancel)
	})()
	go b.keep(ctx, in.Entry)

	var env commands.Envelope
	if err := json.Unmarshal(in.Payload, &env); err != nil {
		b.log.Error("an entry of the inbox can't be read and is dropped", "error", err, "entry", in.Entry)
		b.end(ctx, in)
		return
	}
	env.Again = in.Deliveries > 1
	ctx = withEnvelope(ctx, env.ID)
	began := time.Now()
	err := b.carryOut(running, ctx, env, in.Deliveries)
	b.metrics.did(env, err, time.Since(began))
	if errors.Is(err, store.ErrUnavailable) || (err != nil && ctx.Err() != nil) {
		b.log.Warn("an envelope is left for later", "error", err, "envelope", env.ID)
		// As one that nobody has had: a store that is away does not count as a handler that ends the process.
		b.giveBack(in)
		return
	}
	if err != nil {
		b.answerError(ctx, env, err)
	}
	b.noteAnswered(ctx, env.ID)
	b.end(ctx, in)
}

// carryOut calls the router, again and again for as long as the store is away, up to the time after which another replica may try.
func (b *Bot) carryOut(running, ctx context.Context, env commands.Envelope, deliveries int64) error {
	if deliveries > maxDeliveries {
		return fmt.Errorf("tried %d times without an end", deliveries-1)
	}
	began := time.Now()
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := b.guarded("Handle", func() error { return b.Router.Handle(ctx, env) })
		if !errors.Is(err, store.ErrUnavailable) || time.Since(began) > b.ClaimAfter || !sleep(running, wait) {
			return err
		}
		b.log.Warn("the store is away: an envelope is tried again", "error", err, "envelope", env.ID)
	}
}

func (b *Bot) end(ctx context.Context, in *store.Inbound) {
	if err := b.Store.AckInbound(ctx, in.Entry); err != nil {
		b.log.Warn("a finished envelope could not be ended; it will be handled again", "error", err, "entry", in.Entry)
	}
}

// giveBack leaves an entry to whoever is free; where that fails it is taken over after ClaimAfter.
func (b *Bot) giveBack(in *store.Inbound) {
	ctx, cancel := context.WithTimeout(context.Background(), b.StoreTimeout)
	defer cancel()
	if _, err := b.Store.ReturnInbound(ctx, b.name, in.Entry); err != nil {
		b.log.Warn("an unfinished envelope could not be given back; another replica takes it over", "error", err, "entry", in.Entry)
	}
}

// keep says for as long as ctx lasts that the entry is being worked on.
func (b *Bot) keep(ctx context.Context, entry string) {
	for sleep(ctx, b.ClaimAfter/3) {
		if _, err := b.Store.KeepInbound(ctx, b.name, entry); err != nil && ctx.Err() == nil {
			b.log.Warn("an envelope at work could not be kept", "error", err, "entry", entry)
		}
	}
}

// answerError tells the person what was wrong, in its own words where they are meant for them, else with a reference into the log.
func (b *Bot) answerError(ctx context.Context, env commands.Envelope, err error) {
	var facing UserFacing
	if errors.As(err, &facing) {
		b.answer(ctx, env, commands.Message{Text: facing.ForUser()})
		return
	}
	b.log.Error("an envelope failed", "error", err, "reference", env.ID, "type", env.Type, "command", env.Command, "action", env.ActionID)
	what := "that"
	if env.Command != "" {
		what = commandText(env.Command)
	}
	b.answer(ctx, env, commands.Message{Text: fmt.Sprintf(
		"Something went wrong here with %s. `/migrate-status` shows where things stand; whoever runs Ferryman finds the reason in its log under `%s`.",
		what, env.ID)})
}

// answer speaks to the person who did something, by whatever way the envelope leaves.
func (b *Bot) answer(ctx context.Context, env commands.Envelope, m commands.Message) {
	var err error
	if env.ResponseURL != "" {
		err = b.Slack.Respond(ctx, env.ResponseURL, m)
	} else {
		err = b.Slack.Ephemeral(ctx, env.Channel, env.User, env.ThreadTS, m)
	}
	if err != nil {
		b.log.Warn("an answer did not reach its person", "error", err, "envelope", env.ID)
	}
}

// commandText quotes a command unless it has something in it that is Slack's markup.
func commandText(command string) string {
	if strings.ContainsAny(command, "`<>&") || !strings.HasPrefix(command, "/") {
		return command
	}
	return "`" + command + "`"
}

func stack() string { return string(debug.Stack()) }
