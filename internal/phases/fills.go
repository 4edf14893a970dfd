// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
)

// fills are the columns that are filled from a sequence, by the sequence's name on the target: how far they are counts for where the
// sequence has to be.
func fills(d *dictionary.Dictionary) map[string][]postgres.ColumnName {
	found := map[string][]postgres.ColumnName{}
	for _, f := range convert.SequenceFills(d) {
		name := convert.TargetName(f.SequenceOwner) + "." + convert.TargetName(f.Sequence)
		found[name] = append(found[name], postgres.ColumnName{Schema: convert.TargetName(f.Owner), Table: convert.TargetName(f.Table), Column: convert.TargetName(f.Column)})
	}
	return found
}
