// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"slices"
	"sync"
)

// loadPlan hands out tables so that the load is out of order with respect to foreign keys: a table waits until the first rows of the
// tables that refer to it are on the target. DMS promises no order; this is the one that shows a key that was left in place.
type loadPlan struct {
	mu        sync.Mutex
	queue     []*table
	referrers map[TableName][]TableName
	unlanded  map[TableName]bool
	underWay  int           // tables handed out of which nothing has landed
	moved     chan struct{} // closed at each change
}

func newLoadPlan(tables []*table) *loadPlan {
	p := &loadPlan{queue: slices.Clone(tables), referrers: map[TableName][]TableName{}, unlanded: map[TableName]bool{}, moved: make(chan struct{})}
	for _, t := range tables {
		p.unlanded[t.TableName] = true
		for _, parent := range t.references {
			p.referrers[parent] = append(p.referrers[parent], t.TableName)
		}
	}
	return p
}

// next waits for a table that may be loaded, nil when there is none left or ctx ends.
func (p *loadPlan) next(ctx context.Context) *table {
	for {
		p.mu.Lock()
		if len(p.queue) == 0 || ctx.Err() != nil {
			p.mu.Unlock()
			return nil
		}
		pick := slices.IndexFunc(p.queue, func(t *table) bool {
			return !slices.ContainsFunc(p.referrers[t.TableName], func(child TableName) bool { return p.unlanded[child] })
		})
		if pick < 0 && p.underWay == 0 { // tables that refer to each other in a ring
			pick = 0
		}
		if pick >= 0 {
			t := p.queue[pick]
			p.queue = slices.Delete(p.queue, pick, pick+1)
			p.underWay++
			p.mu.Unlock()
			return t
		}
		moved := p.moved
		p.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-moved:
		}
	}
}

// landed says that a table's first rows are on the target, or that none will come. Further calls change nothing.
func (p *loadPlan) landed(t *table) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.unlanded[t.TableName] {
		return
	}
	p.unlanded[t.TableName] = false
	p.underWay--
	close(p.moved)
	p.moved = make(chan struct{})
}
