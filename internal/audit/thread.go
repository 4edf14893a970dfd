// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/store"
)

// headsShown is how many messages that contradict the chain are told singly.
const headsShown = 5

// thread compares the heads that messages name with the chain: with Redis's, where that was read, else with the target's.
func (r *Report) thread(v Evidence, redis, target chain) {
	if v.ThreadUnread != "" {
		r.NotCompared = append(r.NotCompared, "the thread: "+v.ThreadUnread)
		return
	}
	r.Compared = append(r.Compared, fmt.Sprintf("the thread (%d messages that name the end of the chain)", len(v.Heads)))
	if len(v.Heads) == 0 {
		r.note("No message in the thread names the end of the chain: only its copies could be compared.")
		return
	}
	chosen, name, complete := redis, "Redis", true
	if v.Redis.Unread != "" || !v.Redis.Known {
		chosen, name, complete = target, "the target", !v.Target.Open
	}
	if len(chosen.entries) == 0 {
		r.NotCompared = append(r.NotCompared, "the heads in the thread: there is no chain to compare them with")
		return
	}
	abandoned := adoptions(chosen, v.Heads)
	left, late, wrong := 0, int64(0), 0
	for _, h := range v.Heads {
		e, there := chosen.at[h.Seq]
		switch {
		case there && e.Hash == h.Hash && e.Sound():
		case !there && h.Seq < chosen.first() && target.at[h.Seq].Hash == h.Hash: // what is before Redis's first is on the target
		case abandoned(h):
			left++
		case !there && h.Seq > chosen.last().Seq && !complete:
			late = max(late, h.Seq)
		default:
			if wrong++; wrong <= headsShown {
				r.find(contradicted(h, e, there, name, target))
			}
		}
	}
	if wrong > headsShown {
		r.note("%d more messages contradict the chain.", wrong-headsShown)
	}
	if left > 0 {
		r.note("%d messages name entries that were lost with Redis before the migration was adopted.", left)
	}
	if late > 0 {
		r.note("The thread names entry %d, and the target ends at %d: with Redis away it can't be told whether the rest was cut off or had not come yet.", late, chosen.last().Seq)
	}
}

// contradicted is the finding of a message that names another head than the chain has.
func contradicted(h Head, e store.AuditEntry, there bool, name string, target chain) Finding {
	f := Finding{Where: InThread, Seq: h.Seq}
	message := fmt.Sprintf("the message of %s (%s)", h.posted(), h.Key)
	t := target.at[h.Seq]
	switch {
	case !there:
		f.What = fmt.Sprintf("is missing in %s: %s names it (%.12s…)", name, message, h.Hash)
	case e.Sound():
		f.What = fmt.Sprintf("has hash %.12s… in %s, and %s names %.12s…: the chain was rewritten since", e.Hash, name, message, h.Hash)
		f.Now = describe(e)
	default:
		f.What = fmt.Sprintf("was changed in %s: %s names its hash (%.12s…)", name, message, h.Hash)
		f.Now = describe(e)
	}
	if name != "the target" && t.Hash == h.Hash && t.Sound() {
		f.What += ". The target has it as the message names it"
		f.Was = describe(t)
	}
	return f
}

// adoptions tells which heads an adoption left behind: those of messages from before it that name entries after the last that it kept.
// It counts only where a message of its own names the very entry that recorded it.
func adoptions(c chain, heads []Head) func(Head) bool {
	type adoption struct {
		kept int64
		ts   string
	}
	var all []adoption
	for _, e := range c.entries {
		if e.What != "adopted" || !e.Sound() {
			continue
		}
		for _, h := range heads {
			if h.Seq == e.Seq && h.Hash == e.Hash && strings.HasPrefix(h.Key, "adopted:") {
				all = append(all, adoption{kept: e.Seq - 1, ts: h.TS})
				break
			}
		}
	}
	return func(h Head) bool {
		for _, a := range all {
			if h.Seq > a.kept && h.TS < a.ts {
				return true
			}
		}
		return false
	}
}
