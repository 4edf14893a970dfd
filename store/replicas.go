// SPDX-License-Identifier: Apache-2.0

package store

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// replicas remembers of each address how many replicas the server there had.
type replicas struct {
	mu  sync.Mutex
	had map[string]*following
}

// following is what followed the server at an address.
type following struct {
	// ids are the histories that the server was seen to write (master_replid): a new one at each start.
	ids map[string]bool
	// most is how many replicas it had last at (or before, within replicaGrace), and at when it had as many last.
	most int
	at   time.Time
}

// expected is how many replicas must have a write before it counts, by what the server says of its replication: none where it has none;
// else one. Where one of them is missing since less than replicaGrace it is as many as there were: the one that is missing may be taking
// the master's place, and what it does not have would be lost then, whoever else has it. A server that does not say is taken to have
// none; its durability is asserted or refused as a whole.
func (r *replicas) expected(address string, info *redis.StringCmd) int {
	if info.Err() != nil {
		return 0
	}
	said := map[string]string{}
	for line := range strings.Lines(info.Val()) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			said[name] = value
		}
	}
	now, id := time.Now(), said["master_replid"]
	connected, _ := strconv.Atoi(said["connected_slaves"])
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.had == nil {
		r.had = map[string]*following{}
	}
	f := r.had[address]
	if f == nil || !f.ids[id] && f.ids[said["master_replid2"]] {
		// Unknown so far, or a replica that took its master's place: it is the truth now, and has the followers that it has.
		f = &following{ids: map[string]bool{}}
		r.had[address] = f
	}
	f.ids[id] = true
	if connected >= f.most || now.Sub(f.at) > replicaGrace {
		f.most, f.at = connected, now
	}
	if connected < f.most {
		return f.most
	}
	return min(connected, 1)
}
