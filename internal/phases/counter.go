// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"fmt"
	"sync"
	"time"

	"github.com/ferryman/ferryman/internal/compare"
	"github.com/ferryman/ferryman/internal/runbook"
)

// counter makes one reading of the comparison's many, at most every second.
type counter struct {
	mu     sync.Mutex
	total  int
	rows   map[string]int64
	done   map[string]int
	last   time.Time
	report runbook.Report
}

func newCounter(total int, report runbook.Report) *counter {
	return &counter{total: total, rows: map[string]int64{}, done: map[string]int{}, report: report}
}

func (c *counter) progress(p compare.Progress) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := p.Table.Source.Schema + "." + p.Table.Source.Table
	if p.Side == "source" {
		c.rows[name] = p.Rows
	}
	if p.Done {
		c.done[name]++
	}
	if c.report == nil || time.Since(c.last) < time.Second {
		return
	}
	c.last = time.Now()
	v := Validating{Total: c.total, At: c.last}
	for _, n := range c.rows {
		v.Rows += n
	}
	for _, sides := range c.done {
		if sides == 2 {
			v.Done++
		}
	}
	c.report("progress", fmt.Sprintf("%d of %d tables", v.Done, v.Total), v)
}
