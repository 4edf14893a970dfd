// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"fmt"
	"io"
	"log"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// longestBackoff is where a client that can't connect is replaced by a new one, because slack-go's own wait grows to five minutes.
const longestBackoff = 15 * time.Second

// sockets counts the open connections.
type sockets struct{ open atomic.Int64 }

// Connected is the number of sockets that Slack has said hello on and that are open.
func (b *Bot) Connected() int { return int(b.sockets.open.Load()) }

// runSocket keeps the i-th connection to Slack until ctx ends. It returns an error only when Slack refuses the app token.
func (b *Bot) runSocket(ctx context.Context, i int) error {
	if !sleep(ctx, time.Duration(i)*b.SocketOffset) {
		return nil
	}
	for ctx.Err() == nil {
		err := b.runClient(ctx)
		if isTokenError(err) {
			return explain("apps.connections.open", err)
		}
		if err != nil && ctx.Err() == nil {
			b.log.Warn("a socket to Slack ended; opening another", "error", err)
			sleep(ctx, time.Second)
		}
	}
	return nil
}

// runClient is the life of one slack-go client, which reconnects by itself for as long as that does not take it too long.
func (b *Bot) runClient(running context.Context) error {
	ctx, cancel := context.WithCancelCause(running)
	defer cancel(nil)
	client := socketmode.New(b.Slack.api, socketmode.OptionLog(log.New(io.Discard, "", 0)))
	done := make(chan error, 1)
	go func() { done <- client.RunContext(ctx) }()

	var handling sync.WaitGroup
	defer handling.Wait()
	helloed := false
	gone := func() {
		if helloed {
			helloed = false
			b.sockets.open.Add(-1)
		}
	}
	defer gone()
	for {
		select {
		case err := <-done:
			if cause := context.Cause(ctx); cause != nil {
				return cause
			}
			return err
		case e := <-client.Events:
			switch e.Type {
			case socketmode.EventTypeConnecting:
				gone()
			case socketmode.EventTypeHello:
				if !helloed {
					helloed = true
					b.sockets.open.Add(1)
				}
			case socketmode.EventTypeConnectionError:
				if failed, ok := e.Data.(*slack.ConnectionErrorEvent); ok {
					b.log.Warn("no socket to Slack", "error", failed.ErrorObj, "attempt", failed.Attempt)
					if failed.Backoff > longestBackoff {
						cancel(fmt.Errorf("no connection for too long: %w", failed.ErrorObj))
					}
				}
			case socketmode.EventTypeErrorWriteFailed, socketmode.EventTypeErrorBadMessage:
				b.log.Warn("trouble on a socket to Slack", "kind", string(e.Type))
			default:
				if e.Request != nil && e.Request.EnvelopeID != "" {
					handling.Go(func() { b.receive(running, ctx, client, e) })
				}
			}
		}
	}
}
