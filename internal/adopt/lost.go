// SPDX-License-Identifier: Apache-2.0

package adopt

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ferryman/ferryman/store"
)

// lostPatience bounds the look for lost migrations: somebody waits, and Slack gives three seconds.
const lostPatience = 1500 * time.Millisecond

// Lost are the names of the migrations that are open on the targets of profiles, with something to adopt there, and not among known.
// unasked are the profiles whose target did not let itself be asked in time.
func (a *Adopter) Lost(ctx context.Context, profiles []string, known []*store.Migration) (names, unasked []string) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(a.LostWithin, lostPatience))
	defer cancel()
	names, unasked = make([]string, len(profiles)), make([]string, len(profiles))
	var wg sync.WaitGroup
	for i, p := range profiles {
		wg.Go(func() {
			switch open, err := a.Crew.OpenOn(ctx, p); {
			case err != nil:
				unasked[i] = p
			case open.Seq > 0 && (open.Profile == "" || open.Profile == p):
				names[i] = open.Name
			}
		})
	}
	wg.Wait()
	names = slices.DeleteFunc(names, func(name string) bool {
		return name == "" || slices.ContainsFunc(known, func(m *store.Migration) bool { return m.Name == name })
	})
	slices.Sort(names)
	return slices.Compact(names), slices.DeleteFunc(unasked, func(p string) bool { return p == "" })
}

// Remembers is the last entry of the audit chain that a profile's target has of a migration that is open there; 0 where it is not.
func (a *Adopter) Remembers(ctx context.Context, name, profile string) (int64, error) {
	open, err := a.Crew.OpenOn(ctx, profile)
	if err != nil || open.Name != name {
		return 0, err
	}
	return open.Seq, nil
}
