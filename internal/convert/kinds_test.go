// SPDX-License-Identifier: Apache-2.0

package convert_test

import (
	"strings"

	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// everyKind is a schema with every kind of type, column, key, check, index, partition, sequence and other object that Oracle has, as
// far as the dictionary tells them apart.
func everyKind() schema {
	s := newSchema()
	s.scalarTypes()
	s.columnKinds()
	s.constraintKinds()
	s.indexKinds()
	s.partitionKinds()
	s.otherKinds()
	return s
}

func (s schema) scalarTypes() {
	s.table("TYPES", "ID NUMBER(9,0) NOT NULL", "N1 NUMBER", "N2 NUMBER(*,0)", "N3 NUMBER(4,0)", "N4 NUMBER(10,0)", "N5 NUMBER(18,0)",
		"N6 NUMBER(19,0)", "N7 NUMBER(38,0)",
		"N8 NUMBER(8,2)", "N9 NUMBER(5,-2)", "N10 NUMBER(2,5)", "F1 FLOAT", "F2 BINARY_FLOAT", "F3 BINARY_DOUBLE", "V1 VARCHAR2(30)",
		"V2 NVARCHAR2(30)", "C1 CHAR(1)",
		"C2 CHAR(12)", "C3 NCHAR(3)", "D1 DATE", "T0 TIMESTAMP(0)", "T6 TIMESTAMP(6)", "T9 TIMESTAMP(9)", "TZ TIMESTAMP(3)~WITH~TIME~ZONE",
		"TL TIMESTAMP(6)~WITH~LOCAL~TIME~ZONE",
		"Y1 INTERVAL~YEAR(2)~TO~MONTH", "Y2 INTERVAL~DAY(2)~TO~SECOND(6)", "Y9 INTERVAL~DAY(2)~TO~SECOND(9)", "R1 RAW(16)", "R2 LONG~RAW",
		"L1 CLOB", "L2 NCLOB", "L3 BLOB",
		"X1 XMLTYPE", "B1 BOOLEAN", "F4 BFILE", "RI ROWID", "RU UROWID", "A1 ANYDATA", "G1 SDO_GEOMETRY", "J1 VECTOR")
	for i := range s.Columns {
		if c := &s.Columns[i]; c.Name == "A1" || c.Name == "G1" {
			c.TypeOwner = map[string]string{"A1": "SYS", "G1": "MDSYS"}[c.Name]
		}
		if s.Columns[i].Name == "V1" {
			s.Columns[i].CharUsed = "C"
		}
	}
	s.key("P", "TYPES", "TYPES_PK", "", "ID")
	s.table("LONGS", "TEXT LONG")
}

func (s schema) columnKinds() {
	s.table("COLS", "ID NUMBER NOT NULL", "A NUMBER(5,0) DEFAULT 7", "B VARCHAR2(20) NOT NULL DEFAULT USER", "C DATE DEFAULT SYSDATE",
		"D NUMBER(9,0) DEFAULT s.plain.nextval",
		"E VARCHAR2(9) DEFAULT my_pkg.f", "V NUMBER(9,0)", "W VARCHAR2(9)", "HID VARCHAR2(9)", "SYS_NC00010$ NUMBER", "order NUMBER(1,0)",
		"DON NUMBER(5,0) DEFAULT 3")
	for i := range s.Columns {
		c := &s.Columns[i]
		if c.Table != "COLS" {
			continue
		}
		switch c.Name {
		case "ID":
			c.Identity = "YES"
		case "V":
			c.Virtual, c.Default = "YES", `"A"*2`
		case "W":
			c.Virtual, c.Default = "YES", "TO_CHAR(SYSDATE)"
		case "HID":
			c.Hidden, c.ID = "YES", nil
		case "SYS_NC00010$":
			c.Hidden, c.Virtual, c.UserGenerated, c.ID = "YES", "YES", "NO", nil
		case "DON":
			c.DefaultOnNull = "YES"
		}
	}
	s.IdentityCols = append(s.IdentityCols, dictionary.IdentityCol{Owner: "S", Table: "COLS", Column: "ID", Generation: "ALWAYS",
		Sequence: "ISEQ$$_1"})
	q := s.sequence("ISEQ$$_1", "10", "1", "9999999999999999999999999999", "201")
	q.Cycle = "Y"
	s.sequence("PLAIN", "1", "1", "9999999999999999999999999999", "41")
	s.sequence("DOWN", "-2", "-100", "-1", "-5").Cycle = "Y"
	s.sequence("HUGE", "1", "1", "9999999999999999999999999999", "99999999999999999999")
	s.sequence("USED_UP", "1", "1", "5", "6")
	s.TableComments = append(s.TableComments, dictionary.TableComment{Owner: "S", Table: "COLS", Type: "TABLE",
		Comments: "all kinds of columns"})
	s.ColumnComments = append(s.ColumnComments, dictionary.ColumnComment{Owner: "S", Table: "COLS", Column: "order",
		Comments: "a reserved word\nin lower case"})
}

func (s schema) constraintKinds() {
	s.table("PARENT", "A NUMBER(5,0) NOT NULL", "B NUMBER(5,0) NOT NULL", "C NUMBER(5,0)")
	s.key("P", "PARENT", "PARENT_PK", "", "A", "B")
	s.key("U", "PARENT", "PARENT_UQ", "", "C")
	s.check("PARENT", "PARENT_NN", `"A" IS NOT NULL`, "A")
	s.table("CHILD", "ID NUMBER(5,0) NOT NULL", "A NUMBER(5,0)", "B NUMBER(5,0)", "C NUMBER(5,0)", "UP NUMBER(5,0)", "U1 NUMBER(5,0)",
		"U2 NUMBER(5,0)", "N VARCHAR2(9)")
	k := s.key("P", "CHILD", "SYS_C001", "", "ID")
	k.Generated, k.IndexName = "GENERATED NAME", "CHILD_IX"
	s.index("CHILD", "CHILD_IX", false, "ID", "N") // was there before the key, and need not be unique
	s.key("R", "CHILD", "FK_PLAIN", "PARENT_PK", "A", "B")
	s.key("R", "CHILD", "FK_CASCADE", "PARENT_UQ", "C").DeleteRule = "CASCADE"
	s.key("R", "CHILD", "FK_NULL", "PARENT_UQ", "U1").DeleteRule = "SET NULL"
	s.key("R", "CHILD", "FK_SELF", "SYS_C001", "UP")
	k = s.key("R", "CHILD", "FK_LATER", "PARENT_UQ", "U2")
	k.Deferrable, k.Deferred = "DEFERRABLE", "DEFERRED"
	s.key("R", "CHILD", "FK_OFF", "PARENT_UQ", "UP").Status = "DISABLED"
	s.key("R", "CHILD", "FK_OLD", "SYS_C001", "C").Validated = "NOT VALIDATED"
	s.key("R", "CHILD", "FK_AWAY", "ELSEWHERE_PK", "U2").ROwner = "OTHER"
	k = s.key("U", "CHILD", "UQ_LATER", "", "U1", "U2")
	k.Deferrable, k.Deferred = "DEFERRABLE", "IMMEDIATE"
	s.key("U", "CHILD", "UQ_OFF", "", "N").Status = "DISABLED"
	s.check("CHILD", "CK", "c BETWEEN 1 AND 9", "C")
	s.check("CHILD", "CK_OLD", "u1 > 0", "U1").Validated = "NOT VALIDATED"
	s.check("CHILD", "CK_LATER", "u2 > 0", "U2").Deferrable = "DEFERRABLE"
	s.check("CHILD", "CK_OFF", "u2 < 0", "U2").Status = "DISABLED"
	s.check("CHILD", "CK_HARD", "REGEXP_LIKE(n, '^a')", "N")
	s.check("CHILD", "CK_LOG", "", "N").Type = "S"
	s.check("CHILD", "CK_REF", "", "N").Type = "F"
	s.table("RING_A", "ID NUMBER(5,0) NOT NULL", "B NUMBER(5,0)")
	s.table("RING_B", "ID NUMBER(5,0) NOT NULL", "A NUMBER(5,0)")
	s.key("P", "RING_A", "RING_A_PK", "", "ID")
	s.key("P", "RING_B", "RING_B_PK", "", "ID")
	s.key("R", "RING_A", "RING_A_FK", "RING_B_PK", "B")
	s.key("R", "RING_B", "RING_B_FK", "RING_A_PK", "A")
}

func (s schema) indexKinds() {
	s.table("IX", "A NUMBER(5,0) NOT NULL", "B VARCHAR2(20)", "C DATE", "D CLOB", "E NUMBER(5,0)")
	kind := func(i *dictionary.Index, t string) { i.Type = t }
	s.index("IX", "IX_PLAIN", false, "B")
	s.index("IX", "IX_UNIQUE", true, "A")
	s.index("IX", "IX_UNIQUE_NULLS", true, "B", "C")
	s.index("IX", "IX_DESC", false, "A", `="B"`)
	s.IndColumns[len(s.IndColumns)-1].Descend = "DESC"
	s.index("IX", "IX_FUNCTION", false, `=UPPER("B")`)
	s.index("IX", "IX_TRUNC", false, `=TRUNC("C")`)
	s.index("IX", "IX_HARD", false, `=MY_F("B")`)
	s.index("IX", "IX_CONSTANT", false, "C", "=0")
	kind(s.index("IX", "IX_BITMAP", false, "C"), "BITMAP")
	kind(s.index("IX", "IX_FBITMAP", false, `=LOWER("B")`), "FUNCTION-BASED BITMAP")
	kind(s.index("IX", "IX_REVERSE", false, "E"), "NORMAL/REV")
	kind(s.index("IX", "IX_TEXT", false, "D"), "DOMAIN")
	kind(s.index("IX", "IX_FTEXT", false, `=UPPER("B")`), "FUNCTION-BASED DOMAIN")
	kind(s.index("IX", "SYS_IL0001$$"+"", true), "LOB")
	s.index("IX", "IX_HIDDEN", false, "A", "E").Visibility = "INVISIBLE"
	s.index("IX", "IX_BROKEN", false, "E", "A").Status = "UNUSABLE"
	kind(s.index("IX", "IX_JOIN", false, "B"), "BITMAP")
	s.IndColumns[len(s.IndColumns)-1].Table = "PARENT"
	i := s.index("CLU", "CLU_I", false, "A")
	i.Type, i.TableType = "CLUSTER", "CLUSTER"
	s.object("CLUSTER", "CLU")
	s.table("IOT", "A NUMBER(5,0) NOT NULL", "B DATE").IOTType = "IOT"
	s.key("P", "IOT", "IOT_PK", "", "A")
	kind(&s.Indexes[len(s.Indexes)-1], "IOT - TOP")
	s.table("SYS_IOT_OVER_1", "A DATE").IOTType = "IOT_OVERFLOW"
}

func (s schema) partitionKinds() {
	levels := map[string]string{"RANGE": "N", "LIST": "N", "HASH": "N"}
	first := map[string][]string{"RANGE": {"A: 10", "B: MAXVALUE"}, "LIST": {"A: 1, 2", "B: DEFAULT"}, "HASH": {"A: ", "B: "}}
	sub := map[string][]string{"RANGE": {"1: 10", "2: MAXVALUE"}, "LIST": {"1: 'x'", "2: DEFAULT"}, "HASH": {"1: ", "2: "}}
	for _, method := range []string{"RANGE", "LIST", "HASH"} {
		s.table("P_"+method, "ID NUMBER(5,0) NOT NULL", "N NUMBER(5,0) NOT NULL")
		s.partition("P_"+method, method, levels[method], first[method]...)
		s.key("P", "P_"+method, "P_"+method+"_PK", "", "ID", "N")
		for _, second := range []string{"RANGE", "LIST", "HASH"} {
			name, column := "P_"+method+"_"+second, "S VARCHAR2(3) NOT NULL"
			if second == "RANGE" {
				column = "S NUMBER(5,0) NOT NULL"
			}
			s.table(name, "N NUMBER(5,0) NOT NULL", column)
			s.partition(name, method, "N", first[method]...)
			parts := map[string][]string{}
			for _, p := range []string{"A", "B"} {
				for _, x := range sub[second] {
					parts[p] = append(parts[p], p+x)
				}
			}
			s.subpartition(name, second, "S", parts)
		}
	}
	s.table("P_INTERVAL", "D DATE NOT NULL")
	s.partition("P_INTERVAL", "RANGE", "D", "A: "+date("2020-01-01"), "+SYS_P2: "+date("2020-03-01")).Interval = "NUMTOYMINTERVAL(1,'MONTH')"
	s.table("P_VIRTUAL", "D DATE NOT NULL", "U VARCHAR2(9)", "N VARCHAR2(9)")
	s.Columns[len(s.Columns)-1].Virtual, s.Columns[len(s.Columns)-1].Default = "YES", `UPPER("U")`
	s.partition("P_VIRTUAL", "LIST", "N", "A: 'X'", "B: DEFAULT")
	s.table("P_REF", "ID NUMBER(5,0)", "N NUMBER(5,0)")
	s.partition("P_REF", "REFERENCE", "", "A: ", "B: ").RefConstraint = "P_REF_FK"
	s.key("R", "P_REF", "P_REF_FK", "P_RANGE_PK", "ID", "N")
	s.table("P_SYSTEM", "A DATE")
	s.partition("P_SYSTEM", "SYSTEM", "", "A: ")
	s.table("P_TWO", "A DATE", "B DATE")
	s.partition("P_TWO", "LIST", "A B", "A: ( NULL, NULL )")
	s.table("P_KEY", "ID NUMBER(5,0) NOT NULL", "N NUMBER(5,0)")
	s.partition("P_KEY", "HASH", "N", "A: ")
	s.key("P", "P_KEY", "P_KEY_PK", "", "ID")
	s.index("P_RANGE", "P_LOCAL", false, "N").Partitioned = "YES"
	s.index("P_RANGE", "P_GLOBAL", false, "ID").Partitioned = "YES"
	for _, x := range []string{"LOCAL", "GLOBAL"} {
		s.PartIndexes = append(s.PartIndexes, dictionary.PartIndex{Owner: "S", Index: "P_" + x, Table: "P_RANGE", Partitioning: "RANGE",
			Locality: x})
		for _, p := range []string{"A", "B"} {
			s.Objects = append(s.Objects, dictionary.Object{Owner: "S", Name: "P_" + x, Subobject: p, Type: "INDEX PARTITION", Status: "VALID"})
		}
	}
}

func (s schema) otherKinds() {
	s.table("GTT_DELETE", "ID NUMBER(5,0) NOT NULL DEFAULT s.plain.nextval", "A DATE DEFAULT SYSDATE", "B VARCHAR2(9) DEFAULT 'x;y'", "order NUMBER(8,2)", "V NUMBER(9,0)").Temporary = "Y"
	s.Columns[len(s.Columns)-1].Virtual, s.Columns[len(s.Columns)-1].Default = "YES", `"ID"+1`
	s.key("P", "GTT_DELETE", "GTT_PK", "", "ID")
	s.key("U", "GTT_DELETE", "GTT_UQ", "", "B")
	s.check("GTT_DELETE", "GTT_CK", "a > DATE '2020-01-01'", "A").Validated = "NOT VALIDATED"
	s.check("GTT_DELETE", "GTT_HARD", "REGEXP_LIKE(b, '^a')", "B")
	s.index("GTT_DELETE", "GTT_IX", false, "A", `=UPPER("B")`)
	s.index("GTT_DELETE", "GTT_IX_HARD", false, `=MY_F("B")`)
	gtt := s.table("GTT_KEEP", "A DATE")
	gtt.Temporary, gtt.Duration = "Y", "SYS$SESSION"
	s.table("EXT", "A DATE").External = "YES"
	s.object("TABLE", "OBJECTS_OF_A_TYPE")
	s.table("NESTED", "A DATE").Nested = "YES"
	s.table("MV", "A NUMBER(5,0)", "B VARCHAR2(20)")
	s.object("MATERIALIZED VIEW", "MV")
	s.MViews = append(s.MViews, dictionary.MView{Owner: "S", Name: "MV", Container: "MV", Query: "select a, b from ix where a > 0",
		RefreshMethod: "FAST", RefreshMode: "DEMAND"})
	s.MViewComments = append(s.MViewComments, dictionary.MViewComment{Owner: "S", MView: "MV", Comments: "kept up by a job"})
	s.index("MV", "I_SNAP$_MV", true, "A")
	s.table("MV_HARD", "A NUMBER(5,0)")
	s.object("MATERIALIZED VIEW", "MV_HARD")
	s.MViews = append(s.MViews, dictionary.MView{Owner: "S", Name: "MV_HARD", Container: "MV_HARD",
		Query: "select a from ix model dimension by (a)", RefreshMethod: "FORCE", RefreshMode: "COMMIT"})
	s.index("MV_HARD", "I_SNAP$_MV_HARD", true, "A")
	s.table("MLOG$_IX", "A DATE")
	s.view("V", "select a, b from ix", "A NUMBER(5,0)", "B VARCHAR2(20)")
	s.view("V_OF_MV", "select a from mv", "A NUMBER(5,0)")
	s.view("V_HARD", "select a from ix connect by prior a = e", "A NUMBER(5,0)")
	for name, to := range map[string]string{"SYN": "IX", "SYN_OF_VIEW": "V", "SYN_OF_MV": "MV", "SYN_OF_SEQ": "PLAIN", "SYN_AWAY": "NOWHERE",
		"SYN_LINK": "FAR"} {
		s.object("SYNONYM", name)
		y := dictionary.Synonym{Owner: "S", Name: name, TableOwner: "S", Table: to}
		if name == "SYN_LINK" {
			y.DBLink = "REMOTE"
		}
		s.Synonyms = append(s.Synonyms, y)
	}
	s.trigger("FILL", "COLS", "", "BEGIN SELECT plain.NEXTVAL INTO :new.a FROM dual; END;")
	s.trigger("HARD", "COLS", "", "BEGIN DBMS_OUTPUT.PUT_LINE('x'); END;")
	for kind, name := range map[string]string{"DATABASE LINK": "REMOTE", "TYPE": "TY", "TYPE BODY": "TY", "QUEUE": "QU", "JAVA CLASS": "JC",
		"PROCEDURE": "PR", "FUNCTION": "FU", "PACKAGE": "PA",
		"PACKAGE BODY": "PA", "JOB": "JO", "LIBRARY": "LI", "CONTEXT": "CO", "DIRECTORY": "DI", "OPERATOR": "OP", "INDEXTYPE": "IT",
		"RULE SET": "RS", "EVALUATION CONTEXT": "EC",
		"DIMENSION": "DM", "EDITION": "ED", "SCHEDULE": "SC", "PROGRAM": "PG", "XML SCHEMA": "XS", "LOB": "SYS_LOB0001$$",
		"CONSUMER GROUP": "CG", "JAVA SOURCE": "JS"} {
		s.object(kind, name)
	}
	for _, p := range []string{"IX SELECT PUBLIC", "IX DEBUG READER", "IX SELECT READER", "V SELECT PUBLIC", "PLAIN SELECT PUBLIC",
		"IX SELECT S"} {
		w := strings.Fields(p)
		s.TabPrivs = append(s.TabPrivs, dictionary.TabPriv{Grantor: "S", Owner: "S", Table: w[0], Privilege: w[1], Grantee: w[2], Grantable: "NO"})
	}
	s.ColPrivs = append(s.ColPrivs, dictionary.ColPriv{Grantor: "S", Owner: "S", Table: "IX", Column: "B", Privilege: "UPDATE",
		Grantee: "PUBLIC", Grantable: "NO"})
	s.LogGroups = nil
}
