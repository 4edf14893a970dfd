// SPDX-License-Identifier: Apache-2.0

package modeltest_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// The numbers of the design, which the model does not take from the code.
const (
	quorum       = 2
	factsAge     = 15 * time.Second
	gateAge      = 30 * time.Second
	requestAge   = time.Hour
	refusedTold  = 5
	clockGrain   = time.Millisecond
	startedWords = "started, approved by"
)

// asked is one request as the model sees it: what was asked, by whom, and who has said yes by now.
type asked struct {
	id, phase, fingerprint, requester string
	said                              said
	yes                               []string
	rejected, started                 bool
	ended                             string
}

// judge holds what happened against the rules.
func (w *world) judge() {
	w.answer()
	w.mu.Lock()
	courses := append(slices.Clone(w.courses), w.commits)
	w.mu.Unlock()
	starts := map[string]map[string]said{} // by fingerprint, the commits that started it
	for _, course := range courses {
		w.judgeCourse(entries(course), starts)
	}
	w.judgeTarget(starts)
	w.judgeAudit()
	w.judgeAnswers(courses)
}

// judgeCourse goes through one course of events from its beginning.
func (w *world) judgeCourse(course []said, starts map[string]map[string]said) {
	requests := map[string]*asked{} // by fingerprint
	for _, e := range course {
		r := requests[e.Object]
		switch {
		case e.What == "asked":
			if r != nil {
				w.wrong("plan %.12s was asked for twice", e.Object)
			}
			requests[e.Object] = &asked{id: e.Outcome, phase: e.Phase, fingerprint: e.Object, requester: e.Who, said: e}
		case e.What == "vote" && r == nil:
			w.wrong("%s voted on plan %.12s, which nobody asked for", e.Who, e.Object)
		case e.What == "vote":
			w.judgeVote(r, e)
		case e.What == "plan" && twoPeople[e.Phase] && r == nil:
			w.wrong("plan %.12s of %s was started and never asked for", e.Object, e.Phase)
		case e.What == "plan" && strings.HasPrefix(e.Outcome, startedWords):
			w.judgeStart(r, e)
			r.started = true
			if starts[e.Object] == nil {
				starts[e.Object] = map[string]said{}
			}
			starts[e.Object][e.Hash] = e
		case e.What == "plan" && twoPeople[e.Phase] && strings.HasPrefix(e.Outcome, "started"):
			w.wrong("%s was %s without two people", e.Phase, e.Outcome)
		case e.What == "plan" && r != nil:
			r.ended = e.Outcome
		case e.What == "command" && e.Phase != "":
			w.judgeCommand(e)
		case e.What == "phase" && r != nil:
			r.ended = e.Outcome
		}
	}
}

// judgeCommand: only operators command.
func (w *world) judgeCommand(e said) {
	now := rights{w, e.began.Add(-factsAge), e.ended}
	operators := w.profileOf(e.replica).Operators
	if !now.human(e.Who) || !now.listed(e.Who, operators.Users, operators.Groups) {
		w.wrong("%s commanded %s and is no operator", e.Who, e.Phase)
	}
}

// judgeVote: a vote is a click of that person on that request's message, while the request waits, by somebody who may.
func (w *world) judgeVote(r *asked, e said) {
	switch {
	case r.started, r.rejected, r.ended != "" && r.ended != "holding":
		w.wrong("%s of %s counted on a request that had ended (%s)", e.Outcome, e.Who, r.ended)
	case !e.began.Before(r.said.ended.Add(requestAge)):
		w.wrong("%s of %s counted %s after it was asked", e.Outcome, e.Who, e.began.Sub(r.said.ended))
	case !w.clicked(r, e):
		w.wrong("%s counts as %s of %s, who never clicked that on its message", e.Outcome, r.fingerprint[:12], e.Who)
	}
	voted := slices.Index(r.yes, e.Who)
	switch e.Outcome {
	case "approve":
		if why := w.mayNot(r, e.Who, e.began.Add(-factsAge), e.ended, e.replica); why != "" {
			w.wrong("the yes of %s counted: %s", e.Who, why)
		}
		if voted >= 0 {
			w.wrong("the yes of %s counted twice", e.Who)
		}
		r.yes = append(r.yes, e.Who)
	case "withdraw":
		if voted < 0 {
			w.wrong("%s took back what they had not said", e.Who)
			return
		}
		if len(r.yes) >= quorum {
			w.wrong("%s took back a yes after the quorum", e.Who)
		}
		r.yes = slices.Delete(r.yes, voted, voted+1)
	case "reject":
		r.rejected = true
		if why := w.mayNot(r, e.Who, e.began.Add(-factsAge), e.ended, e.replica); why != "" && e.Who != r.requester {
			w.wrong("the no of %s counted: %s", e.Who, why)
		}
	default:
		w.wrong("%s did %q", e.Who, e.Outcome)
	}
}

