// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/phases"
	"github.com/ferryman/ferryman/store"
	"github.com/slack-go/slack"
)

const (
	decideAction = "decision.open"
	// decisionView is the prefix of the forms' callback ids; the kind of decision follows.
	decisionView = "decision."
	// takenShown is how many decisions a form lists: Slack's options of one select.
	takenShown = 100
)

// decideMenu opens the forms in which operators decide; nil where nothing may be decided.
func decideMenu(m *store.Migration) slack.Block {
	if phases.MayDecide(m) != "" {
		return nil
	}
	option := func(kind, label string) *slack.OptionBlockObject {
		return slack.NewOptionBlockObject(m.Name+"/"+kind, slack.NewTextBlockObject(slack.PlainTextType, label, false, false), nil)
	}
	options := []*slack.OptionBlockObject{
		option(phases.DecideLeaveOut, "Leave objects out…"), option(phases.DecidePurge, "Purge rows of a table…"), option(phases.DecideOffload, "Offload columns…"),
		option(phases.DecideScripts, "Take scripts from S3…"),
	}
	if d, err := phases.Decided(m); err == nil && len(phases.List(d)) > 0 {
		options = append(options, option(phases.DecideTakeBack, "Take a decision back…"))
	}
	return slack.NewActionBlock("decide", slack.NewOptionsSelectBlockElement(slack.OptTypeStatic,
		slack.NewTextBlockObject(slack.PlainTextType, "Decide…", false, false), decideAction, options...))
}

// withMenu adds the menu of decisions where something may be decided.
func (m Message) withMenu(of *store.Migration) Message {
	if menu := decideMenu(of); menu != nil {
		return m.with(menu)
	}
	return m
}

