// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// scriptWriter writes SQL for psql. Names and definitions come in as quoted identifiers and literals only, where psql puts in no
// variables and takes no backslash commands; in comments they have no line ends.
type scriptWriter struct {
	digests   map[string]string // of the objects, by keyOf
	text      strings.Builder
	migration string
	token     int64
}

func (w *scriptWriter) line(format string, args ...any) {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	w.text.WriteString(format + "\n")
}

// comment writes words that may hold anything.
func (w *scriptWriter) comment(words string) {
	w.line("%s", "-- "+strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, words))
}

func (w *scriptWriter) head(t *Target, opts ScriptOptions, plan SetAside, home scriptHomeState) {
	w.comment("What ferryman plan prepare would run as role " + t.role + ", read on " + opts.Now.UTC().Format(time.RFC3339) + ". Nothing has run.")
	w.comment(fmt.Sprintf("Schemas: %s. %d objects are set aside, %d stay (the last lines say why).", strings.Join(opts.Schemas, ", "), len(plan.Objects), len(plan.Stays)))
	w.comment("Run it with: psql -f THIS_FILE 'postgres://…', as the same role. Every part is a transaction of its own; an error ends the run,")
	w.comment("and what was set aside until there is saved. Then print it again: the new one holds the rest.")
	w.comment("What it sets aside comes back with: ferryman restore --target 'postgres://…'")
	w.comment("No source was read: every column of type text, bytea or xml in no unique key may be a LOB there, so its NOT NULL goes, and what checks would")
	w.comment("reject NULL in it; sequences go by the target's own values.")
	if home.tables {
		w.comment("Saved under migration " + w.migration + ".")
	}
	w.line("")
	for _, line := range []string{`\set ON_ERROR_STOP on`, `\set AUTOCOMMIT on`, `\encoding UTF8`,
		"SET application_name = 'ferryman plan prepare'; SET standard_conforming_strings = on; SET check_function_bodies = on;",
		"SET search_path = ''; SET default_tablespace = ''; SET statement_timeout = 0; SET quote_all_identifiers = off; SET lock_timeout = '10s';",
		"SET datestyle = 'ISO, MDY'; SET intervalstyle = postgres; SET timezone = 'UTC'; SET extra_float_digits = 1;",
		"SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = off; SET client_min_messages = warning;"} {
		w.line("%s", line)
	}
	w.must("current_user = "+literal(t.role)+"::name", "it was proved for role "+t.role+" that everything can come back: run this as that role, or print it as yours")
}

// problems stops the script before its first change where something could not come back.
func (w *scriptWriter) problems(proof Proof) {
	if len(proof.Problems) == 0 {
		w.comment("Everything can come back: " + proof.Found() + ".")
		return
	}
	w.line("")
	w.comment(fmt.Sprintf("%d objects could not come back. This script stops here; print it again when that is put right.", len(proof.Problems)))
	for _, p := range proof.Problems {
		w.comment("  " + p.Words())
	}
	for _, fix := range proof.Fixes() {
		w.comment("  have the DBA run: " + fix)
	}
	w.must("false", "nothing was changed: something could not come back, see the head of this script")
}

// must raises an exception where the condition, trusted SQL, does not hold.
func (w *scriptWriter) must(condition, otherwise string) {
	body := "BEGIN IF (" + condition + ") IS NOT TRUE THEN RAISE EXCEPTION '%', " + literal(otherwise) + "; END IF; END"
	w.line("%s", "DO "+dollarQuoted(body)+";")
}

// dollarQuoted quotes text in a tag that is not in it.
func dollarQuoted(text string) string {
	tag := "$ferryman$"
	for i := 1; strings.Contains(text, tag); i++ {
		tag = "$ferryman" + strconv.Itoa(i) + "$"
	}
	return tag + text + tag
}