// mayNot says why a person's word does not count at any moment of a time, by the policy of when it was asked and that of the replica that
// took it.
func (w *world) mayNot(r *asked, user string, from, to time.Time, replica string) string {
	at := rights{w, from, to}
	asking := rights{w, r.said.began.Add(-factsAge), r.said.ended}
	then, now := w.profileOf(r.said.replica).Approvers, w.profileOf(replica).Approvers
	switch {
	case !at.human(user):
		return "no member of this workspace, or no human"
	case user == r.requester && !(then.RequesterMayApprove && now.RequesterMayApprove):
		return "they asked for it"
	case !at.listed(user, now.Users, now.Groups):
		return "no approver by the policy of now"
	case !at.listed(user, then.Users, then.Groups):
		return "no approver by the policy of the request"
	case !asking.listed(user, then.Users, then.Groups):
		return "no approver when it was asked"
	}
	return ""
}

// clicked tells whether somebody did that on the request's own message at that time.
func (w *world) clicked(r *asked, e said) bool {
	return slices.ContainsFunc(w.clicks, func(c *click) bool {
		then := !c.began.After(e.ended) && (!c.over() || !c.ended.Before(e.began))
		return c.right && then && c.env.User == e.Who && c.request == r.id && c.act == e.Outcome
	})
}

// judgeStart: a plan begins by the yes of two people who still count, in its time, with its gate green, and as it would be made now.
func (w *world) judgeStart(r *asked, e said) {
	if r.rejected {
		w.wrong("plan %.12s was started after a No", e.Object)
	}
	if r.started {
		w.wrong("plan %.12s was started twice", e.Object)
	}
	if len(r.yes) < quorum {
		w.wrong("plan %.12s was started with the yes of %v", e.Object, r.yes)
	}
	if !e.began.Before(r.said.ended.Add(requestAge)) {
		w.wrong("plan %.12s was started %s after it was asked for", e.Object, e.began.Sub(r.said.ended))
	}
	draft, drafted := w.lastCall(e, "draft")
	gate, read := w.lastCall(e, "gate")
	switch {
	case !drafted:
		w.wrong("plan %.12s was started and not made afresh", e.Object)
		return
	case !read || !gate.green:
		w.wrong("plan %.12s was started with a red gate", e.Object)
	case e.began.Sub(gate.ended) > gateAge+clockGrain:
		w.wrong("plan %.12s was started by a gate that was read %s before", e.Object, e.began.Sub(gate.ended))
	}
	// What was read of people may be from no earlier than the making of the plan, nor too old.
	from := draft.began
	if oldest := e.began.Add(-factsAge); oldest.After(from) {
		from = oldest
	}
	for _, user := range r.yes {
		if why := w.mayNot(r, user, from, e.ended, e.replica); why != "" {
			w.wrong("plan %.12s was started by the yes of %s: %s", e.Object, user, why)
		}
	}
	still := rights{w, from, e.ended}
	operators := w.profileOf(e.replica).Operators
	if !still.human(r.requester) || !still.listed(r.requester, operators.Users, operators.Groups) {
		w.wrong("plan %.12s was started for %s, who is no operator any more", e.Object, r.requester)
	}
	if hash := w.profileOf(e.replica).PolicyHash(&config.Endpoints{}); hash != w.opened.PolicyHash(&config.Endpoints{}) {
		w.wrong("plan %.12s was started under another policy", e.Object)
	}
	before, _ := w.lastCall(r.said, "draft")
	then, now := w.plan.between(before.began, before.ended), w.plan.between(draft.began, draft.ended)
	if !slices.ContainsFunc(then, func(p plan) bool { return slices.Contains(now, p) }) {
		w.wrong("plan %.12s was started, and what would run now is another", e.Object)
	}
}

// lastCall is the last of its kind that a replica's crew had finished for a phase when something was committed.
func (w *world) lastCall(e said, what string) (last call, found bool) {
	for _, c := range w.calls {
		if c.replica == e.replica && c.what == what && c.phase == e.Phase && !c.ended.After(e.ended) {
			last, found = c, true
		}
	}
	return last, found
}

// profileOf is the configuration that a replica ran with.
func (w *world) profileOf(replica string) *config.Profile { return w.ranWith[replica] }

// execution is a row that a step wrote.
type execution struct {
	approval, plan, step string
	repeated             bool
}

