// SPDX-License-Identifier: Apache-2.0

package assess_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/stretchr/testify/require"
)

func ptr[T any](v T) *T { return &v }

func TestRulesAreWhole(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range assess.Rules() {
		require.Regexp(t, regexp.MustCompile(`^FM-(DMS|PG|ORA)-\d{3}$`), r.Code)
		require.False(t, seen[r.Code], "%s is there twice", r.Code)
		seen[r.Code] = true
		require.NotEmpty(t, r.Title, r.Code)
		require.NotEmpty(t, r.Why, r.Code)
		require.NotEmpty(t, r.Source, r.Code)
		require.Contains(t, []assess.Severity{assess.Blocks, assess.Warns, assess.Informs}, r.Severity, r.Code)
		if r.Mend != (assess.Mend{}) {
			for what, words := range map[string]string{"on": r.Mend.On, "lock": r.Mend.Lock, "waits": r.Mend.Waits, "when": r.Mend.When} {
				require.NotEmpty(t, words, "%s: %s", r.Code, what)
			}
		}
	}
}

// column is a plain column, with traits of its own.
func column(owner, table, name, typ string, id int64) dictionary.Column {
	return dictionary.Column{Owner: owner, Table: table, Name: name, ID: &id,
		ColumnTraits: &dictionary.ColumnTraits{Type: typ, Nullable: "Y", Virtual: "NO", Hidden: "NO", UserGenerated: "YES"}}
}

// database is a source on which everything is found.
func database() *dictionary.Database {
	return &dictionary.Database{Name: "ORCL", Version: "21.0", Banner: "Oracle Database 21c Express Edition Release 21.0.0.0.0", LogMode: "ARCHIVELOG", OpenMode: "READ ONLY", Role: "PHYSICAL STANDBY",
		SupplementalMin: "NO", SupplementalPK: "NO", SupplementalAll: "NO", CDB: "YES", CharacterSet: "WE8MSWIN1252",
		Parameters:              map[string]string{"cluster_database": "TRUE", "db_create_file_dest": "+DATA"},
		ArchivedLogBytesPerHour: &dictionary.LogRate{Average: 2 << 30, Peak: 14 << 30, Hours: 168},
		OpenTransactions:        &dictionary.OpenTransactions{Count: 4, OldestFor: 3 * time.Hour}}
}

func TestRulesOfTheDatabase(t *testing.T) {
	t.Parallel()
	r := report(t, boxOffice, func(d *dictionary.Dictionary) { d.Database = database() })
	for code, want := range map[string]string{
		"FM-DMS-002": "ORCL: NO",
		"FM-DMS-026": "ORCL: 2.0 GB of redo an hour, 14.0 GB in the busiest of 168 hours: Binary Reader is advised",
		"FM-DMS-027": "ORCL: 2.0 GB of redo an hour, 14.0 GB in the busiest of 168 hours; a pluggable database",
		"FM-DMS-028": "ORCL: 4 open, the oldest for 3h0m0s",
		"FM-DMS-029": "ORCL",
		"FM-DMS-030": "ORCL: Oracle Database 21c Express Edition Release 21.0.0.0.0",
		"FM-DMS-031": "ORCL",
		"FM-DMS-032": "ORCL: db_create_file_dest is +DATA",
		"FM-DMS-033": "ORCL: physical standby, read only",
		"FM-DMS-051": "ORCL: 24 hours are about 48.0 GB",
		"FM-DMS-057": "ORCL: WE8MSWIN1252",
	} {
		require.Equal(t, []string{want}, names(finding(r, code)), code)
	}
	require.Equal(t, "every transaction that is open in the database, however long", finding(r, "FM-DMS-002").Mend.Waits)
	require.Equal(t, "useLogMinerReader=N;useBfile=Y", finding(r, "FM-DMS-027").Objects[0].Fix)

	calm := report(t, boxOffice, func(d *dictionary.Dictionary) {
		d.Database = &dictionary.Database{Name: "ORCL", Version: "19.0", LogMode: "ARCHIVELOG", OpenMode: "READ WRITE", Role: "PRIMARY", SupplementalMin: "YES",
			CharacterSet: "AL32UTF8", CDB: "NO", ArchivedLogBytesPerHour: &dictionary.LogRate{Average: 1 << 20, Peak: 1 << 30, Hours: 20}, OpenTransactions: &dictionary.OpenTransactions{Count: 1, OldestFor: time.Second}}
	})
	for _, code := range []string{"FM-DMS-001", "FM-DMS-002", "FM-DMS-003", "FM-DMS-027", "FM-DMS-028", "FM-DMS-029", "FM-DMS-030", "FM-DMS-031", "FM-DMS-032", "FM-DMS-033", "FM-DMS-057"} {
		require.Nil(t, finding(calm, code), code)
	}
	require.Contains(t, names(finding(calm, "FM-DMS-026"))[0], "LogMiner will do")
	unknown := report(t, boxOffice, func(d *dictionary.Dictionary) {
		d.Database = &dictionary.Database{LogMode: "ARCHIVELOG"}
	})
	require.Contains(t, names(finding(unknown, "FM-DMS-026"))[0], "not known", "what was not read is never taken for none")
	require.Nil(t, finding(unknown, "FM-DMS-028"))
}

