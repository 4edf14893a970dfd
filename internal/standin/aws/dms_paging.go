// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

type filter struct {
	Name   string
	Values []string
}

// describe is the input that most Describe operations share.
type describe struct {
	Filters    []filter
	Marker     string
	MaxRecords *int
}

// bounds are the least, the greatest and the default number of records in an answer.
type bounds struct{ min, max, def int }

var usualBounds = bounds{20, 100, 100}

// page cuts one answer out of all and returns the marker of the next, empty at the end.
func page[T any](all []T, marker string, limit *int, b bounds) ([]T, string, error) {
	size := b.def
	if limit != nil {
		size = *limit
	}
	if size < b.min || size > b.max {
		return nil, "", badValue("Invalid value %d for MaxRecords. Must be between %d and %d.", size, b.min, b.max)
	}
	start := 0
	if marker != "" {
		decoded, err := base64.StdEncoding.DecodeString(marker)
		offset, ok := strings.CutPrefix(string(decoded), "offset:")
		if start, _ = strconv.Atoi(offset); err != nil || !ok || start < 0 {
			return nil, "", badValue("Invalid marker.")
		}
	}
	start = min(start, len(all))
	end := min(start+size, len(all))
	next := ""
	if end < len(all) {
		next = base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "offset:%d", end))
	}
	return all[start:end:end], next, nil
}

// matches keeps what all filters accept. names maps the filter names that the operation knows to the value they look at.
func matches[T any](all []T, filters []filter, names map[string]func(T) string) ([]T, error) {
	for _, f := range filters {
		value, ok := names[f.Name]
		if !ok {
			return nil, badValue("The filter name %.60q is not valid for this operation.", f.Name)
		}
		if len(f.Values) == 0 {
			return nil, badValue("The filter %s has no values.", f.Name)
		}
		all = slices.DeleteFunc(slices.Clone(all), func(item T) bool { return !slices.Contains(f.Values, value(item)) })
	}
	return all, nil
}

// sorted returns a map's values in the order of their identifiers.
func sorted[K comparable, T any](from map[K]T, key func(T) string) []T {
	all := make([]T, 0, len(from))
	for _, value := range from {
		all = append(all, value)
	}
	slices.SortFunc(all, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	return all
}
