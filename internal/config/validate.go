// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// validate checks the values against the schema and words what is wrong without showing a value.
func (d *document) validate(schema *jsonschema.Schema) {
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(d.root); errors.As(err, &invalid) {
		d.explain(invalid)
	}
}

func (d *document) explain(e *jsonschema.ValidationError) {
	path, schema := d.locate(e.InstanceLocation)
	if d.unset[path] {
		return
	}
	at := d.nearest(path)
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, key := range k.Properties {
			d.unknown(path, key, schema)
		}
	case *kind.Required:
		for _, key := range k.Missing {
			d.problem(child(path, key), at, "is missing%s", purpose(property(schema, key)))
		}
	case *kind.Type:
		d.problem(path, at, "must be %s, not %s", article(strings.Join(k.Want, " or ")), article(k.Got))
	case *kind.Enum:
		d.problem(path, at, "must be one of: %s", strings.Trim(fmt.Sprint(k.Want), "[]"))
	case *kind.Pattern:
		if form, ok := schema["x-form"].(string); ok {
			d.problem(path, at, "must be %s", form)
		} else {
			d.problem(path, at, "does not have the right form (%s)", k.Want)
		}
	case *kind.Minimum:
		d.problem(path, at, "must be at least %s", k.Want.RatString())
	case *kind.Maximum:
		d.problem(path, at, "must be at most %s", k.Want.RatString())
	case *kind.MinLength:
		d.problem(path, at, "must not be empty")
	case *kind.MaxLength:
		d.problem(path, at, "must have at most %d characters", k.Want)
	case *kind.MinItems, *kind.MinProperties:
		d.problem(path, at, "must have at least one entry")
	case *kind.MaxItems, *kind.MaxProperties:
		d.problem(path, at, "has too many entries")
	case *kind.UniqueItems:
		second := element(path, k.Duplicates[1])
		d.problem(second, d.nearest(second), "is there twice")
	default:
		if len(e.Causes) == 0 {
			d.problem(path, at, "is not as the schema wants it (%s)", strings.Join(e.ErrorKind.KeywordPath(), "."))
		}
		for _, cause := range e.Causes {
			d.explain(cause)
		}
	}
}

func (d *document) unknown(path, key string, schema node) {
	at := d.nearest(child(path, key))
	if rule, ok := schema["x-name"].(string); ok {
		d.problem(child(path, key), at, "this can't be a name here: %s", rule)
		return
	}
	properties, _ := schema["properties"].(node)
	known := slices.Collect(maps.Keys(properties))
	if near, ok := meant(key, known); ok {
		d.problem(child(path, key), at, "unknown key; did you mean %q?", near)
		return
	}
	slices.Sort(known)
	d.problem(child(path, key), at, "unknown key; known here: %s", strings.Join(known, ", "))
}

// locate makes the path and finds the schema of a place in the values.
func (d *document) locate(location []string) (string, node) {
	_, schema := loadSchema()
	path, value := "", d.root
	for _, part := range location {
		switch v := value.(type) {
		case map[string]any:
			path, value, schema = child(path, part), v[part], property(schema, part)
		case []any:
			i, _ := strconv.Atoi(part)
			items, _ := schema["items"].(node)
			path, value, schema = element(path, i), v[i], follow(items)
		}
	}
	return path, schema
}

// nearest is the place of a path, or of the innermost thing around it that is in the file.
func (d *document) nearest(path string) position {
	for path != "" {
		if at, ok := d.positions[path]; ok {
			return at
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return d.positions[""]
}

func purpose(schema node) string {
	if text, ok := schema["description"].(string); ok {
		return ": " + text
	}
	return ""
}

func article(noun string) string {
	switch noun {
	case "null":
		return "empty"
	case "string":
		return "a text"
	case "boolean":
		return "true or false"
	case "integer", "number":
		return "a whole number"
	case "array":
		return "a list"
	case "object":
		return "a set of keys"
	}
	return noun
}
