// SPDX-License-Identifier: Apache-2.0

// Package bot is Slack's edge: sockets that store what arrives before they acknowledge it, workers that hand it to the commands, an
// outbox that keeps Slack's limits, and the question "who is this person".
package bot
