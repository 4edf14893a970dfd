// SPDX-License-Identifier: Apache-2.0

// Package slack is a local server that speaks Slack's Web API and Socket Mode as strictly as Slack does, so that slack-go, Bolt and
// any other client of those protocols can be run and tested without a workspace.
//
// Three sides meet in a Server. The app talks HTTP and WebSocket to it (api*.go, socket*.go). People are played through Person:
// they type commands, press buttons, fill modals, and see only what a member of theirs kind would see. The one who rehearses breaks
// things through the faults (faults.go) and watches through Subscribe and the Wait functions.
//
// Where Slack's behaviour is not documented, the stricter of the known answers is given; the comments say where.
package slack
