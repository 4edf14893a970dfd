// SPDX-License-Identifier: Apache-2.0

package commands_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/phases"
	standin "github.com/ferryman/ferryman/internal/standin/slack"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// schemas stands for the source: it knows one table, and takes scripts that say CREATE.
type schemas struct {
	mu    sync.Mutex
	err   error
	given [][]phases.GivenScript
}

func (s *schemas) Propose(_ context.Context, _ *store.Migration, kind string, fields map[string]string) (convert.Decisions, map[string]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var d convert.Decisions
	if s.err != nil {
		return d, nil, s.err
	}
	switch kind {
	case phases.DecideLeaveOut:
		if fields[phases.FieldObjects] != "SEAT" {
			return d, map[string]string{phases.FieldObjects: "There is no " + fields[phases.FieldObjects] + " on Oracle."}, nil
		}
		d.LeaveOut = []convert.Omission{{Object: convert.Object{Owner: "BOXOFFICE", Type: "TABLE", Name: "SEAT"}}}
	case phases.DecidePurge:
		d.Purge = []convert.Purge{{Owner: "BOXOFFICE", Table: fields["table"], Filter: convert.Filter{Column: fields["column"], Operator: fields["operator"], Value: fields["value"]}}}
	case phases.DecideOffload:
		d.Offload = []convert.Offload{{Owner: "BOXOFFICE", Table: "SEAT", Column: fields["columns"]}}
	}
	return d, nil, nil
}

func (s *schemas) ScriptsAt(_ context.Context, _ *store.Migration, folder string) ([]phases.GivenScript, error) {
	if folder != "s3://bucket/box" {
		return nil, errors.New("no such folder")
	}
	return []phases.GivenScript{{Name: "age.sql", SQL: "CREATE"}}, nil
}

func (s *schemas) TakeScripts(_ context.Context, _ *store.Migration, given []phases.GivenScript) ([]phases.TriedScript, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	s.given = append(s.given, given)
	var tried []phases.TriedScript
	for _, g := range given {
		t := phases.TriedScript{Name: g.Name, Object: convert.Object{Owner: "BOXOFFICE", Type: "FUNCTION", Name: strings.ToUpper(strings.TrimSuffix(g.Name, ".sql"))}, SHA256: convert.ScriptSum(g.SQL)}
		if strings.Contains(g.SQL, "CREATE") {
			t.Makes = []string{"function boxoffice.x()"}
		} else {
			t.Refused, t.Line = "DO is not taken <!channel>", 3
		}
		tried = append(tried, t)
	}
	return tried, nil
}

// deciding is a world in which decisions can be made, with what stands for the source.
func deciding(t *testing.T, complete ...string) (*world, *schemas) {
	t.Helper()
	known := &schemas{}
	w := newWorld(t, func(w *world) {
		w.router.Schemas, w.router.Files = known, w.client
		app := w.slack.App()
		app.Events = append(app.Events, "message.channels", "message.groups")
		w.slack.Install(app)
	})
	w.open("box-office", standin.Migrations, append([]string{"assess"}, complete...)...)
	return w, known
}

func (w *world) rootTS() string {
	w.t.Helper()
	root, ok, err := w.store.PostedMessage(w.ctx, "box-office", store.RootKey)
	require.NoError(w.t, err)
	require.True(w.t, ok)
	return root.TS
}

func (w *world) decides(user, kind string, fields map[string]any) standin.Submission {
	w.t.Helper()
	w.eventually("the menu has it", func() bool { // the root message is edited a moment later
		err := w.slack.As(user).Choose(w.ctx, standin.Migrations, w.rootTS(), "decision.open", "box-office/"+kind)
		require.True(w.t, err == nil || errors.Is(err, standin.ErrNoElement), err)
		return err == nil
	})
	view := w.modal(user, "decision."+kind)
	out, err := w.slack.As(user).Submit(w.ctx, view.ID, fields)
	require.NoError(w.t, err)
	return out
}

func (w *world) decisions() convert.Decisions {
	w.t.Helper()
	d, err := phases.Decided(w.load("box-office"))
	require.NoError(w.t, err)
	return d
}

