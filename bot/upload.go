// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

// upload puts a message's files into the thread, before the message itself, and writes down each that is there. What Slack refuses is
// returned in words for the message, so that the thread does not wait for it.
func (b *Bot) upload(ctx context.Context, owner string, o *store.Sending, place store.Posted, files []commands.File) (refused []string, err error) {
	for _, f := range files {
		if slices.Contains(o.Uploaded, f.Name) {
			continue
		}
		if err := b.turn(ctx, methodUpload, place.Channel, o.Priority); err != nil {
			return nil, err
		}
		err := b.uploadOne(ctx, place, f)
		var answer slack.SlackErrorResponse
		switch {
		case errors.As(err, &answer):
			err = explain(methodUpload, err)
			b.log.Error("Slack refused a file", "migration", o.Migration, "file", f.Name, "error", err)
			refused = append(refused, fmt.Sprintf("The file %s is missing: %v.", f.Name, err))
			continue
		case err != nil:
			return nil, b.paused(ctx, methodUpload, err)
		}
		o.Uploaded = append(o.Uploaded, f.Name)
		if err := b.Store.MarkOutgoing(ctx, owner, o, o.Stage); err != nil {
			return nil, err
		}
	}
	return refused, nil
}

func (b *Bot) uploadOne(ctx context.Context, place store.Posted, f commands.File) error {
	body := f.Content
	if len(body) == 0 {
		body = []byte("\n") // Slack takes no empty files.
	}
	return b.Slack.once(ctx, methodUpload, func(ctx context.Context) error {
		_, err := b.Slack.api.UploadFileContext(ctx, slack.UploadFileParameters{
			Reader: bytes.NewReader(body), FileSize: len(body), Filename: f.Name, Title: cmp.Or(f.Title, f.Name),
			Channel: place.Channel, ThreadTimestamp: place.TS,
		})
		return err
	})
}
