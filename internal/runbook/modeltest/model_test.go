// SPDX-License-Identifier: Apache-2.0

package modeltest_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/testenv"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// full tells that there is time: a night, not a push.
var full = os.Getenv("FERRYMAN_TEST_FULL") == "1"

const (
	lanes     = 12
	sequences = 2000
)

// TestTwoPeopleWhateverHappens plays random sequences of all that people, machines and clocks may do, and holds what was run against the rules of
// docs/security.md. FERRYMAN_TEST_SEED plays one sequence again, FERRYMAN_TEST_SEQUENCES so many.
func TestTwoPeopleWhateverHappens(t *testing.T) {
	if seed := os.Getenv("FERRYMAN_TEST_SEED"); seed != "" {
		again(t, seed)
		return
	}
	n := sequences
	if full {
		n *= 20
	}
	if some, err := strconv.Atoi(os.Getenv("FERRYMAN_TEST_SEQUENCES")); err == nil {
		n = some
	}
	first := rand.Uint64() >> 16
	t.Logf("%d sequences from seed %d on", n, first)
	var (
		next   atomic.Int64
		mu     sync.Mutex
		counts = map[string]int{}
		all    sync.WaitGroup
		broken []string
	)
	began := time.Now()
	for i := range lanes {
		l := newLane(t, i)
		all.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(n) || t.Failed() {
					return
				}
				w := l.play(t, first+uint64(i), doubles{})
				mu.Lock()
				for what, n := range w.counts {
					counts[what] += n
				}
				if len(w.problems) > 0 && len(broken) < 20 {
					broken = append(broken, w.report())
				}
				stop := len(broken) >= 20
				mu.Unlock()
				if stop {
					return
				}
			}
		})
	}
	all.Wait()
	var words []string
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		words = append(words, fmt.Sprintf("%s %d", what, counts[what]))
	}
	t.Logf("%d sequences in %s: %s", n, time.Since(began).Round(time.Millisecond), strings.Join(words, ", "))
	require.Empty(t, broken, strings.Join(broken, "\n\n"))
	require.Greater(t, counts["executed"], n/5, "plans are run at all")
}

func again(t *testing.T, text string) {
	seed, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err)
	l := newLane(t, 0)
	l.verbose = true
	w := l.play(t, seed, doubles{})
	t.Log(w.report())
	require.Empty(t, w.problems)
}

// report is what is to be known of a sequence that broke a rule.
func (w *world) report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "FERRYMAN_TEST_SEED=%d: %s\n  %s", w.seed, strings.Join(w.history, ", "), strings.Join(w.problems, "\n  "))
	return b.String()
}

// testLog is where a replica's log goes when one sequence is played again.
type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}
