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
