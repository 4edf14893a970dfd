// SPDX-License-Identifier: Apache-2.0

package convert

import "github.com/ferryman/ferryman/internal/oracle/dictionary"

// Builtin is the engine that ships with Ferryman.
type Builtin struct{}

// Convert implements Engine.
func (Builtin) Convert(d *dictionary.Dictionary, o Options) *Conversion { return Convert(d, o) }

// Convert converts the schemas of d.
func Convert(d *dictionary.Dictionary, o Options) *Conversion { return &Conversion{} }

// TargetName is the name that an Oracle name has on the target: lower case, as the DMS rules convert it.
func TargetName(oracle string) string { return oracle }

func script(c *Conversion) string { return "" }
