// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// differences collects what is not as wanted.
type differences []string

func (d *differences) compare(what string, have, want any) {
	if fmt.Sprint(have) != fmt.Sprint(want) {
		*d = append(*d, fmt.Sprintf("%s is %v, should be %v", what, have, want))
	}
}

func (d differences) err(object, advice string) error {
	if len(d) == 0 {
		return nil
	}
	return &DriftError{Object: object, Differences: d, Advice: advice}
}

// SettingsDifferences lists where have, the settings as AWS shows them, differ from want. Only keys that want sets count: the
// service adds sections, repeats keys in another spelling and reorders.
func SettingsDifferences(want, have string) ([]string, error) {
	w, h, err := parseBoth("task settings", want, have)
	if err != nil {
		return nil, err
	}
	var d differences
	subset(&d, "", w, h)
	return d, nil
}

// MappingDifferences lists where have, a table mapping as AWS shows it, differs from want: rules that are missing, changed or too
// many. The order of rules, and numbers written as text, do not count.
func MappingDifferences(want, have string) ([]string, error) {
	w, h, err := parseBoth("table mapping", want, have)
	if err != nil {
		return nil, err
	}
	wanted, found := rulesByID(w), rulesByID(h)
	var d differences
	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		if rule, ok := found[id]; ok {
			subset(&d, "rule "+id, wanted[id], rule)
		} else {
			d = append(d, "rule "+id+" is missing")
		}
	}
	for _, id := range slices.Sorted(maps.Keys(found)) {
		if _, ok := wanted[id]; !ok {
			d = append(d, "rule "+id+" is there beyond those wanted")
		}
	}
	return d, nil
}

func parseBoth(what, want, have string) (w, h any, err error) {
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		return nil, nil, fmt.Errorf("the %s wanted is not JSON: %w", what, err)
	}
	if err := json.Unmarshal([]byte(have), &h); err != nil {
		return nil, nil, fmt.Errorf("the %s of AWS is not JSON: %w", what, err)
	}
	return w, h, nil
}

func rulesByID(doc any) map[string]any {
	result := map[string]any{}
	top, _ := doc.(map[string]any)
	list, _ := top["rules"].([]any)
	for _, entry := range list {
		if rule, ok := entry.(map[string]any); ok {
			result[fmt.Sprint(rule["rule-id"])] = rule
		}
	}
	return result
}

// subset adds a difference for each value of want that have lacks or holds otherwise. An element of a list may be anywhere in it.
func subset(d *differences, path string, want, have any) {
	switch w := want.(type) {
	case map[string]any:
		h, ok := have.(map[string]any)
		if !ok {
			*d = append(*d, path+" is missing")
			return
		}
		for _, key := range slices.Sorted(maps.Keys(w)) {
			subset(d, strings.TrimPrefix(path+"."+key, "."), w[key], h[key])
		}
	case []any:
		h, _ := have.([]any)
		for _, element := range w {
			if !slices.ContainsFunc(h, func(candidate any) bool {
				var inner differences
				subset(&inner, "", element, candidate)
				return len(inner) == 0
			}) {
				text, _ := json.Marshal(element)
				*d = append(*d, fmt.Sprintf("%s lacks %s", path, text))
			}
		}
	default:
		if have == nil && want != nil {
			*d = append(*d, fmt.Sprintf("%s is not set, should be %v", path, want))
			return
		}
		d.compare(path, have, want)
	}
}
