// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// maxFile bounds an upload; Slack's own bound is 1 GB.
const maxFile = 64 << 20

// File is an uploaded file. Content comes with what people see, never with the API.
type File struct {
	ID         string              `json:"id"`
	Name       string              `json:"name"`
	Title      string              `json:"title"`
	User       string              `json:"user"`
	Size       int                 `json:"size"`
	Mimetype   string              `json:"mimetype"`
	Filetype   string              `json:"filetype"`
	URLPrivate string              `json:"url_private"`
	Shares     map[string][]string `json:"shares,omitempty"` // channel → timestamps of the messages
	Created    int64               `json:"created"`

	content []byte
}

// Content is what is in the file.
func (f File) Content() []byte { return f.content }

type fileState struct {
	File
	upload             string
	announced          int
	uploaded, complete bool
}

func (f *File) api() object {
	shares := object{}
	for channel, at := range f.Shares {
		list := []object{}
		for _, ts := range at {
			list = append(list, object{"ts": ts, "reply_count": 0, "reply_users": []string{}, "reply_users_count": 0})
		}
		kind := "public"
		if !strings.HasPrefix(channel, "C") {
			kind = "private"
		}
		kinds, _ := shares[kind].(object)
		if kinds == nil {
			kinds = object{}
		}
		kinds[channel], shares[kind] = list, kinds
	}
	channels := []string{}
	for id := range f.Shares {
		channels = append(channels, id)
	}
	slices.Sort(channels)
	return object{
		"id": f.ID, "name": f.Name, "title": f.Title, "user": f.User, "size": f.Size, "mimetype": f.Mimetype, "filetype": f.Filetype,
		"pretty_type": strings.ToUpper(f.Filetype), "mode": "hosted", "is_external": false, "is_public": len(f.Shares) > 0, "created": f.Created,
		"timestamp": f.Created, "url_private": f.URLPrivate, "url_private_download": f.URLPrivate + "?download=1", "permalink": f.URLPrivate,
		"channels": channels, "groups": []string{}, "ims": []string{}, "shares": shares, "editable": false,
	}
}

func getUploadURL(c *call) (object, *apiError) {
	s := c.s
	if c.json { // takes a form only, as its reference page says
		return nil, failWith("invalid_arguments", "missing required field: filename", "missing required field: length")
	}
	length, ok := c.number("length", 0)
	if !ok || length <= 0 {
		return nil, failWith("invalid_arguments", "must be greater than 0 [json-pointer:/length]")
	}
	if length > maxFile {
		return nil, fail("file_upload_size_restricted")
	}
	f := &fileState{announced: length, upload: fmt.Sprintf("/upload/v1/%016x%016x", rand.Uint64(), rand.Uint64())}
	f.ID, f.Name, f.User = s.newID("F"), c.str("filename"), s.app.BotUser
	f.Filetype = strings.TrimPrefix(strings.ToLower(path.Ext(f.Name)), ".")
	s.files[f.ID] = f
	return object{"upload_url": s.url + f.upload, "file_id": f.ID}, nil
}

// serveUpload takes the bytes: as the body, or as the first file of a multipart form.
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request) {
	content, err := uploaded(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls["upload"]++
	var f *fileState
	for _, each := range s.files {
		if each.upload == r.URL.Path {
			f = each
		}
	}
	switch {
	case f == nil:
		http.Error(w, "not found", http.StatusNotFound)
	case r.Method != http.MethodPost || err != nil:
		http.Error(w, "bad upload", http.StatusBadRequest)
	case f.uploaded:
		http.Error(w, "already uploaded", http.StatusBadRequest)
	case len(content) != f.announced:
		http.Error(w, "length mismatch", http.StatusBadRequest)
	default:
		f.content, f.Size, f.uploaded = content, len(content), true
		f.Mimetype = http.DetectContentType(content)
		_, _ = fmt.Fprintf(w, "OK - %d", len(content))
	}
}

func uploaded(r *http.Request) ([]byte, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, maxFile+64<<10)
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return io.ReadAll(r.Body)
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	for {
		var part *multipart.Part
		if part, err = parts.NextPart(); err != nil {
			return nil, err
		}
		if part.FileName() != "" {
			return io.ReadAll(part)
		}
	}
}

// fileVisible says whether the bot may read a file: its own, or one shared where it is.
func (s *Server) fileVisible(f *fileState) bool {
	if f == nil || !f.complete {
		return false
	}
	for channel := range f.Shares {
		if s.visible(channel) != nil {
			return true
		}
	}
	return f.User == s.app.BotUser
}

func fileInfo(c *call) (object, *apiError) {
	f := c.s.files[c.str("file")]
	if !c.s.fileVisible(f) {
		return nil, fail("file_not_found")
	}
	return object{"file": f.api(), "comments": []any{}, "response_metadata": object{"next_cursor": ""}}, nil
}

// serveDownload gives a file to a token with files:read; anybody else is led to the sign-in page, as Slack does.
func (s *Server) serveDownload(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	granted, e := s.scopesOf(token, botToken)
	var f *fileState
	for _, each := range s.files {
		if each.complete && r.URL.Path == strings.TrimPrefix(each.URLPrivate, s.url) {
			f = each
		}
	}
	allowed := e == nil && slices.Contains(granted, "files:read") && s.fileVisible(f)
	s.mu.Unlock()
	if !allowed {
		http.Redirect(w, r, "/?redir="+r.URL.Path, http.StatusFound)
		return
	}
	w.Header().Set("Content-Type", f.Mimetype)
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(f.content)))
}
