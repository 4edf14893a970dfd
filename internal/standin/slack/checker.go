// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// surface is where blocks are shown; each takes other blocks, and another number of them.
type surface int

const (
	inMessage surface = iota
	inModal
	inHome
)

// checker collects what is wrong with blocks, in the words and with the JSON pointers that Slack uses. The sizes are those of the Node
// SDK's types (packages/types/src/block-kit).
type checker struct {
	errs  []string
	where surface
}

func (c *checker) add(pointer, message string) {
	c.errs = append(c.errs, message+" [json-pointer:"+pointer+"]")
}

// fields refuses properties that the object does not have, and names the type's own in known, separated by spaces.
func (c *checker) fields(o object, pointer, known string) {
	names := strings.Fields(known)
	for _, key := range sortedKeys(o) {
		if !slices.Contains(names, key) {
			c.add(pointer, "invalid additional property: "+key)
		}
	}
}

func sortedKeys(o object) []string {
	keys := make([]string, 0, len(o))
	for k := range o {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// str checks a string property. low and high bound its characters.
func (c *checker) str(o object, key, pointer string, required bool, low, high int) string {
	v, given := o[key]
	if !given || v == nil {
		if required {
			c.add(pointer, "missing required field: "+key)
		}
		return ""
	}
	text, ok := v.(string)
	n := utf8.RuneCountInString(text)
	switch {
	case !ok:
		c.add(pointer+"/"+key, "must be a string")
	case n < low:
		c.add(pointer+"/"+key, fmt.Sprintf("must be more than %d characters", low-1))
	case n > high:
		c.add(pointer+"/"+key, fmt.Sprintf("must be less than %d characters", high+1))
	}
	return text
}

func (c *checker) oneOf(o object, key, pointer string, required bool, allowed ...string) {
	v, given := o[key]
	if !given || v == nil {
		if required {
			c.add(pointer, "missing required field: "+key)
		}
		return
	}
	if text, _ := v.(string); !slices.Contains(allowed, text) {
		c.add(pointer+"/"+key, "must be a valid enum value")
	}
}

func (c *checker) boolean(o object, pointer string, keys ...string) {
	for _, key := range keys {
		if v, given := o[key]; given && v != nil {
			if _, ok := v.(bool); !ok {
				c.add(pointer+"/"+key, "must be a boolean")
			}
		}
	}
}

// integer checks a whole number within bounds.
func (c *checker) integer(o object, key, pointer string, low, high int64) {
	v, given := o[key]
	if !given || v == nil {
		return
	}
	number, _ := v.(json.Number)
	n, err := number.Int64()
	switch {
	case err != nil:
		c.add(pointer+"/"+key, "must be an integer")
	case n < low:
		c.add(pointer+"/"+key, fmt.Sprintf("must be greater than %d", low-1))
	case n > high:
		c.add(pointer+"/"+key, fmt.Sprintf("must be less than %d", high+1))
	}
}

func (c *checker) link(o object, key, pointer string, required bool, high int) {
	text := c.str(o, key, pointer, required, 1, high)
	if text == "" {
		return
	}
	if u, err := url.Parse(text); err != nil || u.Scheme == "" || u.Host == "" && u.Scheme != "mailto" && u.Scheme != "slack" {
		c.add(pointer+"/"+key, "must be a valid URL")
	}
}

// object asks for a JSON object and is nil, having said so, when there is something else.
func (c *checker) object(v any, pointer string) object {
	o, ok := v.(object)
	if !ok {
		c.add(pointer, "must provide an object")
	}
	return o
}

// list checks an array property's length and gives its items.
func (c *checker) list(o object, key, pointer string, required bool, low, high int) []any {
	v, given := o[key]
	if !given || v == nil {
		if required {
			c.add(pointer, "missing required field: "+key)
		}
		return nil
	}
	items, ok := v.([]any)
	switch {
	case !ok:
		c.add(pointer+"/"+key, "must be an array")
	case len(items) < low:
		c.add(pointer+"/"+key, fmt.Sprintf("no fewer than %d items allowed", low))
	case len(items) > high:
		c.add(pointer+"/"+key, fmt.Sprintf("no more than %d items allowed", high))
	}
	return items
}
