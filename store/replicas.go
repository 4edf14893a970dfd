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
	// histories are those that a server was seen to write (master_replid): it begins a new one at its start and when it is promoted.
	histories map[string]bool
}

// following is what followed the server at an address.
type following struct {
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
		r.had, r.histories = map[string]*following{}, map[string]bool{}
	}
	f := r.had[address]
	if f == nil || !r.histories[id] && r.histories[said["master_replid2"]] {
		// Unknown so far, or a replica that took its master's place: it is the truth now, and has the followers that it has.
		f = &following{}
		r.had[address] = f
	}
	r.histories[id] = true
	if connected >= f.most || now.Sub(f.at) > replicaGrace {
		f.most, f.at = connected, now
	}
	if connected < f.most {
		return f.most
	}
	return min(connected, 1)
}
