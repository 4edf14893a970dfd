// SPDX-License-Identifier: Apache-2.0

// Package page is a browser page that looks and behaves like one Slack channel, on top of the Slack stand-in: one chooses which member
// one is, types commands and messages, drops files, presses buttons, fills modals, opens threads and files, and breaks things by what the caller
// offers. Whatever happens in the workspace is on the page at once, by Server-Sent Events.
//
// It is meant for the loopback interface only: it answers no other Host than 127.0.0.1, localhost or ::1, and takes no POST that comes
// from another origin, so that a web page elsewhere can't press its buttons. Messages are hostile: the page never makes HTML of them,
// and its Content-Security-Policy allows neither inline scripts nor trusted-type sinks; files open in a sandbox without scripts.
// An open page holds one connection, and browsers have six for one host: with more than five tabs the sixth can't act.
//
// # HTTP
//
// Everything is JSON. Errors are {"error": "…"} with a status of 4xx or 5xx.
//
//	GET  /api/events?member=U…   Server-Sent Events: "state" (everything, first and after changes of the workspace), then "message",
//	                             "ephemeral" (by ts; null when it is gone), "modals", "sockets"
//	GET  /api/state?member=U…    the same state once
//	GET  /api/files/{id}/{name}?member=U…[&download=1]
//	POST /api/say                {"member", "text", "thread"}; @names and #channels become mentions
//	POST /api/share              {"member", "text", "thread", "files": [{"name", "content" in base64}]}: one message with the files
//	POST /api/command            {"member", "text", "thread"}; answers {"error"} with Slack's code when the app did not answer
//	POST /api/press              {"member", "ts" or "view", "action_id", "value" of a button or "choice" of anything else}
//	POST /api/submit             {"member", "view", "values" by block or action id}; answers slack.Submission
//	POST /api/close              {"member", "view"}
//	POST /api/break              {"id"}; answers {"text"}
//
// # For browser tests
//
// Package pagetest drives the page. These stay as they are:
//
//	body[data-member]                              the member whose screen is shown; set once it is
//	select[data-testid=member]                     who one is (values are user ids); /?member=U… chooses, too
//	[data-testid=sockets][data-count]              open Socket Mode connections of the app
//	[data-testid=stream][data-state=live|lost]     whether the page hears of changes
//	[data-testid=channel]                          the channel's messages
//	[data-testid=thread]                           the thread pane, [data-testid=thread-messages] in it; absent ([hidden]) when closed
//	article[data-testid=message][data-ts]          a message; with data-ephemeral when only this member sees it, data-thread in threads
//	button[data-testid=replies]                    in a root message: opens its thread; data-count
//	button[data-action][data-value]                a button in a message or modal, by action_id and value
//	[data-testid=problem]                          beside a button: why the click did not arrive
//	a[data-testid=file][data-name]                 opens a file
//	textarea[data-testid=composer]                 the channel's message box, button[data-testid=send]
//	textarea[data-testid=thread-composer]          the thread's, button[data-testid=thread-send], button[data-testid=thread-close]
//	button[data-testid=attach], …=thread-attach]   chooses files to share; they can be dropped on [data-testid=channel] and the thread, too
//	[data-testid=suggestions] [role=option]        commands that fit what is typed
//	dialog[data-testid=modal][data-view]           the modal on top; [data-block=…] its blocks, [data-field=…] a field by its block_id,
//	                                               [data-testid=field-error], button[data-testid=modal-submit], …=modal-close]
//	dialog[data-testid=confirm]                    a button's confirmation: button[data-testid=confirm-yes], …=confirm-no]
//	button[data-testid=break][data-break]          breaks something by id, [data-testid=break-result][data-break] what came of it
//	[data-testid=toast]                            what went wrong with the last thing one did
package page
