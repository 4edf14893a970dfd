// SPDX-License-Identifier: Apache-2.0

package plsql

import "strings"

// Names says for people what each construct is, in a form that follows "with". Packages of Oracle that are not listed count under their
// own names (see Describe).
var Names = map[string]string{
	"analytic":                "analytic functions",
	"anchored_type":           "types taken from columns (%TYPE)",
	"autonomous_transaction":  "an autonomous transaction",
	"bulk_collect":            "BULK COLLECT",
	"collection":              "collections",
	"compound_trigger":        "a compound trigger",
	"conditional_compilation": "conditional compilation",
	"connect_by":              "a hierarchical query (CONNECT BY)",
	"current_of":              "WHERE CURRENT OF",
	"cursor":                  "explicit cursors",
	"cursor_attribute":        "cursor attributes (%FOUND, %ROWCOUNT)",
	"database_link":           "a database link",
	"decode":                  "DECODE",
	"dynamic_sql":             "dynamic SQL",
	"empty_string":            "empty strings, which are NULL on Oracle",
	"exception":               "exception handlers",
	"exception_init":          "exceptions named after error numbers",
	"external_code":           "code in another language",
	"flashback":               "flashback queries",
	"for_update":              "FOR UPDATE",
	"forall":                  "FORALL",
	"global_temporary":        "a global temporary table",
	"goto":                    "GOTO",
	"hint":                    "optimizer hints",
	"invoker_rights":          "the caller's rights (AUTHID CURRENT_USER)",
	"label":                   "labels",
	"lock_table":              "LOCK TABLE",
	"merge":                   "MERGE",
	"multi_insert":            "an INSERT into several tables",
	"nested_subprogram":       "subprograms within subprograms",
	"object_type":             "object types",
	"out_parameter":           "OUT parameters",
	"outer_join_plus":         "outer joins with (+)",
	"package_state":           "variables of a package",
	"pipelined":               "a pipelined function",
	"pivot":                   "PIVOT",
	"raise_application_error": "errors of its own (RAISE_APPLICATION_ERROR)",
	"ref_cursor":              "cursor variables",
	"result_cache":            "a result cache",
	"returning_into":          "RETURNING INTO",
	"rowid":                   "ROWID",
	"rownum":                  "ROWNUM",
	"rowtype":                 "records of rows (%ROWTYPE)",
	"sequence":                "sequences",
	"session_context":         "facts of the session (SYS_CONTEXT)",
	"sysdate":                 "the server's clock (SYSDATE)",
	"transaction_control":     "COMMIT or ROLLBACK",
	"user_exception":          "exceptions of its own",
	"web":                     "pages made in the database (HTP, OWA)",
	"when_others":             "WHEN OTHERS",
	"wrapped":                 "wrapped text, which can't be read",
	"xml":                     "XML",
}

// Describe says for people what a construct is.
func Describe(construct string) string {
	if s, ok := Names[construct]; ok {
		return s
	}
	return "the package " + strings.ToUpper(construct)
}

// keywords are the words that Measure looks at.
var keywords = func() map[string]string {
	m := map[string]string{}
	for _, w := range strings.Fields(`THEN ELSE EXCEPTION PROCEDURE FUNCTION MEMBER STATIC CONSTRUCTOR MAP ORDER OVERRIDING FINAL CREATE OR
		REPLACE EDITIONABLE NONEDITIONABLE PACKAGE TYPE BODY BEFORE AFTER INSTEAD COMPOUND TRIGGER IS AS LANGUAGE EXTERNAL DECLARE BEGIN IF
		LOOP CASE END CONNECT BY BULK COLLECT FORALL AUTONOMOUS_TRANSACTION EXECUTE IMMEDIATE OPEN FOR SELECT WITH SYS_REFCURSOR REF CURSOR
		ROWNUM ROWID UROWID CHARTOROWID ROWIDTOCHAR MERGE INTO PIPELINED PIPE ROW OBJECT UNDER RAISE_APPLICATION_ERROR EXCEPTION_INIT WHEN
		OTHERS GOTO ROWTYPE TABLE OF VARRAY VARYING INDEX COMMIT ROLLBACK SAVEPOINT RETURNING FOUND NOTFOUND ROWCOUNT ISOPEN
		BULK_ROWCOUNT UPDATE CURRENT DECODE OVER XMLTYPE XMLELEMENT XMLAGG XMLFOREST XMLTABLE XMLQUERY EXTRACTVALUE PIVOT UNPIVOT
		RESULT_CACHE AUTHID CURRENT_USER LOCK SYS_CONTEXT USERENV MULTISET SCN TIMESTAMP WRAPPED NEXTVAL CURRVAL SYSDATE SYSTIMESTAMP
		INSERT ALL FIRST OUT PRAGMA SUBTYPE CONSTANT HTP HTF WHERE`) {
		m[w] = w
	}
	return m
}()

