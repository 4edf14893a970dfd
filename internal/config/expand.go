// SPDX-License-Identifier: Apache-2.0

package config

import (
	"regexp"
	"strconv"
)

var (
	variable      = regexp.MustCompile(`\$\$\{|\$\{[^}]*\}?`)
	variableName  = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`)
	integerNumber = regexp.MustCompile(`^-?[0-9]{1,18}$`)
)

// text expands the variables in a text. A variable's value is never read as YAML and never expanded again.
func (d *document) text(path string, at position, raw string) any {
	if variableName.MatchString(raw) {
		d.expanded[path] = true
	}
	return variable.ReplaceAllStringFunc(raw, func(ref string) string {
		if ref == "$${" {
			return "${"
		}
		name := variableName.FindStringSubmatch(ref)
		if name == nil {
			d.problem(path, at, "a ${ begins a variable: write ${NAME}, or $${ for the two characters themselves")
			d.unset[path] = true
			return ""
		}
		v, ok := d.env(name[1])
		if !ok {
			d.problem(path, at, "the environment variable %s is not set", name[1])
			d.unset[path] = true
		}
		return v
	})
}

// retype makes a number or a truth of a text that came whole from a variable, where the schema wants one.
func retype(text, wanted string) any {
	switch {
	case wanted == "integer" && integerNumber.MatchString(text):
		n, err := strconv.ParseInt(text, 10, 64)
		if err == nil {
			return n
		}
	case wanted == "boolean" && (text == "true" || text == "false"):
		return text == "true"
	}
	return text
}