func TestDecisionsAreMadeInTheThreadAndTakenBack(t *testing.T) {
	t.Parallel()
	w, _ := deciding(t)
	out := w.decides(standin.DBA, "leave_out", map[string]any{"objects": "NOBODY", "why": "old"})
	require.Equal(t, map[string]string{"objects": "There is no NOBODY on Oracle."}, out.Errors)
	view := w.modal(standin.DBA, "decision.leave_out")
	out, err := w.slack.As(standin.DBA).Submit(w.ctx, view.ID, map[string]any{"objects": "SEAT", "why": "  "})
	require.NoError(t, err)
	require.Contains(t, out.Errors["why"], "A reason is needed")
	out, err = w.slack.As(standin.DBA).Submit(w.ctx, view.ID, map[string]any{"objects": "SEAT", "why": "nobody <!channel> sits"})
	require.NoError(t, err)
	require.True(t, out.Closed, out)
	m := w.says("@dba decided: leave out table BOXOFFICE.SEAT.\nWhy: nobody <!channel> sits")
	require.NotContains(t, strings.Join(marked(m.Blocks), ""), "<!channel>")
	require.True(t, m.IsReply())
	require.Equal(t, standin.DBA, w.decisions().LeaveOut[0].By)

	require.True(t, w.decides(standin.DBA, "purge", map[string]any{"table": "TICKET", "column": "SOLD_AT", "operator": ">=", "value": "2020-01-01", "why": "law"}).Closed)
	w.says("only rows of BOXOFFICE.TICKET with SOLD_AT >= '2020-01-01'")
	require.True(t, w.decides(standin.DBA, "offload", map[string]any{"columns": "PLAN", "why": "large"}).Closed)
	w.says("offload BOXOFFICE.SEAT.PLAN")
	status := w.types(standin.Lead, "/migrate-status box-office")
	require.Contains(t, status, "Decided (3)")
	require.Contains(t, status, "leave out table BOXOFFICE.SEAT, by @dba")

	d := w.decisions()
	var id string
	for _, x := range phases.List(d) {
		if strings.HasPrefix(x.Words, "only rows") {
			id = x.ID
		}
	}
	require.True(t, w.decides(standin.DBA, "take_back", map[string]any{"taken": []string{id}, "why": "the law changed"}).Closed)
	w.says("@dba took back: only rows of BOXOFFICE.TICKET with SOLD_AT >= '2020-01-01'.")
	d = w.decisions()
	require.Empty(t, d.Purge)
	require.Len(t, d.LeaveOut, 1)
	require.Len(t, d.Offload, 1)
	audit, err := w.store.AuditLog(w.ctx, "box-office")
	require.NoError(t, err)
	var outcomes []string
	for _, e := range audit {
		if e.What == "decision" {
			outcomes = append(outcomes, e.Outcome)
		}
	}
	require.Len(t, outcomes, 4)
	require.Contains(t, outcomes[3], "taken back: only rows of")
}

func TestOnlyOperatorsDecideAndOnlyBeforePrepare(t *testing.T) {
	t.Parallel()
	w, known := deciding(t, "schema")
	text := w.answered(standin.Lead, func() {
		require.NoError(t, w.slack.As(standin.Lead).Choose(w.ctx, standin.Migrations, w.rootTS(), "decision.open", "box-office/leave_out"))
	})
	require.Contains(t, text, "Only the operators of profile box-office may do that")
	require.Empty(t, w.slack.Modals(standin.Lead))

	// What is approved begins any moment: it can't be changed under the hands of those who said yes.
	status := func(s store.PhaseStatus) {
		_, err := w.store.Update(w.ctx, "box-office", func(m *store.Migration, now time.Time) (store.Change, error) {
			m.Phase("schema").Status = s
			return store.Change{}, nil
		})
		require.NoError(t, err)
	}
	for s, why := range map[store.PhaseStatus]string{store.Granted: "about to begin: reject it", store.Running: "is under way", store.Requested: "is under way"} {
		status(s)
		require.Contains(t, phases.MayDecide(w.load("box-office")), why)
	}
	for _, s := range []store.PhaseStatus{store.Waiting, store.Complete} {
		status(s)
		require.Empty(t, phases.MayDecide(w.load("box-office")))
	}

	// A form that was open when prepare began.
	require.NoError(t, w.slack.As(standin.DBA).Choose(w.ctx, standin.Migrations, w.rootTS(), "decision.open", "box-office/leave_out"))
	view := w.modal(standin.DBA, "decision.leave_out")
	_, err := w.store.Update(w.ctx, "box-office", func(m *store.Migration, now time.Time) (store.Change, error) {
		p := m.Phase("prepare")
		p.Status, p.StartedAt = store.Complete, now
		return store.Change{}, nil
	})
	require.NoError(t, err)
	text = w.answered(standin.DBA, func() {
		_, err := w.slack.As(standin.DBA).Submit(w.ctx, view.ID, map[string]any{"objects": "SEAT", "why": "late"})
		require.NoError(t, err)
	})
	require.Contains(t, text, "That can't be decided now. Prepare has begun")
	require.Empty(t, w.decisions().LeaveOut)
	require.Empty(t, known.given)
}

func (w *world) drops(user, thread string, files ...standin.Upload) {
	w.t.Helper()
	_, err := w.slack.As(user).Share(standin.Migrations, thread, "", files...)
	require.NoError(w.t, err)
}

