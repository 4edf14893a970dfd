// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/standin/slack"
)

// The people of the rehearsal see what Slack shows them, and nothing else.

// command types a slash command and waits for its answer, which must come within Slack's three seconds or by the response_url.
func (r *rehearsal) command(ctx context.Context, user, line string) (string, error) {
	if r.persistence != nil {
		return "", r.persistentCommand(ctx, user, line)
	}
	began := time.Now()
	seen := len(r.world.slack.Ephemerals(user))
	answer, err := r.world.slack.As(user).Command(ctx, slack.Migrations, line)
	if err != nil {
		return "", fmt.Errorf("%s: %w", line, err)
	}
	if answer.Error != "" {
		return "", fmt.Errorf("%s: Slack shows %s", line, answer.Error)
	}
	if text := answer.Text(); text != "" {
		return text, nil
	}
	var text string
	err = r.world.slack.Wait(ctx, func() bool {
		now := r.world.slack.Ephemerals(user)
		if len(now) <= seen {
			return false
		}
		text = r.world.slack.RenderText(now[len(now)-1])
		return true
	})
	if err != nil {
		return "", fmt.Errorf("%s: no answer after %s: %w", line, time.Since(began).Round(time.Second), err)
	}
	return text, nil
}

// mark is a place in the thread: what comes after it is new.
func (r *rehearsal) mark() string {
	messages := r.world.slack.Messages(slack.Migrations)
	if len(messages) == 0 {
		return ""
	}
	last := messages[0].TS
	for _, m := range messages {
		last = max(last, m.TS)
	}
	return last
}

// stoppedError is a phase that ended otherwise than hoped: with what the thread says.
type stoppedError struct{ phase, text string }

func (e *stoppedError) Error() string {
	return fmt.Sprintf("%s did not end well; the thread says:\n%s", e.phase, e.text)
}

// until waits for a new message of the thread whose text has one of the words; a message that says something failed ends the wait.
func (r *rehearsal) until(ctx context.Context, phase, after string, words ...string) (slack.Message, error) {
	var found slack.Message
	var failed string
	err := r.world.slack.Wait(ctx, func() bool {
		select {
		case <-r.childDone():
			failed = "ferryman ended:\n" + r.child.log()
			return true
		default:
		}
		for _, m := range r.world.slack.Messages(slack.Migrations) {
			if m.TS <= after || !m.IsReply() {
				continue
			}
			text := r.world.slack.RenderText(m)
			for _, w := range words {
				if strings.Contains(text, w) {
					found = m
					return true
				}
			}
			if strings.Contains(text, "⏸") { // approved, and waits for what is named there: it begins by itself
				continue
			}
			if strings.Contains(text, "❌") || strings.Contains(text, "⚠") || strings.Contains(text, "✖") {
				failed = text
				return true
			}
		}
		return false
	})
	switch {
	case failed != "":
		return found, &stoppedError{phase, failed}
	case err != nil:
		return found, fmt.Errorf("%s: nothing in the thread says that it ended: %w", phase, err)
	}
	return found, nil
}

// phase types a phase's command and waits for its end.
func (r *rehearsal) phase(ctx context.Context, name string, words ...string) error {
	r.at(name)
	after := r.mark()
	if _, err := r.command(ctx, slack.DBA, "/migrate-"+name+" "+r.world.schema.name); err != nil {
		return err
	}
	_, err := r.until(ctx, name, after, words...)
	return err
}

// approve has both approvers press Approve in a request's message, and confirm where they are asked to.
func (r *rehearsal) approve(ctx context.Context, m slack.Message, confirm bool) error {
	for _, user := range []string{slack.Lead, slack.OnCall} {
		if r.persistence != nil {
			if err := r.persistentApproval(ctx, user, m, confirm); err != nil {
				return err
			}
			continue
		}
		person := r.world.slack.As(user)
		if err := person.Press(ctx, m.Channel, m.TS, "approval.approve"); err != nil {
			return fmt.Errorf("%s presses Approve: %w", user, err)
		}
		if confirm {
			view, err := r.world.slack.WaitModal(ctx, user, func(v slack.View) bool { return v.CallbackID == "approval.confirm" })
			if err != nil {
				return fmt.Errorf("the modal of %s: %w", user, err)
			}
			out, err := person.Submit(ctx, view.ID, map[string]any{"name": r.world.schema.name})
			if err != nil {
				return fmt.Errorf("%s confirms: %w", user, err)
			}
			if len(out.Errors) > 0 {
				return fmt.Errorf("%s confirms: %v", user, out.Errors)
			}
		}
		name := r.world.slack.Name(user)
		if err := r.world.slack.Wait(ctx, func() bool {
			now, ok := r.world.slack.Message(m.Channel, m.TS)
			text := r.world.slack.RenderText(now)
			return ok && (strings.Contains(text, name+" approved") || strings.Contains(text, "Two people said yes"))
		}); err != nil {
			return fmt.Errorf("the approval of %s does not show: %w", user, err)
		}
	}
	return nil
}

// refused presses Approve as somebody who does not count, and returns what that person is told.
func (r *rehearsal) refused(ctx context.Context, user string, m slack.Message) (string, error) {
	if r.persistence != nil {
		return "", r.persistentRefusal(ctx, user, m)
	}
	seen := len(r.world.slack.Ephemerals(user))
	if err := r.world.slack.As(user).Press(ctx, m.Channel, m.TS, "approval.approve"); err != nil {
		return "", err
	}
	var text string
	err := r.world.slack.Wait(ctx, func() bool {
		now := r.world.slack.Ephemerals(user)
		if len(now) > seen {
			text = r.world.slack.RenderText(now[len(now)-1])
		}
		return text != ""
	})
	return text, err
}
