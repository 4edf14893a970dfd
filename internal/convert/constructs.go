// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/plsql"
)

// constructHints says what takes the place of each construct that a person has to think about. Constructs without a hint are counted
// and priced, and are no items of their own.
var constructHints = map[string]string{
	"autonomous_transaction":  "PostgreSQL has none: write the log from the application, or over a second connection (dblink)",
	"bulk_collect":            "one SQL statement, or array_agg() into an array",
	"collection":              "arrays, jsonb or a temporary table",
	"compound_trigger":        "a trigger for each moment; what they share goes through transition tables (REFERENCING NEW TABLE)",
	"conditional_compilation": "keep the branch that is compiled today",
	"connect_by":              "WITH RECURSIVE; LEVEL becomes a column that counts",
	"database_link":           "postgres_fdw or oracle_fdw, or let the application call both",
	"dynamic_sql":             "EXECUTE … USING; names by format('%I')",
	"empty_string":            "an empty string is no NULL on PostgreSQL: see which of the two is meant",
	"exception_init":          "catch PostgreSQL's own condition names",
	"external_code":           "call it from the application, or write it again",
	"flashback":               "PostgreSQL keeps no past rows: a history table",
	"forall":                  "one SQL statement over unnest() of an array",
	"global_temporary":        "CREATE TEMPORARY TABLE in the session, or a table with a column for the session",
	"goto":                    "loops with EXIT and CONTINUE",
	"hint":                    "PostgreSQL takes hints for comments: measure the query without it",
	"lock_table":              "LOCK TABLE, whose modes are others",
	"merge":                   "MERGE (from PostgreSQL 15) or INSERT … ON CONFLICT; both differ where two sessions write at once",
	"multi_insert":            "one INSERT for each table, or WITH … INSERT … RETURNING",
	"nested_subprogram":       "functions of the schema",
	"object_type":             "composite types with functions; no inheritance",
	"outer_join_plus":         "LEFT JOIN",
	"package_state":           "set_config() or a table: behind a connection pool a session is not one user's",
	"pipelined":               "RETURNS SETOF with RETURN NEXT",
	"pivot":                   "count(*) FILTER (WHERE …) for each column, or crosstab() of tablefunc",
	"ref_cursor":              "refcursor, or a function that RETURNS TABLE",
	"result_cache":            "nothing keeps results: leave it out, or cache in the application",
	"rowid":                   "the primary key; ctid changes with every update",
	"rownum":                  "LIMIT or row_number(); ROWNUM counts before ORDER BY",
	"rowtype":                 "%ROWTYPE is there too; NULL tests of whole rows differ",
	"session_context":         "current_setting(), inet_client_addr(), session_user",
	"transaction_control":     "a procedure may COMMIT where it is called outside a transaction; a function never",
	"user_exception":          "RAISE with an SQLSTATE of your own",
	"web":                     "pages belong in an application",
	"when_others":             "catching an error undoes everything since the block's BEGIN on PostgreSQL, not only the failed statement",
	"wrapped":                 "ask who wrote it for the text",
	"xml":                     "xmlelement(), xpath(), XMLTABLE; no index or storage of their own",
}

// packageHints says the same for the packages that Oracle brings.
var packageHints = map[string]string{
	"dbms_alert": "LISTEN and NOTIFY", "dbms_application_info": "set application_name", "dbms_aq": "a table read with FOR UPDATE SKIP LOCKED",
	"dbms_aqadm": "a table read with FOR UPDATE SKIP LOCKED", "dbms_assert": "quote_ident() and quote_literal()",
	"dbms_crypto": "the extension pgcrypto", "dbms_job": "pg_cron, or a scheduler outside", "dbms_ldap": "the application",
	"dbms_lob": "substr(), length(), || on text and bytea", "dbms_lock": "pg_advisory_lock(); pg_sleep()", "dbms_metadata": "pg_get_…def()",
	"dbms_mview": "REFRESH MATERIALIZED VIEW", "dbms_obfuscation_toolkit": "the extension pgcrypto", "dbms_output": "RAISE NOTICE",
	"dbms_pipe": "LISTEN and NOTIFY, or a table", "dbms_random": "random()", "dbms_rls": "CREATE POLICY", "dbms_scheduler": "pg_cron, or a scheduler outside",
	"dbms_session": "set_config()", "dbms_sql": "EXECUTE … USING", "dbms_stats": "ANALYZE", "dbms_transaction": "pg_current_xact_id()",
	"dbms_utility": "GET STACKED DIAGNOSTICS; clock_timestamp()", "dbms_xmlgen": "query_to_xml()", "utl_encode": "encode() and decode()",
	"utl_file": "files belong to the application; on RDS aws_s3", "utl_http": "the application, or a queue that it reads",
	"utl_i18n": "convert_to(), convert_from()", "utl_mail": "the application, or a queue that it reads", "utl_match": "levenshtein() of fuzzystrmatch",
	"utl_raw": "encode(), decode(), substr() on bytea", "utl_smtp": "the application, or a queue that it reads", "utl_tcp": "the application",
	"utl_url": "the application",
}

