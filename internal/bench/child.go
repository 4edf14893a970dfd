// SPDX-License-Identifier: Apache-2.0

package main

// childCommand is the first argument of a child process: Ferryman alone, so that its memory can be measured.
const childCommand = "child"

func childMain([]string) int { return 2 }