func TestScriptsDroppedIntoTheThread(t *testing.T) {
	t.Parallel()
	w, known := deciding(t)
	good, bad := "CREATE FUNCTION x", "DO $$ $$"
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for name, text := range map[string]string{"a/fn_age.sql": good, "readme.txt": "x", "__MACOSX/._fn_age.sql": "x"} {
		f, err := z.Create(name)
		require.NoError(t, err)
		_, err = f.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	w.drops(standin.DBA, w.rootTS(), standin.Upload{Name: "price.sql", Content: []byte(good + " 1")}, standin.Upload{Name: "cost.sql", Content: []byte(bad)},
		standin.Upload{Name: "all.zip", Content: archive.Bytes()}, standin.Upload{Name: "photo.png", Content: []byte("x")})
	m := w.says("@dba gave 3 scripts: 2 taken, 1 refused.")
	text := w.slack.RenderText(m)
	require.Contains(t, text, "✔ `price.sql` for function `BOXOFFICE.PRICE`: function boxoffice.x()")
	require.Contains(t, text, "✖ `cost.sql` for function `BOXOFFICE.COST`, line 3: DO is not taken")
	require.NotContains(t, strings.Join(marked(m.Blocks), ""), "<!channel>")
	require.Equal(t, w.rootTS(), m.ThreadTS)
	d := w.decisions()
	require.Len(t, d.Scripts, 2)
	require.Equal(t, standin.DBA, d.Scripts[0].By)
	require.Empty(t, d.Scripts[0].SQL, "the text is kept apart")
	kept, err := w.store.File(w.ctx, "box-office", phases.ScriptFile(d.Scripts[0].SHA256))
	require.NoError(t, err)
	require.Equal(t, good+" 1", string(kept))

	out := w.decides(standin.DBA, "scripts", map[string]any{"folder": "/etc"})
	require.Equal(t, map[string]string{"folder": "A folder of S3 has the form s3://bucket/folder."}, out.Errors)
	out, err = w.slack.As(standin.DBA).Submit(w.ctx, w.modal(standin.DBA, "decision.scripts").ID, map[string]any{"folder": "s3://bucket/box"})
	require.NoError(t, err)
	require.True(t, out.Closed)
	w.says("✔ `age.sql` for function `BOXOFFICE.AGE`")

	// The same object again: the later one counts.
	w.drops(standin.DBA, w.rootTS(), standin.Upload{Name: "price.sql", Content: []byte(good + " 2")})
	w.eventually("the later script", func() bool {
		d := w.decisions()
		return len(d.Scripts) == 3 && d.Scripts[2].SHA256 == convert.ScriptSum(good+" 2")
	})
	require.Contains(t, w.types(standin.DBA, "/migrate-status box-office"), "script price.sql for function BOXOFFICE.PRICE, by @dba")
	require.Len(t, known.given, 3)
}

func TestScriptsOfOthersAreNotTaken(t *testing.T) {
	t.Parallel()
	w, known := deciding(t)
	script := standin.Upload{Name: "price.sql", Content: []byte("CREATE FUNCTION x")}
	text := w.answered(standin.Lead, func() { w.drops(standin.Lead, w.rootTS(), script) })
	require.Contains(t, text, "Only the operators of profile box-office may do that")

	// Nobody's matter: a file in the channel itself, in another thread, and none that is a script.
	w.drops(standin.DBA, "", script)
	other, err := w.slack.As(standin.DBA).Say(standin.Migrations, "", "lunch?")
	require.NoError(t, err)
	w.drops(standin.DBA, other, script)
	w.drops(standin.DBA, w.rootTS(), standin.Upload{Name: "photo.png", Content: []byte("x")})

	text = w.answered(standin.DBA, func() {
		w.drops(standin.DBA, w.rootTS(), standin.Upload{Name: "big.sql", Content: bytes.Repeat([]byte("x"), phases.MaxScript+1)})
	})
	require.Contains(t, text, "big.sql is larger than 256 kB")
	text = w.answered(standin.DBA, func() {
		w.drops(standin.DBA, w.rootTS(), standin.Upload{Name: "huge.zip", Content: bytes.Repeat([]byte("x"), phases.MaxScripts+1)})
	})
	require.Contains(t, text, "it is larger than 4096 kB")
	text = w.answered(standin.DBA, func() {
		w.drops(standin.DBA, w.rootTS(), standin.Upload{Name: "no.zip", Content: []byte("PK no")})
	})
	require.Contains(t, text, "no.zip is no zip file")
	known.mu.Lock()
	known.err = errors.New("no scratch <here>")
	known.mu.Unlock()
	text = w.answered(standin.DBA, func() { w.drops(standin.DBA, w.rootTS(), script) })
	require.Contains(t, text, "The scripts were not taken.")
	require.Empty(t, known.given)
	require.Empty(t, w.decisions().Scripts)
}