const longestKeyword = len("RAISE_APPLICATION_ERROR")

// keyword is the word in upper case if it is one of keywords, else "".
func keyword(text string) string {
	if len(text) > longestKeyword {
		return ""
	}
	var buf [longestKeyword]byte
	for i := range len(text) {
		b := text[i]
		if 'a' <= b && b <= 'z' {
			b -= 'a' - 'A'
		}
		buf[i] = b
	}
	return keywords[string(buf[:len(text)])]
}

// single are the constructs that one keyword shows.
var single = map[string]string{
	"FORALL": "forall", "AUTONOMOUS_TRANSACTION": "autonomous_transaction", "SYS_REFCURSOR": "ref_cursor", "ROWNUM": "rownum", "ROWID": "rowid",
	"UROWID": "rowid", "CHARTOROWID": "rowid", "ROWIDTOCHAR": "rowid", "PIPELINED": "pipelined", "RAISE_APPLICATION_ERROR": "raise_application_error",
	"EXCEPTION_INIT": "exception_init", "VARRAY": "collection", "MULTISET": "collection", "SAVEPOINT": "transaction_control",
	"COMMIT": "transaction_control", "ROLLBACK": "transaction_control", "RETURNING": "returning_into", "XMLTYPE": "xml", "XMLELEMENT": "xml",
	"XMLAGG": "xml", "XMLFOREST": "xml", "XMLTABLE": "xml", "XMLQUERY": "xml", "EXTRACTVALUE": "xml", "RESULT_CACHE": "result_cache",
	"SYS_CONTEXT": "session_context", "USERENV": "session_context", "SYSDATE": "sysdate", "SYSTIMESTAMP": "sysdate",
}

// pairs are those that two keywords show.
var pairs = map[[2]string]string{
	{"CONNECT", "BY"}: "connect_by", {"BULK", "COLLECT"}: "bulk_collect", {"EXECUTE", "IMMEDIATE"}: "dynamic_sql", {"REF", "CURSOR"}: "ref_cursor",
	{"MERGE", "INTO"}: "merge", {"PIPE", "ROW"}: "pipelined", {"AS", "OBJECT"}: "object_type", {"IS", "OBJECT"}: "object_type",
	{"TYPE", "BODY"}: "object_type", {"WHEN", "OTHERS"}: "when_others", {"TABLE", "OF"}: "collection", {"INDEX", "BY"}: "collection",
	{"FOR", "UPDATE"}: "for_update", {"CURRENT", "OF"}: "current_of", {"AUTHID", "CURRENT_USER"}: "invoker_rights", {"LOCK", "TABLE"}: "lock_table",
	{"OF", "SCN"}: "flashback", {"OF", "TIMESTAMP"}: "flashback", {"INSERT", "ALL"}: "multi_insert", {"INSERT", "FIRST"}: "multi_insert",
	{"COMPOUND", "TRIGGER"}: "compound_trigger",
}

// attributes are those that stand behind a percent sign.
var attributes = map[string]string{"TYPE": "anchored_type", "ROWTYPE": "rowtype", "FOUND": "cursor_attribute", "NOTFOUND": "cursor_attribute",
	"ROWCOUNT": "cursor_attribute", "ISOPEN": "cursor_attribute", "BULK_ROWCOUNT": "forall"}

// constructs counts what begins at l.
func (m *measurer) constructs(l lexeme) {
	switch l.Kind {
	case Hint:
		m.found("hint", l.Line, "")
	case Directive:
		if d := strings.ToUpper(l.Text); d == "$IF" || d == "$ERROR" || strings.HasPrefix(d, "$$") {
			m.found("conditional_compilation", l.Line, d)
		}
	case String:
		if l.Text == "''" {
			m.found("empty_string", l.Line, "")
		}
	case Operator:
		m.operators(l)
	case Word, Quoted:
		m.named(l)
	}
}

