// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"time"
)

// trigger is what an interaction gives an app to open a modal with: once, within three seconds.
type trigger struct {
	user string
	view string // the modal that the interaction came from
	made time.Time
	used bool
}

var triggerPattern = regexp.MustCompile(`^\d+\.\d+\.[0-9a-f]+$`)

func (s *Server) newTrigger(user, view string) string {
	id := fmt.Sprintf("%d.%d.%016x%016x", s.now().UnixMilli(), 100000000000+s.serial, rand.Uint64(), rand.Uint64())
	s.triggers[id] = &trigger{user: user, view: view, made: s.now()}
	return id
}

// exchange uses up a trigger id. A view that is refused afterwards has used it all the same.
func (s *Server) exchange(id string) (*trigger, *apiError) {
	if !triggerPattern.MatchString(id) {
		return nil, fail("invalid_trigger_id")
	}
	t := s.triggers[id]
	switch {
	case t == nil:
		return nil, fail("invalid_trigger_id")
	case t.used:
		return nil, fail("exchanged_trigger_id")
	case s.now().Sub(t.made) > s.timing.TriggerLife:
		return nil, fail("expired_trigger_id")
	}
	t.used = true
	return t, nil
}
