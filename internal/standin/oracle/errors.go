// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"errors"
	"regexp"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
	"github.com/jackc/pgx/v5/pgconn"
)

// byState are the errors that PostgreSQL's state alone decides.
var byState = map[string]struct {
	code    int
	message string
}{
	"22003": {1438, "value larger than specified precision allowed for this column"},
	"22P02": {1722, "invalid number"},
	"22012": {1476, "divisor is equal to zero"},
	"22007": {1861, "literal does not match format string"},
	"22008": {1843, "not a valid month"},
	"25006": {1456, "may not perform insert, in-memory or DML operation inside a READ ONLY transaction"},
	"40001": {8177, "can't serialize access for this transaction"},
	"40P01": {60, "deadlock detected while waiting for resource"},
	"42703": {904, "invalid identifier"},
	"42803": {979, "not a GROUP BY expression"},
	"42702": {918, "column ambiguously defined"},
	"42804": {932, "inconsistent datatypes"},
	"42883": {932, "inconsistent datatypes"},
	"42846": {932, "inconsistent datatypes"},
	"42725": {932, "inconsistent datatypes"},
	"42501": {1031, "insufficient privileges"},
	"42P01": {942, "table or view does not exist"},
	"42P07": {955, "name is already used by an existing object"},
	"42P10": {1785, "ORDER BY item must be the number of a SELECT-list expression"},
	"21000": {1427, "single-row subquery returns more than one row"},
	"57014": {1013, "user requested cancel of current operation"},
	"55000": {8002, "sequence CURRVAL is not yet defined in this session"},
	"2200H": {8004, "sequence NEXTVAL exceeds MAXVALUE and cannot be instantiated"},
	"54001": {4030, "out of process memory when trying to allocate memory"},
	"22P05": {12713, "Character data loss in NCHAR/CHAR conversion"},
}

var (
	columnMissing = regexp.MustCompile(`column (?:reference )?"?([^"]+?)"? (?:does not exist|is ambiguous)`)
	fieldMissing  = regexp.MustCompile(`missing FROM-clause entry for table "([^"]+)"`)
)

// oraError turns PostgreSQL's error into Oracle's. verb is what the statement did, waited whether it named a time to wait for locks.
func (s *session) oraError(err error, sql string, verb sqltext.Verb, waited bool) error {
	var already *tns.OraError
	var pg *pgconn.PgError
	if err == nil || errors.As(err, &already) || !errors.As(err, &pg) {
		return err
	}
	constraint := `(` + pg.SchemaName + `.` + s.server.catalog.keyName(pg.SchemaName, pg.ConstraintName) + `)`
	switch pg.Code {
	case "23505":
		return tns.Errorf(1, "unique constraint %s violated", constraint)
	case "23502":
		column := quote(pg.SchemaName) + "." + quote(pg.TableName) + "." + quote(pg.ColumnName)
		if verb == sqltext.Update {
			return tns.Errorf(1407, "cannot update (%s) to NULL", column)
		}
		return tns.Errorf(1400, "cannot insert NULL into (%s)", column)
	case "23514":
		return tns.Errorf(2290, "check constraint %s violated", constraint)
	case "23503":
		if strings.HasPrefix(pg.Message, "insert or update") {
			return tns.Errorf(2291, "integrity constraint %s violated - parent key not found", constraint)
		}
		return tns.Errorf(2292, "integrity constraint %s violated - child record found", constraint)
	case "OR899":
		return tns.Errorf(12899, "%s", pg.Message)
	case "OR004":
		return tns.Errorf(20000, "%s", pg.Message)
	case "55P03":
		if waited {
			return tns.Errorf(30006, "resource busy; acquire with WAIT timeout expired")
		}
		return tns.Errorf(54, "resource busy and acquire with NOWAIT specified or timeout expired")
	case "0A000":
		if strings.Contains(pg.Message, "truncate") {
			return tns.Errorf(2266, "unique/primary keys in table referenced by enabled foreign keys")
		}
		return tns.Errorf(3001, "unimplemented feature: %s", pg.Message)
	case "42703":
		return missingColumn(pg.Message, sql)
	case "42702":
		return missingOr(918, "column ambiguously defined", pg.Message, sql)
	case "42P01":
		if m := fieldMissing.FindStringSubmatch(pg.Message); m != nil {
			return at(tns.Errorf(904, "%s: invalid identifier", quote(m[1])), sql, m[1])
		}
	case "42601":
		return syntaxError(pg.Message)
	}
	if known, ok := byState[pg.Code]; ok {
		return tns.Errorf(known.code, "%s", known.message)
	}
	return tns.Errorf(600, "internal error code, arguments: [%s], [%s]", pg.Code, pg.Message)
}

// syntaxError chooses among Oracle's many.
func syntaxError(message string) error {
	switch {
	case strings.Contains(message, "more expressions than target"):
		return tns.Errorf(913, "too many values")
	case strings.Contains(message, "more target columns than"):
		return tns.Errorf(947, "not enough values")
	case strings.Contains(message, "UNION") || strings.Contains(message, "INTERSECT") || strings.Contains(message, "EXCEPT"):
		return tns.Errorf(1789, "query block has incorrect number of result columns")
	case strings.Contains(message, "subquery must return"):
		return tns.Errorf(913, "too many values")
	case strings.Contains(message, `at end of input`), strings.Contains(message, `at or near ")"`), strings.Contains(message,
		`at or near ","`):
		return tns.Errorf(936, "missing expression")
	}
	return tns.Errorf(933, "SQL command not properly ended")
}

// missingColumn names the column as Oracle does: "T"."C": invalid identifier.
func missingColumn(message, sql string) error {
	m := columnMissing.FindStringSubmatch(message)
	if m == nil {
		return tns.Errorf(904, "invalid identifier")
	}
	parts := strings.Split(m[1], ".")
	for i, part := range parts {
		parts[i] = quote(strings.Trim(part, `"`))
	}
	return at(tns.Errorf(904, "%s: invalid identifier", strings.Join(parts, ".")), sql, strings.Trim(parts[len(parts)-1], `"`))
}

func missingOr(code int, text, message, sql string) error {
	err := tns.Errorf(code, "%s", text)
	if m := columnMissing.FindStringSubmatch(message); m != nil {
		return at(err, sql, m[1])
	}
	return err
}

// at gives an error the place of a name in the statement.
func at(err *tns.OraError, sql, name string) *tns.OraError {
	tokens, _ := sqltext.Tokens(sql)
	for _, t := range tokens {
		if t.Name() && t.Text == name {
			err.Pos = t.Pos
			break
		}
	}
	return err
}
