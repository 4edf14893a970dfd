// SPDX-License-Identifier: Apache-2.0

package faulty

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// redisWrite says what a command has written, going by its reply; nil where it wrote nothing.
func redisWrite(c command, answer reply) *Write {
	if answer.kind == '-' || answer.kind == '!' {
		return nil
	}
	switch name := c.name(); name {
	case "EVAL", "EVALSHA", "FCALL":
		return scriptWrite(c, answer)
	case "EXEC":
		return transactionWrite(c, answer)
	default:
		return plainWrite(name, c, answer)
	}
}

// plainWrites are the commands outside scripts that write, and how many words of them say what they write to.
var plainWrites = map[string]int{
	"SET": 1, "SETNX": 1, "SETEX": 1, "PSETEX": 1, "INCR": 1, "INCRBY": 1, "DEL": 1, "UNLINK": 1, "EXPIRE": 1, "PEXPIRE": 1, "APPEND": 1, "GETDEL": 1,
	"HSET": 2, "HSETNX": 2, "HDEL": 2, "HINCRBY": 2, "SADD": 2, "SREM": 2, "ZADD": 1, "ZREM": 1,
	"RPUSH": 1, "LPUSH": 1, "LPOP": 1, "RPOP": 1, "LTRIM": 1, "XADD": 1, "XDEL": 1, "XACK": 1, "XGROUP": 3, "XAUTOCLAIM": 1, "XCLAIM": 1, "XREADGROUP": 0,
}

func plainWrite(name string, c command, answer reply) *Write {
	words, ok := plainWrites[name]
	if !ok || answer.null || answer.kind == ':' && answer.text == "0" && name != "HSET" {
		return nil
	}
	// Reading for a group writes down who has the entry. An empty answer wrote nothing.
	if name == "XREADGROUP" || name == "XAUTOCLAIM" {
		if !hasEntries(name, answer) {
			return nil
		}
		return &Write{Service: Redis, Kind: "claim of an inbox entry", ID: entryOf(name, answer)}
	}
	id := strings.Join(c.words[1:min(len(c.words), 1+words)], " ")
	kind := name + " " + sortOf(id)
	repeats := strings.Contains(id, ":lease:") || strings.Contains(id, ":progress") || strings.Contains(id, "{slack}") || strings.HasSuffix(name, "EXPIRE")
	return &Write{Service: Redis, Kind: kind, ID: id, Repeats: repeats}
}

func hasEntries(name string, answer reply) bool {
	if name == "XAUTOCLAIM" {
		return len(answer.items) > 1 && len(answer.items[1].items) > 0
	}
	return len(answer.items) > 0
}

var entryID = regexp.MustCompile(`\b\d{13}-\d+\b`)

// entryOf is the first entry's id, wherever RESP 2 or 3 has it.
func entryOf(name string, answer reply) string {
	if name == "XAUTOCLAIM" {
		answer = answer.items[1]
	}
	var find func(v reply) string
	find = func(v reply) string {
		if len(v.items) == 0 {
			return entryID.FindString(v.text)
		}
		for _, item := range v.items {
			if id := find(item); id != "" {
				return id
			}
		}
		return ""
	}
	return find(answer)
}

func transactionWrite(c command, answer reply) *Write {
	if answer.null {
		return nil
	}
	var names, ids []string
	for i, part := range c.all {
		if i < len(answer.items) {
			if w := redisWrite(part, answer.items[i]); w != nil {
				names, ids = append(names, w.Kind), append(ids, strings.Join(part.words, " "))
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	return &Write{Service: Redis, Kind: strings.Join(names, ", "), ID: strings.Join(ids, ", ")}
}

// refusals are what the bot's scripts answer when they wrote nothing.
var refusals = []string{"conflict", "late", "seen", "0"}

var messageKey = regexp.MustCompile(`"key":"([^"]*)"`)

// scriptWrite names a script's write by its first key, and tells one from the next by what the script was given.
func scriptWrite(c command, answer reply) *Write {
	if answer.null || slices.Contains(refusals, answer.text) || len(c.words) < 3 {
		return nil
	}
	n, err := strconv.Atoi(c.words[2])
	if err != nil || n < 1 || len(c.words) < 3+n {
		return nil
	}
	keys, args := c.words[3:3+n], c.words[3+n:]
	w := &Write{Service: Redis, Kind: "script on " + sortOf(keys[0]), ID: strings.Join(keys, " ")}
	switch first := keys[0]; {
	case strings.HasSuffix(first, ":state"):
		commitWrite(w, first, args)
	case strings.Contains(first, ":lease:outbox") && n > 1:
		// The outbox: take, mark, done. The message's key is in the answer or in what is written.
		text := answer.text + strings.Join(args[min(1, len(args)):], " ")
		key := ""
		if found := messageKey.FindStringSubmatch(text); found != nil {
			key = found[1]
		} else if len(args) > 1 {
			key = args[1]
		}
		w.Kind, w.ID = outboxAct(n, keys), strconv.Itoa(n)+" "+key
		w.Repeats = strings.Contains(text, `"priority":2`)
	case strings.Contains(first, ":lease:"), strings.Contains(first, "{slack}"):
		w.Repeats = true
	case strings.Contains(first, "{in}:stream"):
		w.Kind = "keeping of an inbox entry"
		if w.Repeats = n == 1; n > 1 {
			w.Kind, w.ID = "storing of an envelope", strings.Join(keys[1:], " ")
		}
	}
	return w
}

var documentVersion = regexp.MustCompile(`"version":(\d+)`)

// commitWrite knows a commit by the version of the document in it. One without an audit entry is a reading.
func commitWrite(w *Write, key string, args []string) {
	document := slices.IndexFunc(args, func(a string) bool { return strings.HasPrefix(a, `{"schema_version":`) })
	if document < 0 {
		return
	}
	w.Kind = "commit"
	if found := documentVersion.FindStringSubmatch(args[document]); found != nil {
		w.ID = key + " " + found[1]
	}
	if !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, `{"seq":`) }) {
		w.Kind, w.Repeats = "commit of a reading", true
	}
}

func outboxAct(n int, keys []string) string {
	switch {
	case slices.ContainsFunc(keys, func(k string) bool { return strings.HasSuffix(k, ":places") }):
		return "record of a sent message"
	case n == 2 && strings.HasSuffix(keys[1], ":sending"):
		return "marking of a message"
	case slices.ContainsFunc(keys, func(k string) bool { return strings.HasSuffix(k, ":outbox") }):
		return "taking of a message"
	}
	return "script on the outbox"
}

var ofOne = regexp.MustCompile(`\{[^}]*\}|[0-9a-f]{12,}|[A-Z0-9]{20,}|[0-9]+`)

// sortOf leaves out of a key what differs from one migration, message or run to the next.
func sortOf(key string) string { return ofOne.ReplaceAllString(key, "#") }