// helper makes the function that looks at what is there.
func (w *scriptWriter) helper() {
	w.line("")
	w.comment("What an object is now, as a digest: compared under the lock with what it was when this was printed. Gone when the session ends.")
	w.must("has_database_privilege(current_database(), 'TEMPORARY')", "this role may make no temporary function: GRANT TEMPORARY ON DATABASE … TO …, which most databases give everybody")
	w.line("%s", asItIsFunction())
}

// makeHome makes what of schema "ferryman" is not there, and the migration under which the objects are saved. It is made as closed: it
// has no bot, and one may be opened beside it.
func (w *scriptWriter) makeHome(t *Target, home scriptHomeState, objects int) {
	w.line("")
	w.comment("Where everything that goes is saved.")
	w.line("BEGIN;")
	if !home.schema {
		w.line("CREATE SCHEMA ferryman;")
	}
	if !home.tables {
		w.line("%s", strings.TrimSpace(homeSQL))
		w.line("INSERT INTO ferryman.home (schema_version) VALUES (%d);", homeVersion)
	}
	name := literal(w.migration)
	w.line("INSERT INTO ferryman.migration (name, policy_hash, source, closed_at) VALUES (%s, '', 'none: prepared by a script', now())\n\tON CONFLICT (name) DO NOTHING;", name)
	w.line("INSERT INTO ferryman.fence (migration, token, raised_by) VALUES (%s, 0, '') ON CONFLICT (migration) DO NOTHING;", name)
	w.line("INSERT INTO ferryman.audit (migration, actor, action, detail) VALUES (%s, session_user, 'prepare by script', %s);", name,
		literal(strconv.Itoa(objects)+" objects to set aside"))
	w.line("COMMIT;")
}

// begin opens a transaction that goes on only where Ferryman has not taken the migration over since the script was printed.
func (w *scriptWriter) begin() {
	w.line("BEGIN;")
	w.must(fmt.Sprintf("(SELECT token = %d FROM ferryman.fence WHERE migration = %s FOR SHARE)", w.token, literal(w.migration)),
		"Ferryman has taken migration "+w.migration+" over since this was printed: print it again")
}

func (w *scriptWriter) batch(batch Batch) {
	w.line("")
	w.comment(batch.Step())
	w.begin()
	w.line("LOCK TABLE %s IN ACCESS EXCLUSIVE MODE;", ident(batch.Schema, batch.Table))
	for _, o := range batch.Objects {
		w.comment(describe(o) + ": " + o.Why)
		w.must(sameAsPrinted(o, w.digests[keyOf(o)]), describe(o)+" is not as it was when this was printed: print it again")
		w.line("%s", savedRow(w.migration, o))
		w.line("%s;", o.Drop)
	}
	w.line("COMMIT;")
}

// savedRow is the INSERT that saves an object as SetAsideObjects does.
func savedRow(migration string, o Object) string {
	create := make([]string, len(o.Create))
	for i, sql := range o.Create {
		create[i] = literal(sql)
	}
	values := []string{literal(migration), literal(string(o.Kind)), literal(o.Schema), literal(o.Table), literal(o.Name), literal(o.Definition), literal(o.Drop),
		"ARRAY[" + strings.Join(create, ",\n\t\t") + "]::text[]", literal(o.Why)}
	return "INSERT INTO ferryman.saved (migration, kind, schema_name, table_name, name, definition, drop_sql, create_sql, why)\n\tVALUES (" +
		strings.Join(values, ", ") + `)
	ON CONFLICT (kind, schema_name, table_name, name) WHERE restored_at IS NULL DO UPDATE SET migration = excluded.migration,
		definition = ` + fuller("definition") + `,
		create_sql = ` + fuller("create_sql") + `,
		drop_sql = excluded.drop_sql, why = excluded.why, dropped_at = clock_timestamp(), error = '';`
}

func (w *scriptWriter) stays(stays []Stay) {
	if len(stays) == 0 {
		return
	}
	w.line("")
	w.comment("What stays, and why.")
	for _, s := range stays {
		w.comment(fmt.Sprintf("%s %s of %s.%s: %s", s.Kind.Words(), s.Name, s.Schema, s.Table, s.Why))
	}
}
