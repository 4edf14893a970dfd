// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// circleNames is how many tables of a circle are named.
const circleNames = 10

// circles finds the sets of two or more tables whose foreign keys lead from each to every other.
func circles(in *input) (out []FindingObject) {
	for _, members := range components(references(in.d)) {
		if len(members) < 2 {
			continue
		}
		names := make([]string, len(members))
		for i, m := range members {
			names[i] = m.Owner + "." + m.Name
		}
		detail := strings.Join(names[:min(len(names), circleNames)], ", ")
		if more := len(names) - circleNames; more > 0 {
			detail += " and " + number(int64(more)) + " more"
		}
		out = append(out, FindingObject{Object: object(members[0].Owner, "TABLE", members[0].Name), Detail: detail})
	}
	return out
}

// references are the tables that each table's foreign keys point at, without itself.
func references(d *dictionary.Dictionary) map[dictionary.Name][]dictionary.Name {
	to := map[dictionary.Name][]dictionary.Name{}
	for i := range d.Constraints {
		k := &d.Constraints[i]
		if k.Type != "R" {
			continue
		}
		r := d.Constraint(k.ROwner, k.RName)
		if r == nil {
			continue
		}
		from, ref := dictionary.Name{Owner: k.Owner, Name: k.Table}, dictionary.Name{Owner: r.Owner, Name: r.Table}
		if from != ref {
			to[from] = append(to[from], ref)
		}
	}
	return to
}

// components are the strongly connected components of a graph (Tarjan), each sorted, in the order of their first member. It keeps its own
// stack: a chain of keys may be as long as a schema has tables.
func components(to map[dictionary.Name][]dictionary.Name) [][]dictionary.Name {
	type visit struct {
		node dictionary.Name
		next int
	}
	var (
		index, low = map[dictionary.Name]int{}, map[dictionary.Name]int{}
		open       = map[dictionary.Name]bool{}
		path       []dictionary.Name
		out        [][]dictionary.Name
	)
	start := make([]dictionary.Name, 0, len(to))
	for n := range to {
		start = append(start, n)
	}
	slices.SortFunc(start, compareNames)
	enter := func(n dictionary.Name) visit {
		index[n] = len(index)
		low[n] = index[n]
		open[n] = true
		path = append(path, n)
		return visit{node: n}
	}
	for _, n := range start {
		if _, seen := index[n]; seen {
			continue
		}
		for stack := []visit{enter(n)}; len(stack) > 0; {
			v := &stack[len(stack)-1]
			if v.next < len(to[v.node]) {
				m := to[v.node][v.next]
				v.next++
				if _, seen := index[m]; !seen {
					stack = append(stack, enter(m))
				} else if open[m] {
					low[v.node] = min(low[v.node], index[m])
				}
				continue
			}
			done := v.node
			stack = stack[:len(stack)-1]
			if len(stack) > 0 {
				up := stack[len(stack)-1].node
				low[up] = min(low[up], low[done])
			}
			if low[done] != index[done] {
				continue
			}
			at := len(path) - 1 // what is on the path after it is its own component
			for path[at] != done {
				at--
			}
			members := slices.Clone(path[at:])
			path = path[:at]
			for _, m := range members {
				open[m] = false
			}
			slices.SortFunc(members, compareNames)
			out = append(out, members)
		}
	}
	slices.SortFunc(out, func(a, b []dictionary.Name) int { return compareNames(a[0], b[0]) })
	return out
}

func compareNames(a, b dictionary.Name) int {
	if c := strings.Compare(a.Owner, b.Owner); c != 0 {
		return c
	}
	return strings.Compare(a.Name, b.Name)
}
