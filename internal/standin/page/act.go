// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/ferryman/ferryman/internal/standin/slack"
)

// maxBody bounds what one request may say, in bytes: a modal full of long fields fits.
const maxBody = 256 << 10

// deed is what a member does on the page.
type deed struct {
	Member   string         `json:"member"`
	Text     string         `json:"text"`
	Thread   string         `json:"thread"`
	TS       string         `json:"ts"`
	View     string         `json:"view"`
	ActionID string         `json:"action_id"`
	Value    string         `json:"value"`
	Choice   any            `json:"choice"`
	Values   map[string]any `json:"values"`
	Files    []dropped      `json:"files"`
}

// act reads a deed of at most maxBody bytes and lets the member do it.
func act[T any](p *page, do func(ctx context.Context, who *slack.Person, d deed) (T, error)) http.HandlerFunc {
	return actUpTo(p, maxBody, do)
}

func actUpTo[T any](p *page, most int64, do func(ctx context.Context, who *slack.Person, d deed) (T, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var d deed
		if err := read(w, r, most, &d); err != nil {
			refuse(w, http.StatusBadRequest, err.Error())
			return
		}
		if !p.mayPlay(d.Member) {
			refuse(w, http.StatusForbidden, "nobody can play "+d.Member+" here")
			return
		}
		result, err := do(r.Context(), p.Slack.As(d.Member), d)
		if err != nil {
			refuse(w, statusOf(err), err.Error())
			return
		}
		answer(w, http.StatusOK, result)
	}
}

// read takes one JSON object of at most most bytes and nothing after it.
func read(w http.ResponseWriter, r *http.Request, most int64, v any) error {
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
	body.DisallowUnknownFields()
	if err := body.Decode(v); err != nil {
		return fmt.Errorf("the request can't be read: %w", err)
	}
	if _, err := body.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the request can't be read: there is more than one object")
	}
	return nil
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, slack.ErrCannotAct), errors.Is(err, slack.ErrNotVisible):
		return http.StatusForbidden
	case errors.Is(err, slack.ErrNoElement):
		return http.StatusConflict
	case errors.Is(err, slack.ErrNotAcked):
		return http.StatusGatewayTimeout
	case errors.Is(err, slack.ErrNoApp):
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

type done struct {
	TS    string `json:"ts,omitempty"`
	Error string `json:"error,omitempty"`
	Text  string `json:"text,omitempty"`
}

func (p *page) say(_ context.Context, who *slack.Person, d deed) (done, error) {
	if d.Text == "" {
		return done{}, errors.New("a message needs words")
	}
	ts, err := who.Say(p.Channel, d.Thread, p.typed(d.Text))
	return done{TS: ts}, err
}

func (p *page) command(ctx context.Context, who *slack.Person, d deed) (done, error) {
	if d.Thread != "" {
		a, err := who.CommandInThread(ctx, p.Channel, d.Thread, d.Text)
		return done{Error: a.Error}, err
	}
	a, err := who.Command(ctx, p.Channel, d.Text)
	return done{Error: a.Error}, err
}

// press clicks a button, or chooses in anything else, in a message or in an open view.
func (p *page) press(ctx context.Context, who *slack.Person, d deed) (done, error) {
	if d.Choice != nil {
		choice, err := chosen(d.Choice)
		if err != nil {
			return done{}, err
		}
		if d.View != "" {
			return done{}, who.ChooseInView(ctx, d.View, d.ActionID, choice)
		}
		return done{}, who.Choose(ctx, p.Channel, d.TS, d.ActionID, choice)
	}
	button := func(e slack.Block) bool {
		value, _ := e["value"].(string)
		return e["action_id"] == d.ActionID && value == d.Value
	}
	if d.View != "" {
		return done{}, who.PressInViewWhere(ctx, d.View, button)
	}
	return done{}, who.PressWhere(ctx, p.Channel, d.TS, button)
}

func (p *page) submit(ctx context.Context, who *slack.Person, d deed) (slack.Submission, error) {
	values := make(map[string]any, len(d.Values))
	for name, v := range d.Values {
		value, err := chosen(v)
		if err != nil {
			return slack.Submission{}, fmt.Errorf("field %q: %w", name, err)
		}
		values[name] = value
	}
	return who.Submit(ctx, d.View, values)
}

func (p *page) closeView(_ context.Context, who *slack.Person, d deed) (done, error) {
	return done{}, who.CloseView(d.View)
}

// chosen is a value as the stand-in takes it: a string, or strings.
func chosen(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case []any:
		list := make([]string, len(v))
		for i, each := range v {
			s, ok := each.(string)
			if !ok {
				return nil, errors.New("a choice is a string or a list of strings")
			}
			list[i] = s
		}
		return list, nil
	}
	return nil, errors.New("a choice is a string or a list of strings")
}

// doBreak breaks something.
func (p *page) doBreak(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		ID string `json:"id"`
	}
	if err := read(w, r, maxBody, &asked); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	i := slices.IndexFunc(p.Breaks, func(b Break) bool { return b.ID == asked.ID })
	if i < 0 {
		refuse(w, http.StatusNotFound, "there is nothing called "+asked.ID+" to break")
		return
	}
	text, err := p.Breaks[i].Do(r.Context())
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	answer(w, http.StatusOK, done{Text: text})
}
