// SPDX-License-Identifier: Apache-2.0

package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/ferryman/ferryman/commands"
	"github.com/slack-go/slack"
)

// filesKept bounds how many files of one message are looked at: Slack's client takes ten at once.
const filesKept = 20

// decodeShared reads an event of the Events API; nil for all but files that a person shared in a thread. The bot's own files, and those of
// other apps, are no person's.
func decodeShared(payload json.RawMessage) *delivery {
	var p struct {
		TeamID  string `json:"team_id"`
		EventID string `json:"event_id"`
		Event   struct {
			Type, Subtype, User, Channel, TS string
			ThreadTS                         string `json:"thread_ts"`
			BotID                            string `json:"bot_id"`
			Files                            []struct {
				ID, Name string
				Size     int
			}
		}
	}
	if json.Unmarshal(payload, &p) != nil || p.EventID == "" {
		return nil
	}
	e := p.Event
	if e.Type != "message" || e.Subtype != "file_share" || e.BotID != "" || e.User == "" || e.ThreadTS == "" || e.ThreadTS == e.TS || len(e.Files) == 0 {
		return nil
	}
	env := commands.Envelope{Type: commands.FilesShared, Team: p.TeamID, User: e.User, Channel: e.Channel, MessageTS: e.TS, ThreadTS: e.ThreadTS}
	for _, f := range e.Files[:min(len(e.Files), filesKept)] {
		env.Files = append(env.Files, commands.SharedFile{ID: f.ID, Name: f.Name, Size: f.Size})
	}
	// A message is shared once, whatever number of events tells of it.
	return &delivery{env: env, dedupe: []string{"files:" + digest(e.Channel+"/"+e.TS)}}
}

var _ commands.Files = (*Slack)(nil)

// Download implements commands.Files.
func (s *Slack) Download(ctx context.Context, fileID string, most int) ([]byte, error) {
	var file *slack.File
	err := s.call(ctx, "files.info", func(ctx context.Context) (err error) {
		file, _, _, err = s.api.GetFileInfoContext(ctx, fileID, 0, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	body := &bounded{most: most}
	err = s.call(ctx, "files.download", func(ctx context.Context) error {
		body.buffer.Reset()
		return s.api.GetFileContext(ctx, file.URLPrivateDownload, body)
	})
	if err != nil {
		return nil, err
	}
	return body.buffer.Bytes(), nil
}

// bounded is a buffer that takes no more than most bytes. It has no ReadFrom, by which io.Copy would get round that.
type bounded struct {
	buffer bytes.Buffer
	most   int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.buffer.Len()+len(p) > b.most {
		return 0, fmt.Errorf("the file is larger than %d kB", b.most>>10)
	}
	return b.buffer.Write(p)
}
