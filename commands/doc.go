// SPDX-License-Identifier: Apache-2.0

// Package commands is what people say to Ferryman and what it says back: one file for each slash command (parse, ask, answer), and
// the events of the phases rendered into messages.
package commands
