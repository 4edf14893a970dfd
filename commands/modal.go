// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

// The callback ids of the modals, and their one input.
const (
	rejectView  = "approval.reject"
	confirmView = "approval.confirm"
	reasonInput = "reason"
	nameInput   = "name"
)

// reasonLimit bounds a reason, in characters.
const reasonLimit = 500

// Modal is the view that a button opens: a reason for a No, the migration's name for a cutover. It has no effects of its own.
func (r *Router) Modal(ctx context.Context, env Envelope) (*slack.ModalViewRequest, error) {
	if env.Type == BlockAction && env.ActionID == decideAction {
		return r.decisionModal(ctx, env)
	}
	if env.Type != BlockAction || env.ActionID != rejectAction && env.ActionID != approveAction {
		return nil, nil
	}
	m, request, err := r.request(ctx, env.Value)
	if err != nil {
		return nil, told(err)
	}
	if !asksFirst(env, request) {
		return nil, nil
	}
	if err := r.fromItsMessage(ctx, m, request, env); err != nil {
		return nil, told(err)
	}
	if refused, err := r.wouldRefuse(ctx, m, request, clickOf(env)); refused || err != nil {
		return nil, told(err)
	}
	input := slack.NewPlainTextInputBlockElement(nil, reasonInput)
	input.Multiline, input.MaxLength = true, reasonLimit
	view := &slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: rejectView, PrivateMetadata: request.ID,
		Title: plainText("Reject"), Submit: plainText("Reject"), Close: plainText("Back"),
	}
	what := fmt.Sprintf("*%s of %s*, plan `%s`, asked by <@%s>. One No ends the request.", title(request.Phase), m.Name,
		request.Fingerprint[:12], request.Requester)
	label := "Why not?"
	if env.ActionID == approveAction {
		input = slack.NewPlainTextInputBlockElement(nil, nameInput)
		view.CallbackID, view.Title, view.Submit = confirmView, plainText("Approve the cutover"), plainText("Approve")
		what = fmt.Sprintf("*Cutover of %s*, plan `%s`, asked by <@%s>: %s → %s. Afterwards the applications write to PostgreSQL.", m.Name,
			request.Fingerprint[:12], request.Requester, Escape(m.Source), Escape(m.Target))
		label = "Type the migration's name"
	}
	view.Blocks.BlockSet = []slack.Block{section(what), slack.NewInputBlock(input.ActionID, plainText(label), nil, input)}
	return view, nil
}

// told drops what Handle tells the person anyway, for the same envelope.
func told(err error) error {
	var refusal Refusal
	if errors.As(err, &refusal) {
		return nil
	}
	return err
}

// ViewErrors says what is wrong with a submitted modal, by the block_id of the input. A wrong name is a click that did not count.
func (r *Router) ViewErrors(ctx context.Context, env Envelope) (map[string]string, error) {
	if strings.HasPrefix(env.CallbackID, decisionView) {
		return r.decisionErrors(ctx, env)
	}
	wrong, err := r.wrong(ctx, env)
	if err != nil || wrong[nameInput] == "" {
		return wrong, err
	}
	m, request, err := r.request(ctx, env.PrivateMetadata)
	if err != nil {
		return nil, err
	}
	err = r.noted(ctx, env, m.Name, request.Phase, request.Fingerprint, &uncounted{Refusal(wrong[nameInput]), wrongName})
	return wrong, told(err)
}

// wrong is what ViewErrors says.
func (r *Router) wrong(ctx context.Context, env Envelope) (map[string]string, error) {
	switch env.CallbackID {
	case rejectView:
		if strings.TrimSpace(env.Fields[reasonInput]) == "" {
			return map[string]string{reasonInput: "A reason is needed: it is shown in the thread."}, nil
		}
	case confirmView:
		m, _, err := r.request(ctx, env.PrivateMetadata)
		if err != nil {
			return nil, err
		}
		if strings.TrimSpace(env.Fields[nameInput]) != m.Name {
			return map[string]string{nameInput: "That is not the migration's name, " + m.Name + "."}, nil
		}
	}
	return nil, nil
}

// submitted carries out a modal.
func (r *Router) submitted(ctx context.Context, env Envelope) error {
	if env.CallbackID != rejectView && env.CallbackID != confirmView {
		return nil
	}
	m, request, err := r.request(ctx, env.PrivateMetadata)
	if err != nil {
		return r.noted(ctx, env, "", "", env.PrivateMetadata, err)
	}
	err = r.noted(ctx, env, m.Name, request.Phase, request.Fingerprint, r.filled(ctx, env, m, request))
	var refusal Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	// A modal has no channel of its own: who filled it is answered where its button is.
	env.Channel = m.Channel
	if root, ok, err := r.Store.PostedMessage(ctx, m.Name, store.RootKey); err == nil && ok {
		env.ThreadTS = root.TS
	}
	return r.answer(ctx, env, Message{Text: refusal.ForUser()})
}

// filled carries out what was filled into a modal.
func (r *Router) filled(ctx context.Context, env Envelope, m *store.Migration, request approvals.Request) error {
	wrong, err := r.wrong(ctx, env)
	if err != nil {
		return err
	}
	for input, what := range wrong {
		why := string(approvals.ReasonMissing)
		if input == nameInput {
			why = wrongName
		}
		return &uncounted{Refusal("That wasn't counted: " + Escape(what)), why}
	}
	c := approvals.Click{Act: approvals.Approve, User: env.User}
	if env.CallbackID == rejectView {
		reason := strings.TrimSpace(env.Fields[reasonInput])
		if runes := []rune(reason); len(runes) > reasonLimit {
			reason = string(runes[:reasonLimit])
		}
		c.Act, c.Reason = approvals.Reject, reason
	}
	return r.vote(ctx, env, m.Name, request.ID, c)
}
