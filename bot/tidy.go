// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"slices"
	"time"

	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

// lateAfter are the times after a doubtful call at which its late effects are mended.
var lateAfter = []time.Duration{0, 5 * time.Second, 30 * time.Second}

// succeeded waits until a message that this replica was at is in nobody's hands any more, and is false when the replica ends before.
func (b *Bot) succeeded(ctx context.Context, o *store.Sending) bool {
	for sleep(ctx, time.Second) {
		underWay, err := b.Store.UnderWay(ctx, o.Migration)
		if err == nil && (underWay == nil || underWay.ID != o.ID) {
			return true
		}
	}
	return false
}

// showAgain has a message edited again that this replica may have edited after its successor did, or will: Slack may be slow with what
// it has.
func (b *Bot) showAgain(ctx context.Context, o *store.Sending) {
	for began, i := time.Now(), 0; i < len(lateAfter); i++ {
		if !sleep(ctx, time.Until(began.Add(lateAfter[i]))) {
			return
		}
		for {
			err := b.Store.ShowAgain(ctx, o.Migration, o.Key)
			if err == nil {
				break
			}
			b.log.Warn("a message that may show old words is not edited again yet", "migration", o.Migration, "key", o.Key, "error", err)
			if !sleep(ctx, 5*time.Second) {
				return
			}
		}
	}
}

// removeTwins looks whether a message is in Slack twice, because a call had its effect after another replica, or this one, had looked for
// it in vain, and deletes all but the one that is recorded.
func (b *Bot) removeTwins(ctx context.Context, o *store.Sending) {
	for began, i := time.Now(), 0; i < len(lateAfter); i++ {
		if !sleep(ctx, time.Until(began.Add(lateAfter[i]))) {
			return
		}
		if err := b.removeTwinsNow(ctx, o); err != nil && ctx.Err() == nil {
			b.log.Warn("whether a message is there twice can't be looked up", "migration", o.Migration, "key", o.Key, "error", err)
		}
	}
}

func (b *Bot) removeTwinsNow(ctx context.Context, o *store.Sending) error {
	us, err := b.Slack.Identity(ctx)
	if err != nil {
		return err
	}
	place, err := b.place(ctx, o)
	if err != nil {
		return err
	}
	var all []string
	_, err = b.search(ctx, o, place, func(m slack.Message) bool {
		if isOurs(m, us, o) {
			all = append(all, m.Timestamp)
		}
		return false
	})
	slices.Sort(all)
	if all = slices.Compact(all); err != nil || len(all) < 2 {
		return err
	}
	keep := all[0]
	if o.Key != "" {
		posted, found, err := b.Store.PostedMessage(ctx, o.Migration, o.Key)
		if err != nil || !found || !slices.Contains(all, posted.TS) {
			return err
		}
		keep = posted.TS
	}
	for _, ts := range all {
		if ts == keep {
			continue
		}
		err := b.Slack.call(ctx, "chat.delete", func(ctx context.Context) error {
			_, _, err := b.Slack.api.DeleteMessageContext(ctx, place.Channel, ts)
			return err
		})
		if err != nil && !isCode(err, "message_not_found") {
			return err
		}
		b.log.Info("deleted a message that was there twice", "migration", o.Migration, "key", o.Key, "id", o.ID)
	}
	return nil
}

// isOurs tells the message of an Outgoing. Anybody's app can write the same metadata; only this bot's own message counts.
func isOurs(m slack.Message, us Identity, o *store.Sending) bool {
	return (m.BotID == us.BotID || m.User == us.UserID) && m.Metadata.EventType == metadataType && m.Metadata.EventPayload["id"] == o.ID
}
