// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
)

// MigrationTag is the key of the tag that says which migration an object belongs to.
const MigrationTag = "ferryman:migration"

// Names are the identifiers of a migration's DMS objects.
type Names struct{ Instance, Source, Target, Task string }

var notAllowed = regexp.MustCompile(`[^a-z0-9]+`)

// NamesFor derives the names from the migration's. DMS takes identifiers of 63 letters, digits and single hyphens, with a letter
// first and no hyphen last, and stores them in lower case; where a migration's name had to be bent, its hash keeps the result unique.
func NamesFor(migration string) Names {
	base := strings.Trim(notAllowed.ReplaceAllString(strings.ToLower(migration), "-"), "-")
	if base != migration || len(base) > 40 {
		sum := sha256.Sum256([]byte(migration))
		base = strings.Trim(base[:min(len(base), 31)]+"-"+hex.EncodeToString(sum[:4]), "-")
	}
	base = "ferryman-" + base
	return Names{Instance: base, Source: base + "-source", Target: base + "-target", Task: base + "-task"}
}

// ResourceID is the last part of an ARN: the name by which logs, metrics and control tables know a task.
func ResourceID(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }

func tagList(migration string, tags map[string]string) []types.Tag {
	all := map[string]string{}
	maps.Copy(all, tags)
	all[MigrationTag] = migration
	list := make([]types.Tag, 0, len(all))
	for _, key := range slices.Sorted(maps.Keys(all)) {
		value := all[key]
		list = append(list, types.Tag{Key: &key, Value: &value})
	}
	return list
}

func filterBy(name, value string) []types.Filter {
	return []types.Filter{{Name: &name, Values: []string{value}}}
}
