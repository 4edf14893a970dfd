// SPDX-License-Identifier: Apache-2.0

//go:build !race

package tns_test

const raceDetector = false
