// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"slices"

	"github.com/ferryman/ferryman/internal/standin/slack"
)

// Options say what a page shows.
type Options struct {
	// Slack is the workspace, Channel the id of the channel that the page shows.
	Slack   *slack.Server
	Channel string
	// Members are the ids of the users whom one may be, the first to begin with. Empty stands for everybody in the channel who is a
	// human and not deactivated.
	Members []string
	// Breaks are what the panel "Break things" offers.
	Breaks []Break
	// Title is the page's; empty stands for the app's name.
	Title string
	// Notes are paragraphs of mrkdwn on how to play, shown beside the channel.
	Notes []string
}

// Break is one thing that can be broken, or mended, from the page.
type Break struct {
	// ID names it among the others; Label is on the button, Help beside it.
	ID, Label, Help string
	// Do does it and says in a sentence what it did. It is called with the context of the click, and may be called again meanwhile.
	Do func(ctx context.Context) (string, error)
}

//go:embed assets
var assets embed.FS

type page struct {
	Options
}

// New is the page for one channel. Its event streams end with their requests: a server that shuts down gracefully waits for them unless
// it cancels its BaseContext or closes.
func New(o Options) http.Handler {
	p := &page{o}
	static, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err) // the directory is embedded above
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, static, "index.html") })
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", http.FileServerFS(static)))
	mux.HandleFunc("GET /api/state", p.member(p.serveState))
	mux.HandleFunc("GET /api/events", p.member(p.serveEvents))
	mux.HandleFunc("GET /api/files/{id}/{name}", p.member(p.serveFile))
	mux.HandleFunc("POST /api/say", act(p, p.say))
	mux.HandleFunc("POST /api/share", actUpTo(p, maxShare, p.share))
	mux.HandleFunc("POST /api/command", act(p, p.command))
	mux.HandleFunc("POST /api/press", act(p, p.press))
	mux.HandleFunc("POST /api/submit", act(p, p.submit))
	mux.HandleFunc("POST /api/close", act(p, p.closeView))
	mux.HandleFunc("POST /api/break", p.doBreak)
	return guard(mux)
}

// playable are the members one may be, as they are now.
func (p *page) playable() []slack.Member {
	all := p.Slack.Members()
	if len(p.Members) == 0 {
		inside := p.channel().Members
		return slices.DeleteFunc(all, func(m slack.Member) bool {
			return m.Kind == slack.BotMember || m.Kind == slack.Deactivated || !slices.Contains(inside, m.ID)
		})
	}
	var out []slack.Member
	for _, id := range p.Members {
		if i := slices.IndexFunc(all, func(m slack.Member) bool { return m.ID == id }); i >= 0 {
			out = append(out, all[i])
		}
	}
	return out
}

func (p *page) mayPlay(id string) bool {
	return slices.ContainsFunc(p.playable(), func(m slack.Member) bool { return m.ID == id })
}

func (p *page) channel() slack.Channel {
	for _, c := range p.Slack.Channels() {
		if c.ID == p.Channel {
			return c
		}
	}
	return slack.Channel{ID: p.Channel, Name: p.Channel}
}

// member checks whom a GET is for; without a name it is the first member.
func (p *page) member(serve func(w http.ResponseWriter, r *http.Request, member string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		member := r.URL.Query().Get("member")
		if all := p.playable(); member == "" && len(all) > 0 {
			member = all[0].ID
		}
		if !p.mayPlay(member) {
			refuse(w, http.StatusForbidden, "nobody can play "+member+" here")
			return
		}
		serve(w, r, member)
	}
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // nothing can be done for a reader who is gone
}

func refuse(w http.ResponseWriter, status int, words string) {
	answer(w, status, map[string]string{"error": words})
}
