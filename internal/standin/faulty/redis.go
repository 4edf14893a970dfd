// SPDX-License-Identifier: Apache-2.0

package faulty

import (
	"bufio"
	"bytes"
	"net"
	"strings"
	"sync"
)

// Redis starts a proxy in front of a Redis server for one client of that name.
func RedisProxy(server, client string, watch Watcher) (*Proxy, error) {
	return listen(server, func() relay { return &redisRelay{client: client, watch: watch} })
}

// redisRelay passes commands one way and replies the other, which come in the order of the commands.
type redisRelay struct {
	client string
	watch  Watcher

	mu      sync.Mutex
	waiting []command
	multi   []command // the commands of a MULTI that was begun
	inMulti bool
}

// command is one command whose reply has not come yet.
type command struct {
	words []string
	// all are those of a transaction, where this is its EXEC.
	all []command
	// queued tells that it is part of a transaction, whose EXEC is the write.
	queued bool
}

func (c command) name() string {
	if len(c.words) == 0 {
		return ""
	}
	return strings.ToUpper(c.words[0])
}

func (r *redisRelay) fromClient(client, server net.Conn) error {
	in := bufio.NewReaderSize(client, 64<<10)
	var raw bytes.Buffer
	for {
		raw.Reset()
		value, err := readReply(in, &raw)
		if err != nil {
			return err
		}
		c := command{}
		for _, item := range value.items {
			c.words = append(c.words, item.text)
		}
		r.expect(c)
		if _, err := server.Write(raw.Bytes()); err != nil {
			return err
		}
	}
}

// expect notes a command whose reply will come. Those that subscribe are answered by pushes, which are no replies.
func (r *redisRelay) expect(c command) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch c.name() {
	case "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE":
		return
	case "MULTI":
		r.inMulti, r.multi = true, nil
	case "EXEC":
		c.all, r.multi, r.inMulti = r.multi, nil, false
	case "DISCARD":
		r.multi, r.inMulti = nil, false
	default:
		if r.inMulti {
			c.queued, r.multi = true, append(r.multi, c)
		}
	}
	r.waiting = append(r.waiting, c)
}

func (r *redisRelay) answered() (command, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) == 0 {
		return command{}, false
	}
	c := r.waiting[0]
	r.waiting = r.waiting[1:]
	return c, true
}

func (r *redisRelay) fromServer(client, server net.Conn) error {
	in := bufio.NewReaderSize(server, 64<<10)
	var raw bytes.Buffer
	pass := func() error {
		_, err := client.Write(raw.Bytes())
		return err
	}
	for {
		raw.Reset()
		value, err := readReply(in, &raw)
		if err != nil {
			return err
		}
		var write *Write
		if value.kind != '>' {
			if c, ok := r.answered(); ok && !c.queued {
				write = redisWrite(c, value)
			}
		}
		if write == nil {
			err = pass()
		} else {
			write.Client = r.client
			err = r.watch.seen(*write, pass)
		}
		if err != nil {
			return err
		}
	}
}
