// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ferryman/ferryman/internal/standin/oracle/dict"
	"github.com/ferryman/ferryman/internal/standin/oracle/sqltext"
	"github.com/ferryman/ferryman/internal/standin/oracle/tns"
)

// resolver looks names up for one user in one current schema.
type resolver struct {
	catalog *catalog
	user    string
	schema  string
	// system is true for the stand-in's own work: no privilege is checked.
	system bool
	// logmnr is the state of the session's LogMiner, nil outside sessions.
	logmnr *logmnr
}

// Table implements sqltext.Resolver.
func (r *resolver) Table(owner, name string, verb sqltext.Verb) (*sqltext.Table, error) {
	t := r.lookup(owner, name)
	if t == nil {
		return nil, noTable()
	}
	if t.Owner == "SYS" {
		return r.dictionary(t, verb)
	}
	if err := r.allowed(t.Name, string(verb)); err != nil {
		return nil, err
	}
	return &sqltext.Table{SQL: relation(t.Name), Columns: t.Columns, Writable: t.Kind == "TABLE"}, nil
}

func noTable() *tns.OraError { return tns.Errorf(942, "table or view does not exist") }

// lookup finds a table or view: in the schema that is named, else in the current one, among the synonyms, in SYS.
func (r *resolver) lookup(owner, name string) *dict.Table {
	r.catalog.mu.RLock()
	defer r.catalog.mu.RUnlock()
	if strings.HasPrefix(name, "V_$") && (owner == "SYS" || owner == "" && r.user == "SYS") {
		return r.catalog.tables[dict.Name{Owner: "SYS", Name: "V$" + name[3:]}]
	}
	if owner != "" && owner != "PUBLIC" {
		// What SYS calls V$X are public synonyms: the views are V_$X.
		if t := r.catalog.tables[dict.Name{Owner: owner, Name: name}]; t != nil && !(owner == "SYS" && strings.HasPrefix(name, "V$")) {
			return t
		}
		return r.synonym(dict.Name{Owner: owner, Name: name})
	}
	if t := r.catalog.tables[dict.Name{Owner: r.schema, Name: name}]; t != nil {
		return t
	}
	if t := r.synonym(dict.Name{Owner: r.schema, Name: name}); t != nil {
		return t
	}
	if t := r.synonym(dict.Name{Owner: "PUBLIC", Name: name}); t != nil {
		return t
	}
	return r.catalog.tables[dict.Name{Owner: "SYS", Name: name}]
}

func (r *resolver) synonym(name dict.Name) *dict.Table {
	for range 10 {
		target, ok := r.catalog.synonyms[name]
		if !ok {
			return nil
		}
		if t := r.catalog.tables[target]; t != nil {
			return t
		}
		name = target
	}
	return nil
}

// everybodys are the dynamic views that PUBLIC may read.
var everybodys = []string{"V$VERSION", "V$NLS_PARAMETERS", "V$TIMEZONE_NAMES"}

// dictionary checks access to a view of SYS.
func (r *resolver) dictionary(t *dict.Table, verb sqltext.Verb) (*sqltext.Table, error) {
	dynamic := strings.HasPrefix(t.Name.Name, "V$")
	if !r.system && (dynamic || strings.HasPrefix(t.Name.Name, "DBA_")) && !slices.Contains(everybodys, t.Name.Name) {
		name := t.Name.Name
		if dynamic {
			name = "V_$" + name[2:]
		}
		u := r.catalog.user(r.user)
		if !u.role("SELECT_CATALOG_ROLE") && !u.privilege("SELECT ANY DICTIONARY") && !u.granted("SELECT", "SYS", name) {
			return nil, noTable()
		}
	}
	if verb != sqltext.Select {
		return nil, tns.Errorf(1031, "insufficient privileges")
	}
	sql := relation(t.Name)
	if t.Name.Name == "V$LOGMNR_CONTENTS" && r.logmnr != nil {
		if !r.logmnr.started {
			return nil, tns.Errorf(1306, "dbms_logmnr.start_logmnr() must be invoked before selecting from v$logmnr_contents")
		}
		sql = fmt.Sprintf(`(SELECT * FROM %s WHERE "COMMIT_SCN" >= %s%s)`, sql, r.logmnr.from, r.logmnr.until())
	}
	return &sqltext.Table{SQL: sql, Columns: t.Columns}, nil
}

// allowed checks a privilege on an object of a schema. Who may do nothing at all with it does not learn that it is there.
func (r *resolver) allowed(name dict.Name, privilege string) error {
	if r.system || name.Owner == r.user {
		return nil
	}
	u := r.catalog.user(r.user)
	if u.privilege(privilege+" ANY TABLE") || u.granted(privilege, name.Owner, name.Name) {
		return nil
	}
	for _, other := range []string{"SELECT", "INSERT", "UPDATE", "DELETE", "ALTER"} {
		if u.granted(other, name.Owner, name.Name) || u.privilege(other+" ANY TABLE") {
			return tns.Errorf(1031, "insufficient privileges")
		}
	}
	return noTable()
}

// Sequence implements sqltext.Resolver.
func (r *resolver) Sequence(owner, name string) (string, error) {
	r.catalog.mu.RLock()
	full := dict.Name{Owner: owner, Name: name}
	if owner == "" {
		full.Owner = r.schema
	}
	pg, ok := r.catalog.sequences[full]
	for _, holder := range []string{full.Owner, "PUBLIC"} {
		if target, found := r.catalog.synonyms[dict.Name{Owner: holder, Name: name}]; !ok && found {
			full = target
			pg, ok = r.catalog.sequences[target]
		}
	}
	r.catalog.mu.RUnlock()
	u := r.catalog.user(r.user)
	if !ok || !r.system && full.Owner != r.user && !u.privilege("SELECT ANY SEQUENCE") && !u.granted("SELECT", full.Owner, full.Name) {
		return "", tns.Errorf(2289, "sequence does not exist")
	}
	return pg, nil
}
