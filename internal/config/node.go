// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"strconv"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// position is a place in the file, both counted from 1.
type position struct{ line, column int }

// document is the file as plain values (map[string]any, []any, string, int64, float64, bool, nil) and the place of each, by path.
type document struct {
	root      any
	positions map[string]position
	// expanded are the paths of values that came whole from one environment variable.
	expanded map[string]bool
	// unset are the paths of values with a variable that has no value: checking them further would only repeat that.
	unset    map[string]bool
	problems []Problem
	anchors  map[string]ast.Node
	env      func(string) (string, bool)
}

// child is the path of a key or element below path.
func child(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func element(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func (d *document) problem(path string, at position, format string, args ...any) {
	d.problems = append(d.problems, Problem{Line: at.line, Column: at.column, Path: path, Message: fmt.Sprintf(format, args...)})
}

func place(t *token.Token) position {
	if t == nil || t.Position == nil {
		return position{1, 1}
	}
	return position{t.Position.Line, t.Position.Column}
}

// value turns a node into plain values. A path keeps the place of its key, else of the value itself.
func (d *document) value(path string, node ast.Node) any {
	at := place(node.GetToken())
	if _, known := d.positions[path]; !known {
		d.positions[path] = at
	}
	switch n := node.(type) {
	case *ast.NullNode:
		return nil
	case *ast.BoolNode:
		return n.Value
	case *ast.FloatNode:
		return n.Value
	case *ast.IntegerNode:
		if u, ok := n.Value.(uint64); ok {
			return int64(min(u, 1<<62))
		}
		return n.Value
	case *ast.StringNode:
		return d.text(path, at, n.Value)
	case *ast.LiteralNode:
		return d.text(path, at, n.Value.Value)
	case *ast.AnchorNode:
		d.anchors[n.Name.GetToken().Value] = n.Value
		return d.value(path, n.Value)
	case *ast.AliasNode:
		target, ok := d.anchors[n.Value.GetToken().Value]
		if !ok {
			d.problem(path, at, "there is no anchor &%s above", n.Value.GetToken().Value)
			return nil
		}
		return d.value(path, target)
	case *ast.MappingValueNode:
		return d.mapping(path, []*ast.MappingValueNode{n})
	case *ast.MappingNode:
		return d.mapping(path, n.Values)
	case *ast.SequenceNode:
		list := make([]any, 0, len(n.Values))
		for i, v := range n.Values {
			list = append(list, d.value(element(path, i), v))
		}
		return list
	default:
		d.problem(path, at, "this form of YAML is not taken here; write plain keys, lists, texts and numbers")
		return nil
	}
}

func (d *document) mapping(path string, entries []*ast.MappingValueNode) map[string]any {
	result := map[string]any{}
	var merged []map[string]any
	for _, entry := range entries {
		if _, ok := entry.Key.(*ast.MergeKeyNode); ok {
			if m, ok := d.value(path, entry.Value).(map[string]any); ok {
				merged = append(merged, m)
			} else {
				d.problem(path, place(entry.Key.GetToken()), "<<: takes one alias of a mapping, such as *defaults")
			}
			continue
		}
		key := entry.Key.GetToken().Value
		below := child(path, key)
		d.positions[below] = place(entry.Key.GetToken())
		result[key] = d.value(below, entry.Value)
	}
	for _, m := range merged {
		for key, v := range m {
			if _, own := result[key]; !own {
				result[key] = v
			}
		}
	}
	return result
}