func constructHint(name string) (string, bool) {
	if h, ok := constructHints[name]; ok {
		return h, true
	}
	if _, named := plsql.Names[name]; named {
		return "", false
	}
	if h, ok := packageHints[name]; ok {
		return h, true
	}
	return "PostgreSQL has no such package; see whether the extension orafce has what is used of it", true
}

// constructItems names every construct of a unit that a person has to think about, with the first line and how often it is there.
// Their hours are the unit's.
func (c *converter) constructItems(o Object, size plsql.Size) {
	for _, name := range slices.Sorted(maps.Keys(size.Constructs)) {
		hint, hard := constructHint(name)
		if !hard {
			continue
		}
		first := size.Places[name][0]
		reason := plsql.Describe(name)
		if where := placesText(size.Places[name], size.Constructs[name]); where != "" {
			reason += ", " + where
		}
		c.item(ActionItem{Code: CodeConstruct, Object: o, Subject: name, Line: first.Line, Reason: reason, Hint: hint})
	}
	for _, p := range size.Problems {
		c.item(ActionItem{Code: CodeUnclosed, Object: o, Line: p.Line, Reason: fmt.Sprintf("%s, from line %d on: what stands behind it was not read", p.What, p.Line),
			Hint: "see whether the text on Oracle is whole; export it again"})
	}
}

// placesText names the places in few words: (G_COUNT, G_LIST) on the lines 3, 5 and 12 more.
func placesText(places []plsql.Place, count int) string {
	var lines, whats []string
	for _, p := range places {
		if n := fmt.Sprint(p.Line); !slices.Contains(lines, n) && len(lines) < 5 {
			lines = append(lines, n)
		}
		if w := clip(p.What); w != "" && !slices.Contains(whats, w) && len(whats) < 5 {
			whats = append(whats, w)
		}
	}
	out := "line " + lines[0]
	if len(lines) > 1 {
		out = "lines " + strings.Join(lines, ", ")
	}
	if count > len(lines) && len(lines) == 5 {
		out += " …"
	}
	if len(whats) > 0 {
		out += " (" + strings.Join(whats, ", ") + ")"
	}
	return out
}

// measure reads the text of a unit; the use of global temporary tables counts as a construct.
func (c *converter) measure(text string) plsql.Size {
	size := plsql.Measure(text)
	if c.code.temporary == nil {
		c.code.temporary = map[string]bool{}
		for i := range c.d.Tables {
			if t := &c.d.Tables[i]; t.Temporary == "Y" {
				c.code.temporary[t.Name] = true
			}
		}
	}
	if len(c.code.temporary) == 0 {
		return size
	}
	scan := plsql.NewScanner(text)
	for t, ok := scan.Next(); ok; t, ok = scan.Next() {
		name := t.Upper()
		if t.Kind == plsql.Quoted {
			name = strings.Trim(t.Text, `"`)
		}
		if (t.Kind == plsql.Word || t.Kind == plsql.Quoted) && c.code.temporary[name] {
			size.Constructs["global_temporary"]++
			if p := size.Places["global_temporary"]; len(p) < plsql.MaxPlaces {
				size.Places["global_temporary"] = append(p, plsql.Place{Line: t.Line, What: name})
			}
		}
	}
	return size
}
