// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"fmt"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/store"
)

// Copy is one copy of a migration's chain as it was read.
type Copy struct {
	// Unread says why it could not be read; empty where it was.
	Unread string
	// Known tells that the migration is known there, Open that it is under way.
	Known, Open bool
	Lines       []string
	// Rows are the target's, whose columns say number and hash once more; the lines are theirs.
	Rows []postgres.ChainEntry
	// EndSeq and EndHash are the end of the chain by the migration's document. Exactly tells that it must be the last entry: the target
	// keeps the document of a moment before.
	EndSeq  int64
	EndHash string
	Exactly bool
}

// Head is the end of the chain as a message names it.
type Head struct {
	Seq  int64
	Hash string
	// TS and Key are the message's.
	TS, Key string
}

// posted is when the message was posted, by Slack's clock.
func (h Head) posted() string {
	var seconds int64
	if _, err := fmt.Sscanf(h.TS, "%d.", &seconds); err != nil {
		return h.TS
	}
	return clock(time.Unix(seconds, 0))
}

// chain is a copy that was parsed. One entry that does not have its hash is taken for what its place says, not for what it says.
type chain struct {
	entries []store.AuditEntry
	at      map[int64]store.AuditEntry
}

func parse(lines []string) chain {
	c := chain{entries: make([]store.AuditEntry, len(lines)), at: map[int64]store.AuditEntry{}}
	before := int64(0)
	for i, line := range lines {
		e, err := store.ParseAuditEntry(line)
		if err != nil || !e.Sound() {
			if err != nil {
				e.Hash = ""
			}
			e.Seq = before + 1
		}
		before = e.Seq
		c.entries[i] = e
		if _, twice := c.at[e.Seq]; !twice {
			c.at[e.Seq] = e
		}
	}
	return c
}

func (c chain) first() int64 {
	if len(c.entries) == 0 {
		return 0
	}
	return c.entries[0].Seq
}

// last is the greatest number in the chain.
func (c chain) last() (last store.AuditEntry) {
	for _, e := range c.entries {
		if e.Seq >= last.Seq {
			last = e
		}
	}
	return last
}

// describe says what an entry tells: what, who, when.
func describe(e store.AuditEntry) string {
	words := []string{e.What}
	for _, w := range []string{e.Phase, e.Object, e.Outcome} {
		if w != "" {
			words = append(words, w)
		}
	}
	text := strings.Join(words, " ")
	if runes := []rune(text); len(runes) > 120 {
		text = string(runes[:120]) + "…"
	}
	return fmt.Sprintf("%s, by %s, %s", text, e.Who, clock(e.At))
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }
