// SPDX-License-Identifier: Apache-2.0

package commands

var fallbackCommand = Spec{Name: "/migrate-fallback", Phase: "fallback", Usage: named,
	Description: "The way back: undo, or the reverse task (comes later)"}
