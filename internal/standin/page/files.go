// SPDX-License-Identifier: Apache-2.0

package page

import (
	"bytes"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/standin/slack"
)

// sandbox lets a file be looked at, without scripts, without requests, and as an origin of its own.
const sandbox = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"

// serveFile gives a file of the channel to a member who is in it. What a browser can't show is downloaded.
func (p *page) serveFile(w http.ResponseWriter, r *http.Request, member string) {
	files := p.Slack.Files(p.Channel)
	i := slices.IndexFunc(files, func(f slack.File) bool { return f.ID == r.PathValue("id") })
	if i < 0 || !slices.Contains(p.channel().Members, member) {
		refuse(w, http.StatusNotFound, "there is no such file in the channel")
		return
	}
	f := files[i]
	kind, _, _ := strings.Cut(f.Mimetype, ";")
	shown := strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "image/") || kind == "application/json"
	disposition := "inline"
	if !shown || r.URL.Query().Has("download") {
		disposition = "attachment"
	}
	h := w.Header()
	h.Set("Content-Security-Policy", sandbox)
	h.Set("Content-Type", f.Mimetype)
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	http.ServeContent(w, r, "", time.Unix(f.Created, 0), bytes.NewReader(f.Content()))
}
