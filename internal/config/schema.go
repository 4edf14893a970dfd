// SPDX-License-Identifier: Apache-2.0

package config

import (
	"bytes"
	_ "embed"
	"maps"
	"sync"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed ferryman.schema.json
var schemaText []byte

// Schema is the JSON schema of the configuration file.
func Schema() []byte { return bytes.Clone(schemaText) }

type node = map[string]any

var loadSchema = sync.OnceValues(func() (compiled *jsonschema.Schema, raw node) {
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaText))
	if err != nil {
		panic(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("ferryman.schema.json", parsed); err != nil {
		panic(err)
	}
	return compiler.MustCompile("ferryman.schema.json"), parsed.(node)
})

// follow is a part of the schema with its $ref followed; keys beside $ref win.
func follow(schema node) node {
	ref, ok := schema["$ref"].(string)
	if !ok {
		return schema
	}
	_, raw := loadSchema()
	defs, _ := raw["$defs"].(node)
	target, _ := defs[ref[len("#/$defs/"):]].(node)
	result := maps.Clone(follow(target))
	maps.Copy(result, schema)
	delete(result, "$ref")
	return result
}

// property is the schema of a key below an object's schema; nil where the key is unknown.
func property(schema node, key string) node {
	if properties, ok := schema["properties"].(node); ok {
		if p, ok := properties[key].(node); ok {
			return follow(p)
		}
	}
	patterns, _ := schema["patternProperties"].(node)
	for _, p := range patterns { // there is one at most
		return follow(p.(node))
	}
	return nil
}

// complete fills in the schema's defaults and gives values from variables the type that the schema wants.
func (d *document) complete(path string, schema node, value any) any {
	switch v := value.(type) {
	case map[string]any:
		if properties, ok := schema["properties"].(node); ok {
			for key := range properties {
				p := property(schema, key)
				if fallback, ok := p["default"]; ok && v[key] == nil {
					v[key] = clone(fallback)
				}
			}
		}
		for key, inner := range v {
			if p := property(schema, key); p != nil {
				v[key] = d.complete(child(path, key), p, inner)
			}
		}
	case []any:
		if items, ok := schema["items"].(node); ok {
			for i := range v {
				v[i] = d.complete(element(path, i), follow(items), v[i])
			}
		}
	case string:
		if wanted, ok := schema["type"].(string); ok && d.expanded[path] {
			return retype(v, wanted)
		}
	}
	return value
}

// durations replaces texts such as 15s by their nanoseconds, where the schema wants a time.
func (d *document) durations(path string, schema node, value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			if p := property(schema, key); p != nil {
				v[key] = d.durations(child(path, key), p, inner)
			}
		}
	case string:
		if schema["x-unit"] == "duration" {
			length, err := time.ParseDuration(v)
			if err != nil {
				d.problem(path, d.positions[path], "must be %s", schema["x-form"])
				return int64(0)
			}
			return length.Nanoseconds()
		}
	}
	return value
}

// clone copies a default, which is {} or [] or a scalar.
func clone(v any) any {
	switch v.(type) {
	case map[string]any:
		return map[string]any{}
	case []any:
		return []any{}
	}
	return v
}
