// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"log/slog"
)

// redacted is what every printed form of a Secret shows.
const redacted = "[redacted]"

// Secret is a text that must not be printed: a password, or a connection string with one in it. Every ordinary way of printing or
// encoding it shows "[redacted]"; only Reveal returns the text.
type Secret string

// Reveal returns the text itself, for handing to the database or to AWS.
func (s Secret) Reveal() string { return string(s) }

// String hides the text.
func (s Secret) String() string { return redacted }

// Format hides the text from every verb of package fmt, %x and %q too.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText hides the text from encoders: JSON, YAML, XML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue hides the text from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
