// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"errors"

	"github.com/ferryman/ferryman/internal/standin/slack"
)

// maxShare bounds what may be dropped at once, in bytes of JSON: files of 6 MB together, whose base64 is a third longer.
const maxShare = 8 << 20

// dropped is a file that a member drops into the channel or a thread. Content is base64 in JSON.
type dropped struct {
	Name    string `json:"name"`
	Content []byte `json:"content"`
}

func (p *page) share(_ context.Context, who *slack.Person, d deed) (done, error) {
	if len(d.Files) == 0 {
		return done{}, errors.New("there is no file to share")
	}
	files := make([]slack.Upload, len(d.Files))
	for i, f := range d.Files {
		if f.Name == "" {
			return done{}, errors.New("a file needs a name")
		}
		files[i] = slack.Upload{Name: f.Name, Content: f.Content}
	}
	ts, err := who.Share(p.Channel, d.Thread, p.typed(d.Text), files...)
	return done{TS: ts}, err
}