// judgeTarget: what was done on the target was started, in one go, and once.
func (w *world) judgeTarget(starts map[string]map[string]said) {
	rows, err := w.lane.pool.Query(w.ctx, "SELECT approval, plan, step, repeated FROM executed WHERE migration = $1 ORDER BY at", w.name)
	require.NoError(w.t, err)
	done := map[string][]execution{} // by plan
	approvalOf := map[string]string{}
	for rows.Next() {
		var x execution
		require.NoError(w.t, rows.Scan(&x.approval, &x.plan, &x.step, &x.repeated))
		if x.approval != "" {
			if other := approvalOf[x.approval]; other != "" && other != x.plan {
				w.wrong("approval %s was executed for two plans", x.approval)
			}
			approvalOf[x.approval] = x.plan
			if starts[x.plan] == nil {
				w.wrong("step %s of plan %.12s was run, which was never started", x.step, x.plan)
			}
		}
		for _, before := range done[x.plan] {
			switch {
			case before.step > x.step:
				w.wrong("step %s of plan %.12s was run again after step %s", x.step, x.plan, before.step)
			case before.step == x.step && !x.repeated:
				w.wrong("step %s of plan %.12s was executed twice", x.step, x.plan)
			}
		}
		done[x.plan] = append(done[x.plan], x)
	}
	require.NoError(w.t, rows.Err())
	for plan, times := range starts {
		w.count("started")
		if len(done[plan]) > 0 {
			w.count("executed")
		}
		if len(times) > 1 && len(done[plan]) > 0 {
			w.judgeStartedAgain(plan, times)
		}
		if len(done[plan]) > 0 {
			w.judgeNames(plan)
		}
	}
}

// judgeStartedAgain: a plan of which a step was run is not started again, whatever Redis forgot.
func (w *world) judgeStartedAgain(plan string, times map[string]said) {
	for _, c := range w.calls {
		if c.what != "step" || c.fingerprint != plan {
			continue
		}
		for _, start := range times {
			if c.ended.Before(start.began) {
				w.wrong("plan %.12s was started again after a step of it was run", plan)
				return
			}
		}
	}
}

// judgeNames: the target's own chain names the two people of a plan before its start.
func (w *world) judgeNames(plan string) {
	chain, err := w.lane.targets[0].Chain(w.ctx, w.name)
	require.NoError(w.t, err)
	var yes []string
	for _, c := range chain {
		e, err := store.ParseAuditEntry(c.Entry)
		require.NoError(w.t, err)
		switch {
		case e.Object != plan:
		case e.What == "vote" && e.Outcome == "approve":
			yes = append(yes, e.Who)
		case e.What == "vote" && e.Outcome == "withdraw":
			yes = slices.DeleteFunc(yes, func(u string) bool { return u == e.Who })
		case e.What == "plan" && strings.HasPrefix(e.Outcome, startedWords):
			slices.Sort(yes)
			if named := slices.Compact(yes); len(named) < quorum {
				w.wrong("the target's audit names %v for plan %.12s", named, plan)
			}
			return
		}
	}
	w.wrong("a step of plan %.12s was run, and the target's audit does not know its start", plan)
}

// judgeAudit: the chain in Redis is whole, it is what was committed, and the target has its beginning.
func (w *world) judgeAudit() {
	chain, err := w.lane.store.AuditFrom(w.ctx, w.name, 0)
	require.NoError(w.t, err)
	if err := store.VerifyChain(chain); err != nil {
		w.wrong("the audit chain does not verify: %v", err)
		return
	}
	if w.setBacks > 0 {
		return // The target may know what Redis forgot.
	}
	known, err := w.lane.targets[0].Chain(w.ctx, w.name)
	require.NoError(w.t, err)
	w.mu.Lock()
	committed := entries(w.commits)
	w.mu.Unlock()
	if len(committed)+1 != len(chain) { // and the opening, which the test wrote
		w.wrong("%d entries were committed, and the audit has %d", len(committed)+1, len(chain))
	}
	for i, c := range known {
		if i >= len(chain) || chain[i].Hash != c.Hash || !same(chain[i], c) {
			w.wrong("entry %d on the target is not the one in Redis", c.Seq)
			return
		}
	}
}

func same(e store.AuditEntry, c postgres.ChainEntry) bool {
	return e.Line() == c.Entry && e.Seq == c.Seq
}

// judgeAnswers: who clicked was told, and the audit has every click that did not count, up to what it takes of one person.
func (w *world) judgeAnswers(courses [][]committed) {
	var all []said
	for _, course := range courses {
		all = append(all, entries(course)...)
	}
	refused := map[string]int{}
	for _, e := range all {
		if e.What == "refused" {
			refused[e.Who]++
		}
	}
	told := map[string]int{}
	for _, c := range w.clicks {
		if !c.over() || c.err == nil && c.told == "" {
			continue
		}
		if c.told == "" {
			continue // its replica went down over it: it is delivered again
		}
		w.count("refused")
		if strings.Contains(c.told, "not known here") {
			continue // it belongs to no migration
		}
		if c.env.Type == "slash" {
			continue
		}
		if told[c.env.User]++; told[c.env.User] <= refusedTold && refused[c.env.User] < told[c.env.User] {
			w.wrong("a refused click of %s is not in the audit: %s (%s)", c.env.User, fmt.Sprint(c.act), c.told)
		}
	}
}
