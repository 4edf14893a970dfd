// SPDX-License-Identifier: Apache-2.0

package faulty_test

import (
	"sync"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/faulty"
	"github.com/ferryman/ferryman/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// witness keeps what it is shown, and answers unless lose says otherwise.
type witness struct {
	mu   sync.Mutex
	seen []faulty.Write
	lose func(faulty.Write) bool
}

func (w *witness) watch(x faulty.Write, answer func()) {
	w.mu.Lock()
	w.seen = append(w.seen, x)
	lose := w.lose != nil && w.lose(x)
	w.mu.Unlock()
	if !lose {
		answer()
	}
}

func (w *witness) kinds() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for _, x := range w.seen {
		out = append(out, x.Kind)
	}
	return out
}

func (w *witness) last() faulty.Write {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.seen) == 0 {
		return faulty.Write{}
	}
	return w.seen[len(w.seen)-1]
}
