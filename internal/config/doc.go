// SPDX-License-Identifier: Apache-2.0

// Package config reads Ferryman's one configuration file. The file is checked against the JSON schema beside this source; the
// schema also holds the defaults and the meaning of each key.
package config
