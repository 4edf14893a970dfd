// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"context"
	"time"

	"github.com/ferryman/ferryman/store"
)

// tidyFor is how long a replica that was succeeded waits for its successor to be done with the same message.
const tidyFor = 2 * time.Minute

// tidy takes back what a replica did to Slack that slept through its lease between its last look and its call: a message that its
// successor has posted too is deleted, and one that it has edited since is edited once more.
func (b *Bot) tidy(ctx context.Context, o *store.Sending, at store.Posted, edited bool) {
	ctx, cancel := context.WithTimeout(ctx, tidyFor)
	defer cancel()
	for sleep(ctx, time.Second) {
		underWay, err := b.Store.UnderWay(ctx, o.Migration)
		if err != nil || underWay != nil && underWay.ID == o.ID {
			continue
		}
		posted, found, err := b.Store.PostedMessage(ctx, o.Migration, o.Key)
		if err != nil {
			continue
		}
		here := posted.Channel == at.Channel && posted.TS == at.TS
		if o.Key == "" || !found || here != edited {
			return // Its successor found it; or the message that was edited is not the one any more.
		}
		if edited { // Whether a newer edit was written over can't be told.
			err = b.Store.ShowAgain(ctx, o.Migration, o.Key)
		} else {
			err = b.Slack.call(ctx, "chat.delete", func(ctx context.Context) error {
				_, _, err := b.Slack.api.DeleteMessageContext(ctx, at.Channel, at.TS)
				return err
			})
			if isCode(err, "message_not_found") {
				err = nil
			}
		}
		if err == nil {
			b.log.Info("mended a message that was sent while another replica had its outbox", "migration", o.Migration, "key", o.Key, "id", o.ID)
			return
		}
		b.log.Warn("a message that was sent while another replica had its outbox is not mended yet", "migration", o.Migration, "key", o.Key, "error", err)
	}
}