func TestRulesOfObjects(t *testing.T) {
	t.Parallel()
	r := report(t, boxOffice, func(d *dictionary.Dictionary) {
		const o = "BOXOFFICE"
		table := func(name string, change func(*dictionary.Table)) {
			x := dictionary.Table{Owner: o, Name: name, Logging: "YES"}
			if change != nil {
				change(&x)
			}
			d.Tables = append(d.Tables, x)
			d.Columns = append(d.Columns, dictionary.Column{Owner: o, Table: name, Name: "ID", ID: ptr(int64(1)), ColumnTraits: &dictionary.ColumnTraits{Type: "NUMBER", Precision: ptr(int64(9)), Nullable: "N"}})
		}
		key := func(table, name, typ string, change func(*dictionary.Constraint), columns ...string) {
			k := dictionary.Constraint{Owner: o, Table: table, Name: name, ConstraintTraits: &dictionary.ConstraintTraits{Type: typ, Status: "ENABLED", Validated: "VALIDATED"}}
			if change != nil {
				change(&k)
			}
			d.Constraints = append(d.Constraints, k)
			for i, c := range columns {
				d.ConsColumns = append(d.ConsColumns, dictionary.ConsColumn{Owner: o, Table: table, Constraint: name, Column: c, Position: ptr(int64(i + 1))})
			}
		}
		refers := func(to string) func(*dictionary.Constraint) {
			return func(k *dictionary.Constraint) { k.ROwner, k.RName = o, to }
		}
		table("ROUND_A", nil)
		table("ROUND_B", nil)
		table("ROUND_C", nil)
		table("SELF", nil)
		for _, t := range []string{"ROUND_A", "ROUND_B", "ROUND_C", "SELF"} {
			key(t, t+"_PK", "P", nil, "ID")
		}
		key("ROUND_A", "A_B", "R", refers("ROUND_B_PK"), "ID")
		key("ROUND_B", "B_C", "R", refers("ROUND_C_PK"), "ID")
		key("ROUND_C", "C_A", "R", refers("ROUND_A_PK"), "ID")
		key("SELF", "S_S", "R", refers("SELF_PK"), "ID")
		table("IN_CLUSTER", func(t *dictionary.Table) { t.Cluster = "C1" })
		table("AN_IOT", func(t *dictionary.Table) { t.IOTType = "IOT" })
		table("QUIET", func(t *dictionary.Table) { t.Logging = "NO" })
		table("PARTED", func(t *dictionary.Table) { t.Partitioned = "YES" })
		key("PARTED", "PARTED_PK", "P", func(k *dictionary.Constraint) { k.Validated = "NOT VALIDATED" }, "ID")
		d.PartTables = append(d.PartTables, dictionary.PartTable{Owner: o, Table: "PARTED", Partitioning: "RANGE", Interval: "NUMTOYMINTERVAL(1,'MONTH')"})
		d.PartKeyColumns = append(d.PartKeyColumns, dictionary.PartKeyColumn{Owner: o, Name: "PARTED", ObjectType: "TABLE", Column: "AT", Position: 1})
		table("TEXTUAL", nil)
		d.Columns[len(d.Columns)-1].Type = "VARCHAR2"
		key("TEXTUAL", "TEXTUAL_PK", "P", nil, "ID")
		key("TEXTUAL", "TEXTUAL_UK", "U", nil, "ID")
		table("HUGE", nil)
		for i := range 1601 {
			d.Columns = append(d.Columns, dictionary.Column{Owner: o, Table: "HUGE", Name: fmt.Sprintf("C%d", i), ID: ptr(int64(i + 2)), ColumnTraits: &dictionary.ColumnTraits{Type: "DATE"}})
		}
		long := func(name, typ string, length int64) {
			c := column(o, "TEXTUAL", name, typ, 9)
			c.Length, c.CharLength = length, length
			d.Columns = append(d.Columns, c)
		}
		long("LONGER", "VARCHAR2", 32767)
		long("FIXED", "CHAR", 10)
		long("ZONED", "TIMESTAMP(6) WITH LOCAL TIME ZONE", 11)
		long("WEIRD%", "DATE", 7)
		long("PAPER", "JSON", 0)
		d.EncryptedCols = append(d.EncryptedCols, dictionary.EncryptedCol{Owner: o, Table: "CUSTOMER", Column: "EMAIL", Algorithm: "AES 192 bits key"})
		d.Policies = append(d.Policies, dictionary.Policy{Owner: o, Object: "CUSTOMER", Name: "OWN_ONLY", FunctionOwner: o, Function: "F", Select: "YES", Enabled: "YES"},
			dictionary.Policy{Owner: o, Object: "CUSTOMER", Name: "OFF", Select: "YES", Enabled: "NO"})
		d.NestedTables = append(d.NestedTables, dictionary.NestedTable{Owner: o, Table: "STORE", ParentTable: "CUSTOMER", ParentColumn: "PHONES"})
		d.ObjectTables = append(d.ObjectTables, dictionary.ObjectTable{Owner: o, Table: "OBJECTS", TypeOwner: o, Type: "T"})
		d.ExternalTables = append(d.ExternalTables, dictionary.ExternalTable{Owner: o, Table: "EXT", Directory: "DIR"})
		d.MViews = append(d.MViews, dictionary.MView{Owner: o, Name: "MV", Container: "MV", RefreshMethod: "FORCE", RefreshMode: "DEMAND"})
		d.IdentityCols = append(d.IdentityCols, dictionary.IdentityCol{Owner: o, Table: "CUSTOMER", Column: "ID", Generation: "ALWAYS"})
		d.Jobs = append(d.Jobs, dictionary.Job{Number: 7, Owner: o, Broken: "N", Interval: "SYSDATE+1"}, dictionary.Job{Number: 8, Owner: o, Broken: "Y"})
		d.Objects = append(d.Objects, dictionary.Object{Owner: o, Name: "BIN$x==$0", Type: "TABLE"})
		delete(d.Unknown, "DBA_INDEX_USAGE")
		d.IndexUsage = append(d.IndexUsage, dictionary.IndexUse{Owner: o, Index: "CUSTOMER_NAME_IX", Accesses: ptr(int64(3)), LastUsed: monday})
		d.Errors = append(d.Errors, dictionary.CodeError{Owner: o, Name: "FN_AGE", Type: "FUNCTION", Sequence: 2, Line: 9, Text: "second"},
			dictionary.CodeError{Owner: o, Name: "FN_AGE", Type: "FUNCTION", Sequence: 1, Line: 3, Text: "PLS-00201: identifier 'X' must be declared\n"})
	})
	for code, want := range map[string][]string{
		"FM-PG-005":  {"HUGE: 1,602 columns"},
		"FM-PG-006":  {"ROUND_A: BOXOFFICE.ROUND_A, BOXOFFICE.ROUND_B, BOXOFFICE.ROUND_C"},
		"FM-PG-007":  {"PARTED: PARTED_PK does not hold AT"},
		"FM-PG-012":  {"TEXTUAL: WEIRD%"},
		"FM-DMS-034": {"QUIET"},
		"FM-DMS-035": {"CUSTOMER: EMAIL, AES 192 bits key"},
		"FM-DMS-036": {"CUSTOMER: policy OWN_ONLY, by BOXOFFICE.F"},
		"FM-DMS-038": {"CUSTOMER: PHONES (stored in STORE)"},
		"FM-DMS-039": {"OBJECTS: of BOXOFFICE.T"},
		"FM-DMS-040": {"IN_CLUSTER: cluster C1"},
		"FM-DMS-041": {"EXT: directory DIR"},
		"FM-DMS-047": {"PARTED: PARTED_PK: enabled, not validated"},
		"FM-DMS-050": {"PARTED: every NUMTOYMINTERVAL(1,'MONTH')"},
		"FM-DMS-052": {"CUSTOMER: ID", "REFUND: REFUND_ID"},
		"FM-DMS-053": {"TEXTUAL: LONGER (VARCHAR2, 32767 bytes)"},
		"FM-DMS-054": {"MV: force on demand"},
		"FM-DMS-056": {"AN_IOT"},
		"FM-DMS-058": {"TEXTUAL: ZONED (TIMESTAMP(6) WITH LOCAL TIME ZONE)"},
		"FM-ORA-001": {"FN_AGE: line 3: PLS-00201: identifier 'X' must be declared"},
		"FM-ORA-006": {"BIN$x==$0"},
		"FM-ORA-007": {"7: SYSDATE+1"},
	} {
		require.Equal(t, want, names(finding(r, code)), code)
	}
	require.Contains(t, names(finding(r, "FM-DMS-042")), "TEXTUAL: FIXED (CHAR, 10)")
	require.Contains(t, names(finding(r, "FM-DMS-046")), "TEXTUAL: TEXTUAL_UK")
	require.Contains(t, names(finding(r, "FM-DMS-048")), "TEXTUAL: ID (VARCHAR2)")
	require.Contains(t, names(finding(r, "FM-DMS-012")), "TEXTUAL: PAPER (JSON)")
	require.NotEmpty(t, finding(r, "FM-DMS-043").Objects[0].Fix)
	require.Contains(t, finding(r, "FM-PG-008").Objects[0].Detail, "text columns")
	unused := names(finding(r, "FM-ORA-008"))
	require.NotEmpty(t, unused)
	require.False(t, slices.ContainsFunc(unused, func(s string) bool { return strings.HasPrefix(s, "CUSTOMER_NAME_IX") }), "Oracle saw it in use")
	require.Nil(t, finding(report(t, boxOffice, nil), "FM-ORA-008"), "where Oracle counted nothing, nothing is said")
}

func TestLongChainsAndManyCircles(t *testing.T) {
	t.Parallel()
	const n = 20000
	d := &dictionary.Dictionary{Schemas: []string{"S"}}
	for i := range n {
		name := fmt.Sprintf("T%05d", i)
		d.Tables = append(d.Tables, dictionary.Table{Owner: "S", Name: name})
		d.Constraints = append(d.Constraints, dictionary.Constraint{Owner: "S", Table: name, Name: name + "_PK", ConstraintTraits: &dictionary.ConstraintTraits{Type: "P"}},
			dictionary.Constraint{Owner: "S", Table: name, Name: name + "_FK", RName: fmt.Sprintf("T%05d_PK", (i+1)%n), ConstraintTraits: &dictionary.ConstraintTraits{Type: "R", ROwner: "S"}})
	}
	r := assess.Assess(d, &convertNothing, assess.Options{Now: monday})
	f := finding(r, "FM-PG-006")
	require.Len(t, f.Objects, 1, "one circle of all tables")
	require.True(t, strings.HasSuffix(f.Objects[0].Detail, "S.T00009 and 19,990 more"), f.Objects[0].Detail)
}
