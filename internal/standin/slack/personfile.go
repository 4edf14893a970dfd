// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
)

// Upload is a file that a person drops into a channel.
type Upload struct {
	Name    string
	Content []byte
}

// Share drops files into a channel, or a thread unless thread is empty, in one message: what Slack's client does. It returns the message's
// ts. The app hears of it as of any message, with the subtype file_share.
func (p *Person) Share(channel, thread, text string, files ...Upload) (string, error) {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ch, err := p.in(channel)
	if err != nil {
		return "", err
	}
	if root := ch.message(thread); thread != "" && (root == nil || root.IsReply()) {
		return "", fmt.Errorf("%w: thread %s", ErrNotVisible, thread)
	}
	if ch.Archived || len(files) == 0 {
		return "", fmt.Errorf("%w: channel %s takes no files now", ErrNotVisible, channel)
	}
	m := Message{Channel: ch.ID, User: p.ID, Text: text, ThreadTS: thread, Subtype: "file_share"}
	var states []*fileState
	for _, u := range files {
		if len(u.Content) > maxFile {
			return "", fmt.Errorf("%s is larger than %d bytes", u.Name, maxFile)
		}
		f := &fileState{complete: true, uploaded: true}
		f.ID, f.Name, f.Title, f.User, f.Created = s.newID("F"), u.Name, u.Name, p.ID, s.now().Unix()
		f.Filetype = strings.TrimPrefix(strings.ToLower(path.Ext(u.Name)), ".")
		f.content, f.Size, f.Mimetype = slices.Clone(u.Content), len(u.Content), http.DetectContentType(u.Content)
		f.URLPrivate = s.url + "/files-pri/" + s.team.TeamID + "-" + f.ID + "/" + safeName(f.Name)
		f.Shares = map[string][]string{ch.ID: nil}
		s.files[f.ID] = f
		states, m.Files = append(states, f), append(m.Files, f.File)
	}
	posted := s.post(ch, m)
	for _, f := range states {
		f.Shares = map[string][]string{ch.ID: {posted.TS}}
		file := f.File
		s.emit(Change{Kind: FileShared, Channel: ch.ID, User: p.ID, File: &file, Message: posted})
	}
	return posted.TS, nil
}
