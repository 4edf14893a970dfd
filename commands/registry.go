// SPDX-License-Identifier: Apache-2.0

package commands

import "slices"

// Spec is one slash command.
type Spec struct {
	// Name is the command with its slash. Phase is the phase that it starts, if it starts one.
	Name, Phase string
	// Description and Usage are shown by Slack while the command is typed.
	Description, Usage string
	// Keys are the key=value words that it takes.
	Keys []string
	// Open tells that anybody in the channel may give it; the others are for the profile's operators.
	Open bool
}

const named = "[migration]"

// All are the slash commands in the runbook's order.
func All() []Spec {
	return []Spec{newCommand, assessCommand, offloadCommand, schemaCommand, prepareCommand, loadCommand, rebuildCommand, replicateCommand,
		validateCommand, cutoverCommand, fallbackCommand, statusCommand, helpCommand}
}

func findCommand(name string) (Spec, bool) {
	all := All()
	i := slices.IndexFunc(all, func(s Spec) bool { return s.Name == name })
	if i < 0 {
		return Spec{}, false
	}
	return all[i], true
}
