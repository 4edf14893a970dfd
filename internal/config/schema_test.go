// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/stretchr/testify/require"
)

// keys lists every key of the schema by its path, with its description.
func keys(t *testing.T) map[string]string {
	t.Helper()
	var root map[string]any
	require.NoError(t, json.Unmarshal(config.Schema(), &root))
	found := map[string]string{}
	var walk func(path string, schema map[string]any)
	walk = func(path string, schema map[string]any) {
		if ref, ok := schema["$ref"].(string); ok {
			walk(path, root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any))
		}
		properties, _ := schema["properties"].(map[string]any)
		for key, p := range properties {
			inner := p.(map[string]any)
			below := strings.TrimPrefix(path+"."+key, ".")
			found[below], _ = inner["description"].(string)
			walk(below, inner)
			patterns, _ := inner["patternProperties"].(map[string]any)
			for _, more := range patterns {
				walk(below+".<name>", more.(map[string]any))
			}
		}
	}
	walk("", root)
	require.Greater(t, len(found), 40)
	return found
}

func TestEveryKeyIsDescribedAndInTheDocumentation(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	require.NoError(t, err)
	for path, description := range keys(t) {
		require.NotEmpty(t, description, path)
		require.Contains(t, string(doc), "| `"+path+"` |", "docs/configuration.md does not explain %s", path)
		require.Contains(t, string(doc), strings.ReplaceAll(description, "|", `\|`), "docs/configuration.md says something else of %s than the schema", path)
	}
}

// Every key of the schema has a field, and every field a key: neither can be forgotten.
func TestSchemaAndTypesAgree(t *testing.T) {
	t.Parallel()
	fields := map[string]bool{}
	var walk func(path string, typ reflect.Type)
	walk = func(path string, typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			tag := f.Tag.Get("json")
			if tag == "-" {
				continue
			}
			below := strings.TrimPrefix(path+"."+tag, ".")
			fields[below] = true
			switch {
			case f.Type.Kind() == reflect.Struct:
				walk(below, f.Type)
			case f.Type.Kind() == reflect.Map && f.Type.Elem().Kind() == reflect.Pointer:
				walk(below+".<name>", f.Type.Elem().Elem())
			}
		}
	}
	walk("", reflect.TypeFor[config.Config]())
	for path := range keys(t) {
		require.True(t, fields[path], "no field for %s", path)
		delete(fields, path)
	}
	require.Empty(t, fields)
}
