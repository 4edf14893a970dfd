// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/standin/faulty"
	"github.com/stretchr/testify/require"
)

func TestAnEndingTellsWhatIsDoubledMissingOrMoved(t *testing.T) {
	t.Parallel()
	end := func(dump string, messages ...string) *ending {
		return &ending{dump: dump, lists: map[string][]string{"messages": messages}, atLeast: map[string]int{"AWS TestConnection": 2}}
	}
	want := end("CREATE TABLE t\nCREATE TABLE u", "root", "prepared", "loaded")
	require.Empty(t, want.differences(end("CREATE TABLE t\nCREATE TABLE u", "root", "prepared", "loaded")))
	require.Equal(t, []string{"messages: 1 more × prepared"}, want.differences(end(want.dump, "root", "prepared", "prepared", "loaded")))
	require.Equal(t, []string{"messages: missing 1 × loaded"}, want.differences(end(want.dump, "root", "prepared")))
	require.Equal(t, []string{"messages: in another order, from place 2 on: loaded in place of prepared"}, want.differences(end(want.dump, "root", "loaded", "prepared")))
	require.Equal(t, []string{"pg_dump of the target: missing 1 × CREATE TABLE u"}, want.differences(end("CREATE TABLE t", "root", "prepared", "loaded")))

	more := end(want.dump, "root", "prepared", "loaded")
	more.atLeast["AWS TestConnection"] = 5
	require.Empty(t, want.differences(more), "looking again is no harm")
	require.Equal(t, []string{"AWS TestConnection: 5 in the undisturbed run, 2 here"}, more.differences(want))
	more.lists["files"] = []string{"plan.json"}
	require.Equal(t, []string{"files: 1 more × plan.json"}, want.differences(more))
}

func TestTextsOfTwoRunsAreAlike(t *testing.T) {
	t.Parallel()
	for _, same := range [][2]string{
		{"Loaded 13 tables, 3,280 rows, in 10 s.", "Loaded 13 tables, 3,351 rows, in 1 min 4 s."},
		{"plan `62da19983f9a` · until 15:15:12", "plan `00f9fdc2fb72` · until 09:01:00"},
		{"✔ Replicate less than 1 s behind · ✔ Cutover", "✔ Replicate 2.1 s behind · ✔ Cutover"},
		{"13 of 13 tables are equal. 1 table was changing while both were read. Cutover compares again when the source is quiet.\nDMS's own validation: Validated 8\nNext", "13 of 13 tables are equal. \nDMS's own validation: Pending 3\nNext"},
	} {
		require.Equal(t, alike(same[0]), alike(same[1]))
	}
	require.NotEqual(t, alike("Prepared in 1 s. Set aside"), alike("The load ended, but 1 table"))
}

func TestEachDifferentWriteIsDisturbedOnceAndWhatRepeatsIsBounded(t *testing.T) {
	t.Parallel()
	d := newDisturber(plan{fate: after, shards: 2, shard: 1, repeats: 2}, time.Second)
	r := &replica{}
	fates := func(writes ...faulty.Write) (out []fate) {
		for _, w := range writes {
			w.Client = "1.1"
			d.join("1.1", r)
			_, f := d.judge(w)
			out = append(out, f)
		}
		return out
	}
	one, two := faulty.Write{Service: faulty.Redis, Kind: "commit", ID: "1"}, faulty.Write{Service: faulty.Redis, Kind: "commit", ID: "2"}
	require.Equal(t, []fate{spared}, fates(one), "nothing is disturbed before the play")
	d.at("load")
	require.Equal(t, []fate{spared, after, spared, spared}, fates(one, two, one, two), "the second of two; the same again is not another")
	lease := faulty.Write{Service: faulty.Redis, Kind: "SET lease", Repeats: true}
	require.Equal(t, []fate{spared, after, spared, spared}, fates(lease, lease, lease, lease))
	d.at("rebuild")
	require.Equal(t, []fate{spared, after}, fates(one, two), "each phase counts by itself")

	_, f := d.judge(faulty.Write{Service: faulty.Redis, Kind: "commit", ID: "3", Client: "1.1"})
	require.Equal(t, spared, f, "the dead write no more")
	_, f = newDisturber(plan{fate: after, shards: 1}, time.Second).judge(faulty.Write{Service: faulty.AWS, Kind: "DescribeReplicationTasks", Read: true})
	require.Equal(t, spared, f, "only who sleeps is disturbed after a look")
	d.judge(faulty.Write{Service: faulty.AWS, Kind: "StartReplicationTask", Client: "gone"})
	require.Equal(t, map[string]int{"StartReplicationTask": 1}, d.counted(), "an effect counts, whoever had it")
}

func TestFatesByTurns(t *testing.T) {
	t.Parallel()
	for alone, want := range map[bool][]fate{true: {after, unanswered, after, unanswered}, false: {after, unanswered, asleep, after}} {
		d := newDisturber(plan{fate: byTurns, shards: 1, alone: alone}, time.Second)
		d.at("load")
		var have []fate
		for i := range want {
			d.join("1.1", &replica{})
			_, f := d.judge(faulty.Write{Service: faulty.Redis, Kind: "commit", ID: string(rune('a' + i)), Client: "1.1"})
			have, d.asleep = append(have, f), nil
		}
		require.Equal(t, want, have)
	}
}
