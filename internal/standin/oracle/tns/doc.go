// SPDX-License-Identifier: Apache-2.0

// Package tns is a server for Oracle's wire protocol (TNS packets, TTC messages), so that unmodified Oracle clients such as go-ora
// and python-oracledb in thin mode can log on, query and change data. What the statements mean is up to a Handler.
package tns
