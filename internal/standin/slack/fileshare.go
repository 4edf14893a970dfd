// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// completeUpload finishes uploads and shares them. The message appears a moment later: Slack processes files on its own time.
func completeUpload(c *call) (object, *apiError) {
	s := c.s
	given, ok := c.structured("files")
	list, isList := given.([]any)
	if !ok || !isList || len(list) == 0 {
		return nil, failWith("invalid_arguments", "must provide an array of files [json-pointer:/files]")
	}
	var files []*fileState
	titles := map[*fileState]string{}
	for _, item := range list {
		o, _ := item.(object)
		id, _ := o["id"].(string)
		f := s.files[id]
		if f == nil || !f.uploaded || f.complete {
			return nil, fail("file_not_found")
		}
		if titles[f], _ = o["title"].(string); titles[f] == "" {
			titles[f] = f.Name
		}
		files = append(files, f)
	}
	target := params{values: object{"channel": c.str("channel_id")}}
	if c.has("channels") && !c.has("channel_id") {
		first, rest, more := strings.Cut(c.str("channels"), ",")
		if more && rest != "" {
			return nil, failWith("invalid_arguments", "share to one channel at a time [json-pointer:/channels]")
		}
		target.values["channel"] = first
	}
	var ch *channelState
	thread := ""
	if target.str("channel") != "" {
		var e *apiError
		if ch, e = (&call{params: target, s: s}).target(); e != nil {
			if e.code == "not_in_channel" {
				e = fail("channel_not_found")
			}
			return nil, e
		}
		if thread, e = s.thread(ch, c.str("thread_ts")); e != nil {
			return nil, e
		}
	}
	body := content{text: c.str("initial_comment")}
	if body.text == "" {
		var e *apiError
		if body, e = s.readContent(params{values: object{"blocks": c.values["blocks"]}}, maxText); e != nil {
			return nil, e
		}
	}
	answer := []object{}
	for _, f := range files {
		f.complete, f.Title, f.Created = true, titles[f], s.now().Unix()
		f.URLPrivate = s.url + "/files-pri/" + s.team.TeamID + "-" + f.ID + "/" + safeName(f.Name)
		answer = append(answer, f.api())
	}
	if ch != nil {
		s.begin(func() { s.share(files, ch, thread, body) })
	}
	return object{"files": answer}, nil
}

func safeName(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789._-", r) {
			return r
		}
		return '_'
	}, strings.ToLower(name))
}

func (s *Server) share(files []*fileState, ch *channelState, thread string, body content) {
	timer := time.NewTimer(s.timing.FileProcessing)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ctx.Done():
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if thread != "" && ch.message(thread) == nil {
		thread = ""
	}
	m := s.botMessage(ch.ID, body)
	m.ThreadTS = thread
	for _, f := range files {
		m.Files = append(m.Files, f.File)
	}
	posted := s.post(ch, m)
	for _, f := range files {
		f.Shares = maps.Clone(f.Shares)
		if f.Shares == nil {
			f.Shares = map[string][]string{}
		}
		f.Shares[ch.ID] = append(slices.Clone(f.Shares[ch.ID]), posted.TS)
		file := f.File
		s.emit(Change{Kind: FileShared, Channel: ch.ID, User: f.User, File: &file, Message: posted})
	}
}

// Files are the files shared in a channel, with their content, in the order they appeared.
func (s *Server) Files(channel string) []File {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []File
	if ch := s.channels[channel]; ch != nil {
		for _, m := range ch.messages {
			for _, f := range m.Files {
				out = append(out, s.files[f.ID].File)
			}
		}
	}
	return out
}
