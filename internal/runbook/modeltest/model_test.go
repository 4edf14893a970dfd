// SPDX-License-Identifier: Apache-2.0

package modeltest_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
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
	// lanes is how many sequences are played side by side: much of each is waiting.
	lanes = 8
	// sequences are how many are played, of which so many while races are looked for.
	sequences       = 2000
	sequencesRacing = 80
)

// patience is less than the package's own, so that what hangs shows where.
var patience = map[bool]time.Duration{false: 20 * time.Minute, true: 5 * time.Hour}[full]

// TestTwoPeopleWhateverHappens plays random sequences of all that people, machines and clocks may do, and holds what was run against the rules of
// docs/security.md. FERRYMAN_TEST_SEED plays one sequence again, FERRYMAN_TEST_SEQUENCES so many. Under -race most are played by a program
// that was built without it: it plays five in the time of one.
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
	} else if testenv.Racing {
		playWithoutRace(t, n-sequencesRacing)
		n = sequencesRacing
	}
	playMany(t, n)
}

// playWithoutRace has a program built without -race play so many sequences.
func playWithoutRace(t *testing.T, n int) {
	program := filepath.Join(t.TempDir(), "model.test")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	play := exec.CommandContext(t.Context(), program, "-test.run", "^TestTwoPeopleWhateverHappens$", "-test.v", "-test.timeout", patience.String())
	play.Env = append(os.Environ(), fmt.Sprintf("FERRYMAN_TEST_SEQUENCES=%d", n))
	out, err = play.CombinedOutput()
	t.Log(string(out))
	require.NoError(t, err)
}

// tally is what many sequences came to.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
	broken []string
}

func (a *tally) add(w *world) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for what, n := range w.counts {
		a.counts[what] += n
	}
	if len(w.problems) > 0 {
		a.broken = append(a.broken, w.report())
	}
}

func (a *tally) enough() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.broken) >= 20
}

func playMany(t *testing.T, n int) {
	first := rand.Uint64() >> 16
	t.Logf("%d sequences from seed %d on", n, first)
	var next atomic.Int64
	var all sync.WaitGroup
	came, began := tally{counts: map[string]int{}}, time.Now()
	for i := range lanes {
		all.Go(func() {
			l := newLane(t, i)
			for !t.Failed() && !came.enough() {
				i := next.Add(1) - 1
				if i >= int64(n) {
					return
				}
				came.add(l.play(t, first+uint64(i), doubles{}))
			}
		})
	}
	all.Wait()
	var words []string
	for _, what := range slices.Sorted(maps.Keys(came.counts)) {
		words = append(words, fmt.Sprintf("%s %d", what, came.counts[what]))
	}
	t.Logf("%d sequences in %s: %s", n, time.Since(began).Round(time.Millisecond), strings.Join(words, ", "))
	require.Empty(t, came.broken, strings.Join(came.broken, "\n\n"))
	require.Greater(t, came.counts["executed"], n/5, "plans are run at all")
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
