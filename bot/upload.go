// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ferryman/ferryman/commands"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

// filesAppear is how long Slack is given to show files in the thread that it has taken: it works on them on its own time.
const filesAppear = 15 * time.Second

// upload puts a message's files into the thread, before the message itself and in their order, and writes down each that is shared. What
// Slack refuses is returned in words for the message, so that the thread does not wait for it.
func (b *Bot) upload(ctx context.Context, h *hold, o *store.Sending, place store.Posted, files []commands.File) (refused []string, err error) {
	for i, f := range files {
		if slices.Contains(o.Uploaded, f.Name) {
			continue
		}
		if i > 0 && o.Stage == store.Taken {
			b.waitForFiles(ctx, o, place) // Two that Slack works on at a time come in any order.
		}
		err := b.uploadOne(ctx, h, o, place, f)
		switch {
		case err == nil:
			o.Uploaded = append(o.Uploaded, f.Name)
			if err := b.Store.MarkOutgoing(ctx, h.owner, o, o.Stage); err != nil {
				return nil, err
			}
		case errors.As(err, new(*laterError)) || !isRefusal(err):
			return nil, err
		default:
			b.log.Error("Slack refused a file", "migration", o.Migration, "file", f.Name, "error", err)
			refused = append(refused, fmt.Sprintf("The file %s is missing: %v.", f.Name, err))
		}
	}
	if o.Stage == store.Taken {
		b.waitForFiles(ctx, o, place)
	}
	return refused, nil
}

// uploadOne shares one file. Its id is written down before it is shared, so that after a crash it can be looked for, and shared once more
// only if it is not there: Slack shares an upload once.
func (b *Bot) uploadOne(ctx context.Context, h *hold, o *store.Sending, place store.Posted, f commands.File) error {
	if err := b.turn(ctx, methodUpload, place.Channel, o.Priority); err != nil {
		return err
	}
	if id := o.Files[f.Name]; id != "" {
		if there, err := b.filesThere(ctx, o, place, id); err != nil || there {
			return err
		}
		err := b.share(ctx, h, place, f, id)
		if err == nil || !isRefusal(err) || errors.As(err, new(*laterError)) {
			return err
		}
		// It was shared already, and Slack is not done with it, or the upload has expired.
		if sleep(ctx, settled); ctx.Err() != nil {
			return ctx.Err()
		}
		if there, err := b.filesThere(ctx, o, place, id); err != nil || there {
			return err
		}
	}
	id, err := b.uploadContent(ctx, h, f)
	if err != nil {
		return err
	}
	if o.Files == nil {
		o.Files = map[string]string{}
	}
	o.Files[f.Name] = id
	if err := b.Store.MarkOutgoing(ctx, h.owner, o, o.Stage); err != nil {
		return err
	}
	return b.share(ctx, h, place, f, id)
}

func (b *Bot) uploadContent(ctx context.Context, h *hold, f commands.File) (id string, err error) {
	body := f.Content
	if len(body) == 0 {
		body = []byte("\n") // Slack takes no empty files.
	}
	err = b.callAlone(ctx, h, methodUpload, func(ctx context.Context) error {
		to, err := b.Slack.api.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: f.Name, FileSize: len(body)})
		if err != nil {
			return err
		}
		id = to.FileID
		return b.Slack.api.UploadToURL(ctx, slack.UploadToURLParameters{UploadURL: to.UploadURL, Reader: bytes.NewReader(body), Filename: f.Name})
	})
	return id, err
}

func (b *Bot) share(ctx context.Context, h *hold, place store.Posted, f commands.File, id string) error {
	return b.callAlone(ctx, h, methodUpload, func(ctx context.Context) error {
		_, err := b.Slack.api.CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{
			Files: []slack.FileSummary{{ID: id, Title: cmp.Or(f.Title, f.Name)}}, Channel: place.Channel, ThreadTimestamp: place.TS,
		})
		return err
	})
}

// waitForFiles waits a while for a message's files to be in the thread, so that they are above it.
func (b *Bot) waitForFiles(ctx context.Context, o *store.Sending, place store.Posted) {
	var ids []string
	for _, name := range o.Uploaded {
		if id := o.Files[name]; id != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return
	}
	wait := 200 * time.Millisecond
	for began := time.Now(); time.Since(began) < filesAppear; wait *= 2 {
		there, err := b.filesThere(ctx, o, place, ids...)
		if there {
			return
		}
		if err != nil {
			b.log.Warn("whether files are in the thread can't be looked up", "migration", o.Migration, "key", o.Key, "error", err)
		}
		if !sleep(ctx, wait) {
			return
		}
	}
	b.log.Warn("Slack is slow with files; what follows them goes before them", "migration", o.Migration, "key", o.Key)
}

// filesThere tells whether files are all in the thread.
func (b *Bot) filesThere(ctx context.Context, o *store.Sending, place store.Posted, ids ...string) (bool, error) {
	missing := slices.Clone(ids)
	_, err := b.search(ctx, o, place, func(m slack.Message) bool {
		missing = slices.DeleteFunc(missing, func(id string) bool {
			return slices.ContainsFunc(m.Files, func(f slack.File) bool { return f.ID == id })
		})
		return len(missing) == 0
	})
	return len(missing) == 0, err
}
