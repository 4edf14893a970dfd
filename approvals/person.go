// SPDX-License-Identifier: Apache-2.0

package approvals

// Person is what Slack says about somebody at the moment of asking.
type Person struct {
	ID     string
	TeamID string
	Name   string
	// Bot is an app or a workflow, not a human.
	Bot bool
	// Deleted is a deactivated account.
	Deleted bool
	// Guest is a single-channel or multi-channel guest of the workspace.
	Guest bool
	// External is somebody of another organisation who is here by Slack Connect.
	External bool
}

// Human says whether the person can count at all: a member of this workspace, alive, and not a program.
func (p Person) Human() bool {
	return p.ID != "" && !p.Bot && !p.Deleted && !p.Guest && !p.External
}
