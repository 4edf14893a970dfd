// SPDX-License-Identifier: Apache-2.0

// Package adopt rebuilds a migration that Redis has lost, or was set back behind, from its target, from AWS DMS and from its thread in
// Slack. Approvals never survive: what needs two people is asked anew.
package adopt