func (m *measurer) operators(l lexeme) {
	switch l.Text {
	case "(":
		if m.at(1).Op("+") && m.at(2).Op(")") {
			m.found("outer_join_plus", l.Line, "")
		}
	case "%":
		if c, ok := attributes[m.at(1).word]; ok {
			m.found(c, l.Line, m.before.Text)
		}
	case "@":
		if n := m.at(1); (n.Kind == Word || n.Kind == Quoted) && (m.before.Kind == Word || m.before.Kind == Quoted) {
			m.found("database_link", l.Line, n.Text)
		}
	case "<<":
		if n := m.at(1); m.at(2).Op(">>") && (n.Kind == Word || n.Kind == Quoted) {
			m.found("label", l.Line, n.Text)
		}
	}
}

func (m *measurer) named(l lexeme) {
	after := m.at(1)
	if m.before.Op("%") {
		return
	}
	if l.word == "" || m.start {
		m.state(l)
	}
	if after.Op(".") && l.Kind == Word {
		m.oraclePackage(l)
	}
	if m.before.Op(".") {
		if l.word == "NEXTVAL" || l.word == "CURRVAL" {
			m.found("sequence", l.Line, "")
		}
		return
	}
	if c, ok := single[l.word]; ok && !after.Op(".") {
		m.found(c, l.Line, "")
	}
	if c, ok := pairs[[2]string{l.word, after.word}]; ok && after.word != "" {
		m.found(c, l.Line, "")
	}
	switch l.word {
	case "GOTO":
		m.found("goto", l.Line, after.Text)
	case "EXCEPTION":
		if after.word == "WHEN" {
			m.found("exception", l.Line, "")
		} else if after.Op(";") && !m.start {
			m.found("user_exception", l.Line, m.before.Text)
		}
	case "CURSOR":
		if m.start {
			m.found("cursor", l.Line, after.Text)
		}
	case "OPEN":
		if m.start && m.at(2).word == "FOR" {
			if of := m.at(3); of.word != "SELECT" && of.word != "WITH" && !of.Op("(") {
				m.found("dynamic_sql", l.Line, "")
			}
			m.found("ref_cursor", l.Line, after.Text)
		}
	case "DECODE", "OVER", "PIVOT", "UNPIVOT":
		if after.Op("(") {
			m.found(map[string]string{"DECODE": "decode", "OVER": "analytic"}[l.word]+pivot(l.word), l.Line, "")
		}
	case "OUT":
		if m.header == "sub" {
			m.found("out_parameter", l.Line, "")
		}
	case "WRAPPED":
		if m.header != "" || len(m.blocks) == 0 {
			m.found("wrapped", l.Line, "")
		}
	case "LANGUAGE":
		if m.before.word == "AS" || m.before.word == "IS" {
			m.found("external_code", l.Line, after.Text)
		}
	}
}

func pivot(word string) string {
	if strings.HasSuffix(word, "PIVOT") {
		return "pivot"
	}
	return ""
}

// state counts a variable that is declared by a package itself, which lives as long as the session.
func (m *measurer) state(l lexeme) {
	b := m.top()
	if !m.start || b == nil || b.kind != "package" || b.body {
		return
	}
	switch l.word {
	case "":
	default:
		return
	}
	if after := m.at(1); after.word != "CONSTANT" && after.word != "EXCEPTION" && (after.Kind == Word || after.Kind == Quoted) {
		m.found("package_state", l.Line, l.Text)
	}
}

// oraclePackage counts the packages that Oracle brings, by their names.
func (m *measurer) oraclePackage(l lexeme) {
	if l.word == "HTP" || l.word == "HTF" {
		m.found("web", l.Line, l.Text)
		return
	}
	prefix, _, ok := strings.Cut(l.Text, "_")
	if !ok || len(l.Text) > 40 {
		return
	}
	switch strings.ToUpper(prefix) {
	case "OWA":
		m.found("web", l.Line, l.Text)
	case "DBMS", "UTL", "APEX", "CTX", "SDO":
		name := strings.ToLower(l.Text)
		m.found(name, l.Line, m.at(2).Text)
		if name == "dbms_sql" {
			m.found("dynamic_sql", l.Line, l.Text)
		}
	}
}
