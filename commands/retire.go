// SPDX-License-Identifier: Apache-2.0

package commands

import (
	"context"
	"fmt"

	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// retired tells the thread that its migration leaves Redis.
func retired(m *store.Migration, e runbook.Retired) Message {
	text := fmt.Sprintf("*%s* is finished since %s, and leaves Redis now, as finished migrations do after %s.", m.Name, day(m.ClosedAt), several(e.Days, "day", "days"))
	text += fmt.Sprintf("\nIts audit, %s, is in the file above", several(int(e.Entries), "entry", "entries"))
	if e.OnTarget {
		text += ", and on its target, in table `ferryman.chain`."
	} else {
		text += ". Whether its target has all of it, in table `ferryman.chain`, could not be seen."
	}
	return message(text).with(contextBlock("The thread stays; a command that names the migration is told where all this is."))
}

// finished says of a migration that has left Redis where the rest of it is; empty where there was none of that name.
func (r *Router) finished(ctx context.Context, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	f, err := r.Store.Finished(ctx, name)
	if err != nil || f == nil {
		return "", err
	}
	thread := "in its thread"
	if link, err := r.Slack.Permalink(ctx, f.Root.Channel, f.Root.TS); err == nil {
		thread = fmt.Sprintf("in <%s|its thread>", link)
	}
	where := fmt.Sprintf("Its audit, %s, is %s as *%s*", several(int(f.Entries), "entry", "entries"), thread, f.File)
	if f.OnTarget {
		where += ", and on its target (" + Escape(f.Target) + "), in table `ferryman.chain`"
	}
	return fmt.Sprintf("*%s* is finished since %s, and left Redis %s. %s.", f.Name, day(f.ClosedAt), day(f.RetiredAt), where), nil
}
