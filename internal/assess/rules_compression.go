// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// compressionRules look at how tables and their partitions are compressed.
var compressionRules = []Rule{
	{Code: "FM-DMS-059", Severity: Warns, Title: "Hybrid Columnar Compression, QUERY LOW", Source: dmsCompress,
		Why: "DMS's Binary Reader takes this level in a full load only: changes of these rows are not captured. LogMiner reads every kind of compression.",
		find: func(in *input) []FindingObject {
			return in.compressed(func(kind string) bool { return strings.HasPrefix(kind, "QUERY LOW") }, "useLogMinerReader=Y")
		},
		Mend: Mend{onEndpoint, "nothing", "nothing", "when the source endpoint is made; where Binary Reader is needed, move the table without compression first"}},
	{Code: "FM-ORA-009", Severity: Informs, Title: "Compressed table", Source: oraReference,
		Why: "Oracle's sizes are of compressed blocks, and PostgreSQL compresses long values only: the target takes several times as much, with Hybrid Columnar Compression often ten times.",
		find: func(in *input) []FindingObject {
			return in.compressed(func(kind string) bool { return kind != "" }, "")
		}},
}

// compressed lists the tables of which some rows are compressed in a way, with the partitions that are. Partitions that are not known to have one of
// their own have none; a table's own is that of partitions to come.
func (in *input) compressed(wanted func(kind string) bool, fix string) (out []FindingObject) {
	type parts map[string]int
	byTable := map[dictionary.Name]parts{}
	total := map[dictionary.Name]int{}
	divided := map[[3]string]bool{} // partitions whose rows are in subpartitions
	count := func(owner, table, kind string) {
		n := dictionary.Name{Owner: owner, Name: table}
		total[n]++
		if kind = plainKind(kind); !wanted(kind) {
			return
		}
		if byTable[n] == nil {
			byTable[n] = parts{}
		}
		byTable[n][kind]++
	}
	for i := range in.d.Subpartitions {
		p := &in.d.Subpartitions[i]
		divided[[3]string{p.Owner, p.Table, p.Partition}] = true
		count(p.Owner, p.Table, p.CompressFor)
	}
	for i := range in.d.Partitions {
		if p := &in.d.Partitions[i]; !divided[[3]string{p.Owner, p.Table, p.Name}] {
			count(p.Owner, p.Table, p.CompressFor)
		}
	}
	for _, t := range in.tables {
		n := dictionary.Name{Owner: t.Owner, Name: t.Name}
		var details []string
		for kind, have := range byTable[n] {
			details = append(details, fmt.Sprintf("%s, %s of %s partitions", kind, number(int64(have)), number(int64(total[n]))))
		}
		slices.Sort(details)
		if kind := plainKind(t.CompressFor); total[n] == 0 && wanted(kind) {
			details = []string{kind}
		}
		if len(details) > 0 {
			out = append(out, FindingObject{Object: tableObject(t), Detail: strings.Join(details, "; "), Fix: fix})
		}
	}
	return out
}

// plainKind is a kind of compression without what it says of locks; DISABLED and NONE are none.
func plainKind(kind string) string {
	kind = strings.TrimSpace(strings.TrimSuffix(strings.ToUpper(kind), "ROW LEVEL LOCKING"))
	if kind == "DISABLED" || kind == "NONE" {
		return ""
	}
	return kind
}