// decisionModal is the form that the menu opens; nil where that is refused, which Handle tells.
func (r *Router) decisionModal(ctx context.Context, env Envelope) (*slack.ModalViewRequest, error) {
	name, kind, _ := strings.Cut(env.Value, "/")
	m, err := r.resolve(ctx, env.Channel, name)
	if err != nil {
		return nil, told(err)
	}
	if err := r.mayDecide(ctx, env, m); err != nil {
		return nil, told(err)
	}
	view := &slack.ModalViewRequest{Type: slack.VTModal, CallbackID: decisionView + kind, PrivateMetadata: m.Name, Submit: plainText("Decide"), Close: plainText("Back")}
	text := func(id, label, hint, placeholder string, multiline bool, most int) slack.Block {
		input := slack.NewPlainTextInputBlockElement(slack.NewTextBlockObject(slack.PlainTextType, placeholder, false, false), id)
		input.Multiline, input.MaxLength = multiline, most
		var below *slack.TextBlockObject
		if hint != "" {
			below = slack.NewTextBlockObject(slack.PlainTextType, hint, false, false)
		}
		return slack.NewInputBlock(id, slack.NewTextBlockObject(slack.PlainTextType, label, false, false), below, input)
	}
	var blocks []slack.Block
	switch kind {
	case phases.DecideLeaveOut:
		view.Title = plainText("Leave objects out")
		blocks = []slack.Block{
			section(fmt.Sprintf("*%s*: they are not made on the target, and DMS loads no row of them. What needs them is left out with them.", m.Name)),
			text(phases.FieldObjects, "Objects, one in a line", "A name, with the type before it where one name is used twice", "TABLE BOXOFFICE.OLD_TICKET", true, 3000),
		}
	case phases.DecidePurge:
		view.Title = plainText("Purge rows")
		var operators []*slack.OptionBlockObject
		for _, o := range convert.FilterOperators {
			operators = append(operators, slack.NewOptionBlockObject(o, slack.NewTextBlockObject(slack.PlainTextType, o, false, false), nil))
		}
		operator := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, phases.FieldOperator, operators...)
		blocks = []slack.Block{
			section(fmt.Sprintf("*%s*: only the rows go to the target for which the filter holds. Oracle keeps all of them. Rows of other tables that refer to a row that stays behind can't have their foreign key.", m.Name)),
			text(phases.FieldTable, "Table", "", "TICKET", false, 300),
			text(phases.FieldColumn, "Keep rows whose column", "", "SOLD_AT", false, 150),
			slack.NewInputBlock(phases.FieldOperator, slack.NewTextBlockObject(slack.PlainTextType, "is", false, false), nil, operator),
			text(phases.FieldValue, "this value", "A number, a text, or a time as 2026-01-31 or 2026-01-31 10:00:00", "2020-01-01", false, 300),
		}
	case phases.DecideOffload:
		view.Title = plainText("Offload columns")
		blocks = []slack.Block{
			section(fmt.Sprintf("*%s*: the column holds a reference on the target, and DMS does not load its values. Moving the values themselves is not part of this.", m.Name)),
			text(phases.FieldColumns, "Columns, one in a line", "TABLE.COLUMN", "TICKET_SCAN.SCAN_IMAGE", true, 3000),
		}
	case phases.DecideScripts:
		view.Title, view.Submit = plainText("Scripts from S3"), plainText("Take")
		view.Blocks.BlockSet = []slack.Block{
			section(fmt.Sprintf("*%s*: each script is tried in a scratch database, and stands from then on in the place of what Ferryman made for its object. Files dropped into the thread do the same.", m.Name)),
			text(phases.FieldFolder, "Folder", "Each file is called after its object, such as fn_age.sql, or names it in its first line", "s3://bucket/folder", false, 1000),
		}
		return view, nil
	case phases.DecideTakeBack:
		view.Title, view.Submit = plainText("Take back"), plainText("Take back")
		d, err := phases.Decided(m)
		if err != nil {
			return nil, err
		}
		var options []*slack.OptionBlockObject
		for _, x := range phases.List(d) {
			if len(options) < takenShown {
				options = append(options, slack.NewOptionBlockObject(x.ID, slack.NewTextBlockObject(slack.PlainTextType, clip(x.Words, 75), false, false), nil))
			}
		}
		if len(options) == 0 {
			return nil, nil
		}
		which := slack.NewOptionsMultiSelectBlockElement(slack.MultiOptTypeStatic, slack.NewTextBlockObject(slack.PlainTextType, "Choose", false, false), phases.FieldTaken, options...)
		blocks = []slack.Block{
			section(fmt.Sprintf("*%s*: what is taken back counts for nothing any more. What it made on the target stays until `/migrate-schema`.", m.Name)),
			slack.NewInputBlock(phases.FieldTaken, slack.NewTextBlockObject(slack.PlainTextType, "Decisions", false, false), nil, which),
		}
	default:
		return nil, nil
	}
	view.Blocks.BlockSet = append(blocks, text(phases.FieldWhy, "Why?", "Shown in the thread, and in the plan", "nobody reads them since 2019", true, reasonLimit))
	return view, nil
}

// decisionErrors says what is wrong with a filled form, by its input.
func (r *Router) decisionErrors(ctx context.Context, env Envelope) (map[string]string, error) {
	kind := strings.TrimPrefix(env.CallbackID, decisionView)
	if kind == phases.DecideScripts {
		if !strings.HasPrefix(strings.TrimSpace(env.Fields[phases.FieldFolder]), "s3://") {
			return map[string]string{phases.FieldFolder: "A folder of S3 has the form s3://bucket/folder."}, nil
		}
		return nil, nil
	}
	if strings.TrimSpace(env.Fields[phases.FieldWhy]) == "" {
		return map[string]string{phases.FieldWhy: "A reason is needed: it is kept with the decision and shown in the thread."}, nil
	}
	if kind == phases.DecideTakeBack {
		return nil, nil
	}
	m, err := r.Store.Load(ctx, env.PrivateMetadata)
	if err != nil {
		return nil, err
	}
	_, wrong, err := r.Schemas.Propose(ctx, m, kind, env.Fields)
	for _, field := range slices.Collect(maps.Keys(wrong)) {
		wrong[field] = clip(wrong[field], 300)
	}
	return wrong, err
}

// menuChosen answers who may not decide; the form opens by itself for who may.
func (r *Router) menuChosen(ctx context.Context, env Envelope) error {
	name, kind, _ := strings.Cut(env.Value, "/")
	m, err := r.resolve(ctx, env.Channel, name)
	if err != nil {
		return err
	}
	return r.noted(ctx, env, m.Name, "", kind, r.mayDecide(ctx, env, m))
}
