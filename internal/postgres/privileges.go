// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"fmt"
	"strings"
)

// Check is one thing that Ferryman needs on the target.
type Check struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Found string `json:"found"`
	Fix   string `json:"fix,omitempty"` // what to do, SQL where there is one
}

// CheckPrivileges reads what the role may do in the schemas, and changes nothing. The error is for a target that can't be read.
func (t *Target) CheckPrivileges(ctx context.Context, schemas []string) ([]Check, error) {
	checks := []Check{{Name: "direct connection", OK: true, Found: "no pooler between"},
		{Name: "server version", OK: true, Found: fmt.Sprintf("%d.%d", t.version/10000, t.version%10000)}}
	var database string
	var mayCreate bool
	if err := t.pool.QueryRow(ctx, "SELECT current_database(), has_database_privilege(current_database(), 'CREATE')").Scan(&database, &mayCreate); err != nil {
		return nil, fmt.Errorf("read the role's rights on the database: %w", err)
	}
	grantDatabase := fmt.Sprintf("GRANT CREATE ON DATABASE %s TO %s;", ident(database), ident(t.role))
	for _, schema := range append([]string{"ferryman"}, schemas...) {
		check, err := t.checkSchema(ctx, schema, mayCreate)
		if err != nil {
			return nil, err
		}
		if !check.OK && check.Fix == "" {
			check.Fix = fmt.Sprintf("CREATE SCHEMA %s AUTHORIZATION %s; -- or: %s", ident(schema), ident(t.role), grantDatabase)
		}
		checks = append(checks, check)
	}
	for _, q := range []struct{ name, sql, what, fix string }{
		{"ownership of the tables", `SELECT n.nspname || '.' || c.relname, pg_get_userbyid(c.relowner)::text
			FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p') AND NOT pg_has_role(c.relowner, 'USAGE') ORDER BY 1`,
			"belongs to role", "GRANT %s TO %s; -- the owner's rights, or change the owner"},
		{"sequences", `SELECT n.nspname || '.' || c.relname, pg_get_userbyid(c.relowner)::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname = ANY($1) AND CASE WHEN c.relkind = 'S' THEN NOT has_sequence_privilege(c.oid, 'UPDATE') ELSE false END ORDER BY 1`,
			"belongs to role", "GRANT %s TO %s; -- the owner's rights, or GRANT SELECT, UPDATE on the sequences"},
		{"tables that foreign keys refer to", `SELECT DISTINCT n.nspname || '.' || f.relname, pg_get_userbyid(f.relowner)::text FROM pg_constraint k
			JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
			JOIN pg_class f ON f.oid = k.confrelid JOIN pg_namespace n ON n.oid = f.relnamespace
			WHERE k.contype = 'f' AND cn.nspname = ANY($1) AND NOT has_table_privilege(f.oid, 'REFERENCES') ORDER BY 1`,
			"may not be referred to; it belongs to role", "GRANT %s TO %s; -- the owner's rights, or GRANT REFERENCES on the tables"},
	} {
		check, err := t.checkNone(ctx, q.name, q.sql, schemas, q.what, q.fix)
		if err != nil {
			return nil, err
		}
		checks = append(checks, check)
	}
	return checks, nil
}

func (t *Target) checkSchema(ctx context.Context, schema string, mayCreateSchema bool) (Check, error) {
	check := Check{Name: "schema " + schema}
	var exists, usage, create bool
	if err := t.pool.QueryRow(ctx, `SELECT s.oid IS NOT NULL, coalesce(has_schema_privilege(s.oid, 'USAGE'), false),
				coalesce(has_schema_privilege(s.oid, 'CREATE'), false)
			FROM (SELECT (SELECT oid FROM pg_namespace WHERE nspname = $1) AS oid) s`, schema).Scan(&exists, &usage, &create); err != nil {
		return check, fmt.Errorf("read the role's rights on schema %s: %w", schema, err)
	}
	switch {
	case !exists && mayCreateSchema:
		check.OK, check.Found = true, "not there yet; the role may create it"
	case !exists:
		check.Found = "not there, and the role may not create it"
	case usage && create:
		check.OK, check.Found = true, "the role may use it and create in it"
	default:
		check.Found = "the role may not create in it"
		check.Fix = fmt.Sprintf("GRANT USAGE, CREATE ON SCHEMA %s TO %s;", ident(schema), ident(t.role))
	}
	return check, nil
}

// checkNone holds where the query, which lists objects and their owners, finds nothing.
func (t *Target) checkNone(ctx context.Context, name, sql string, schemas []string, what, fix string) (Check, error) {
	check := Check{Name: name}
	rows, err := t.pool.Query(ctx, sql, schemas)
	if err != nil {
		return check, fmt.Errorf("read %s: %w", name, err)
	}
	defer rows.Close()
	var found []string
	owner := ""
	for rows.Next() {
		var object string
		if err := rows.Scan(&object, &owner); err != nil {
			return check, fmt.Errorf("read %s: %w", name, err)
		}
		found = append(found, object+" "+what+" "+owner)
	}
	if err := rows.Err(); err != nil {
		return check, fmt.Errorf("read %s: %w", name, err)
	}
	if check.OK = len(found) == 0; check.OK {
		check.Found = "all as needed"
		return check, nil
	}
	check.Fix = fmt.Sprintf(fix, ident(owner), ident(t.role))
	if more := len(found) - 5; more > 0 {
		found = append(found[:5], fmt.Sprintf("and %d more", more))
	}
	check.Found = strings.Join(found, "; ")
	return check, nil
}
