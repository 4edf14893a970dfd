// SPDX-License-Identifier: Apache-2.0

package modeltest_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/approvals"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
	"github.com/stretchr/testify/require"
)

// sequencesToCatch is how many sequences a mistake may take to show.
const sequencesToCatch = 600

// A model that finds nothing may be one that sees nothing: programs that make a mistake are found out by it, each by the rule that it breaks.
func TestTheModelFindsMistakes(t *testing.T) {
	trust := func(p runbook.People) runbook.People { return trusting{p} }
	for _, mistake := range []struct {
		name   string
		double doubles
		rule   string
	}{
		{"the people are not read again before the first step", doubles{people: trust, often: movedEpisode}, "was started by the yes of"},
		{"a commit may come too late", doubles{forge: noDeadline, often: lateEpisode}, "counted"},
		{"two commits may change the same document", doubles{forge: noVersion}, ""},
		{"steps are done without the fence", doubles{noFence: true, often: takenEpisode}, "again after step"},
		{"the target remembers nothing", doubles{noMirror: true, consumeAgain: true, often: backEpisode}, "started again after"},
	} {
		t.Run(mistake.name, func(t *testing.T) {
			t.Parallel()
			l := newLane(t, 0)
			for seed := range uint64(sequencesToCatch) {
				w := l.play(t, seed, mistake.double)
				if i := slices.IndexFunc(w.problems, func(p string) bool { return strings.Contains(p, mistake.rule) }); i >= 0 {
					t.Logf("found by sequence %d: %s", seed+1, w.problems[i])
					return
				}
			}
			require.Fail(t, "not found")
		})
	}
}

// noDeadline takes the not-after time out of every commit.
func noDeadline(args []any) {
	keys, _ := args[2].(int)
	args[3+keys+2] = ""
}

var compares = regexp.MustCompile(`if version \.\. .* then return 'conflict' end`)

// noVersion has every commit take place, whoever was first.
func noVersion(args []any) {
	script, _ := args[1].(string)
	if !compares.MatchString(script) {
		panic("the commit script compares in other words: write them here")
	}
	args[1] = compares.ReplaceAllString(script, "")
}

// trusting takes everybody who said yes for somebody who still may.
type trusting struct{ runbook.People }

func (p trusting) FreshFacts(ctx context.Context, m *store.Migration, users []string) (approvals.Facts, error) {
	facts, err := p.People.FreshFacts(ctx, m, users)
	if err != nil {
		return facts, err
	}
	facts.ApproversNow, facts.OperatorsNow = slices.Concat(facts.ApproversNow, users), slices.Concat(facts.OperatorsNow, users)
	for _, user := range users {
		facts.People[user] = approvals.Person{ID: user, TeamID: team}
	}
	for group, members := range facts.Groups {
		facts.Groups[group] = slices.Concat(members, users)
	}
	return facts, nil
}
