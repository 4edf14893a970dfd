// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// PersonScript is a person's script and the object that it is for.
type PersonScript struct {
	Object ScriptObject
	SQL    string
}

// ScriptTrial is what became of a script in the scratch database.
type ScriptTrial struct {
	// Refused says why it is not taken, in words that follow a colon; empty is taken. Line is where, 0 is unknown or the whole of it.
	Refused string
	Line    int
	// Changed are the objects that it makes, Outside those that it changes and may not.
	Changed, Outside []string
	// Statements are the script's, as they would be run.
	Statements []string
}

// scriptTime bounds one statement of a script.
const scriptTime = time.Minute

// nobodyTime bounds all that is done in a scratch database where people's scripts are run: what they call is theirs to write.
const nobodyTime = 30 * time.Minute

// NoScratchRoleError is a scratch database in which people's scripts can't be tried.
type NoScratchRoleError struct{ Role, Server string }

func (e *NoScratchRoleError) Error() string {
	return fmt.Sprintf("people's scripts are tried as a role without rights, and %s may not make one on %s: let it (ALTER ROLE %s CREATEDB CREATEROLE), or name a scratch database where it may", e.Role, e.Server, ident(e.Role))
}

// TryScripts tries people's scripts in a database of its own, as a role that has no rights outside of it, on top of the base: one
// statement at a time, by the extended protocol, and compares everything that is in the database before and after. A script may make its
// object, and change nothing else. Those that need one another may come in any order. Errors: *NoScratchRoleError, *AuthError,
// *UnreachableError.
func (t *Target) TryScripts(ctx context.Context, base []Statement, scripts []PersonScript) ([]ScriptTrial, error) {
	trials := make([]ScriptTrial, len(scripts))
	err := t.inScratch(ctx, true, func(ctx context.Context, conn *pgx.Conn) error {
		tx, err := conn.Begin(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
		if _, err := runKept(ctx, tx, base); err != nil {
			return err
		}
		before, err := readSnapshot(ctx, tx, nil)
		if err != nil {
			return err
		}
		for again := true; again; {
			again = false
			for i, s := range scripts {
				if trials[i].Statements != nil && trials[i].Refused == "" {
					continue
				}
				var after Snapshot
				if trials[i], after, err = tryScript(ctx, tx, s, before); err != nil {
					return fmt.Errorf("try the script for %s: %w", s.Object, err)
				}
				if after != nil {
					before, again = after, true
				}
			}
		}
		return nil
	})
	return trials, err
}

// tryScript tries one script. What it made stays where it is taken, and after is the snapshot with it; else after is nil.
func tryScript(ctx context.Context, tx pgx.Tx, s PersonScript, before Snapshot) (trial ScriptTrial, after Snapshot, err error) {
	if !s.Object.Takes() {
		trial.Refused = "no scripts are taken for a " + s.Object.Type
		return trial, nil, nil
	}
	list, err := SplitScript(s.SQL)
	var cut *ScriptError
	switch {
	case errors.As(err, &cut):
		trial.Refused, trial.Line = cut.What, cut.Line
		return trial, nil, nil
	case err != nil:
		return trial, nil, err
	case len(list) == 0:
		trial.Refused = "there is no statement in it"
		return trial, nil, nil
	}
	if _, err := tx.Exec(ctx, "SAVEPOINT one_script"); err != nil {
		return trial, nil, err
	}
	for _, one := range list {
		if trial.Refused, err = runScript(ctx, tx, one.SQL); err != nil {
			return trial, nil, err
		}
		if trial.Refused != "" {
			trial.Line = one.Line
			break
		}
		trial.Statements = append(trial.Statements, one.SQL)
	}
	if trial.Refused == "" {
		if after, err = readSnapshot(ctx, tx, nil); err != nil {
			return trial, nil, err
		}
		if trial.Changed, trial.Outside, trial.Refused = judge(s.Object, before, after); trial.Refused == "" {
			trial.Refused, err = definers(ctx, tx, before, after)
		}
	}
	end := "RELEASE SAVEPOINT one_script"
	if trial.Refused != "" {
		end, after = "ROLLBACK TO SAVEPOINT one_script", nil
	}
	if err == nil {
		_, err = tx.Exec(ctx, end)
	}
	return trial, after, err
}

// runScript runs one statement of a person's script; refused says why it is not taken.
func runScript(ctx context.Context, tx pgx.Tx, sql string) (refused string, err error) {
	if refused = verbRefusal(sql); refused != "" {
		return refused, nil
	}
	ctx, cancel := context.WithTimeout(ctx, scriptTime)
	defer cancel()
	conn := tx.Conn().PgConn()
	tag, err := conn.ExecParams(ctx, sql, nil, nil, nil, nil).Close()
	if refusal, ok := asRefusal(refusedStatement(err), Statement{SQL: sql}); ok {
		return refusal.Words(), nil
	}
	switch {
	case err != nil:
		return "", err
	case conn.TxStatus() != 'T':
		return "", errors.New("a statement ended the transaction it ran in")
	}
	return tagRefusal(tag.String()), nil
}

func refusedStatement(err error) error {
	if err == nil {
		return nil
	}
	return refused("", err)
}

// definers refuses functions that run with their owner's rights: that would be Ferryman's.
func definers(ctx context.Context, tx pgx.Tx, before, after Snapshot) (refused string, err error) {
	var made []uint32
	names := map[uint32]string{}
	for _, c := range before.Changes(after) {
		if c.After != nil && (c.After.Kind == "function" || c.After.Kind == "procedure") {
			made = append(made, c.After.OID)
			names[c.After.OID] = c.After.Words()
		}
	}
	if len(made) == 0 {
		return "", nil
	}
	var oid uint32
	err = tx.QueryRow(ctx, "SELECT oid FROM pg_proc WHERE oid = ANY($1) AND prosecdef ORDER BY proname LIMIT 1", made).Scan(&oid)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return names[oid] + " is SECURITY DEFINER: it would run with Ferryman's rights for whoever calls it", err
}

// runKept runs statements one by one, each with a savepoint, and tells which were refused.
func runKept(ctx context.Context, tx pgx.Tx, statements []Statement) ([]Refusal, error) {
	var refusals []Refusal
	for i, s := range statements {
		if _, err := tx.Exec(ctx, "SAVEPOINT one_statement"); err != nil {
			return refusals, err
		}
		after := "RELEASE SAVEPOINT one_statement"
		if err := run(ctx, tx, s); err != nil {
			refusal, ok := asRefusal(err, s)
			if !ok {
				return refusals, fmt.Errorf("try statement %d: %w", i+1, err)
			}
			refusal.Index = i
			refusals, after = append(refusals, refusal), "ROLLBACK TO SAVEPOINT one_statement"
		}
		if _, err := tx.Exec(ctx, after); err != nil {
			return refusals, err
		}
	}
	return refusals, nil
}

// Expect runs the statements in a scratch database and reads what they make in the schemas; refused are those that PostgreSQL did not
// take. With people's scripts among them they are run as a role without rights: a script is run here before anybody said yes to it, and
// a function that it makes may be called by its next statement. ok is false where the role may make no database, or no such role.
func (t *Target) Expect(ctx context.Context, statements []Statement, schemas []string, scripts bool) (s Snapshot, refusals []Refusal, ok bool, err error) {
	var may bool
	if err := t.pool.QueryRow(ctx, "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user").Scan(&may); err != nil || !may {
		return nil, nil, false, err
	}
	err = t.inScratch(ctx, scripts, func(ctx context.Context, conn *pgx.Conn) error {
		tx, err := conn.Begin(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // roles and rights are the whole server's: nothing is committed
		if refusals, err = runKept(ctx, tx, statements); err != nil {
			return err
		}
		s, err = readSnapshot(ctx, tx, append([]string{}, schemas...))
		return err
	})
	if nobody := (*NoScratchRoleError)(nil); errors.As(err, &nobody) {
		return nil, nil, false, nil
	}
	return s, refusals, true, err
}

// MayTry tells whether people's scripts can be tried on this server: its role may make databases and roles. A *NoScratchRoleError says that it
// may not; it changes nothing.
func (t *Target) MayTry(ctx context.Context) error {
	var may bool
	if err := t.pool.QueryRow(ctx, "SELECT rolsuper OR rolcreaterole AND rolcreatedb FROM pg_roles WHERE rolname = current_user").Scan(&may); err != nil {
		return err
	}
	if !may {
		return &NoScratchRoleError{Role: t.role, Server: t.server}
	}
	return nil
}

// inScratch makes a database, has fn use a connection to it, and drops it; asNobody connects as a role that is made for it and has rights
// in it only, and gives fn nobodyTime.
func (t *Target) inScratch(ctx context.Context, asNobody bool, fn func(context.Context, *pgx.Conn) error) (err error) {
	t.dropOldScratch(ctx)
	name := scratchPrefix + strconv.FormatInt(time.Now().Unix(), 10) + "_" + strings.ToLower(rand.Text()[:12])
	config := t.pool.Config().ConnConfig.Copy()
	config.Database = name
	dropped := func(dropErr error) {
		if dropErr != nil && err == nil {
			err = dropErr
		}
	}
	if asNobody {
		if err := t.MayTry(ctx); err != nil {
			return err
		}
		t.dropOldScratchRoles(ctx)
		config.User, config.Password = name, rand.Text()
		if _, err := t.pool.Exec(ctx, fmt.Sprintf("CREATE ROLE %s LOGIN CONNECTION LIMIT 1 PASSWORD '%s' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS", ident(name), config.Password)); err != nil {
			return fmt.Errorf("make a role for the scratch database: %w", err)
		}
		defer func() {
			if _, err := t.pool.Exec(context.WithoutCancel(ctx), "DROP ROLE IF EXISTS "+ident(name)); err != nil {
				dropped(fmt.Errorf("drop role %s of a scratch database (it is of no use to anybody): %w", name, err))
			}
		}()
		// A member may end its sessions when the database is dropped.
		if _, err := t.pool.Exec(ctx, fmt.Sprintf("GRANT %s TO CURRENT_USER", ident(name))); err != nil && sqlState(err) != "0LP01" {
			return fmt.Errorf("make a role for the scratch database: %w", err)
		}
	}
	if _, err := t.pool.Exec(ctx, "CREATE DATABASE "+ident(name)+" TEMPLATE template0"); err != nil {
		return fmt.Errorf("create scratch database %s: %w", name, err)
	}
	defer func() { dropped(t.dropScratch(ctx, name)) }()
	if asNobody {
		if _, err := t.pool.Exec(ctx, fmt.Sprintf("GRANT CREATE ON DATABASE %[1]s TO %[1]s", ident(name))); err != nil {
			return fmt.Errorf("open scratch database %s: %w", name, err)
		}
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return t.connectError(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := settle(ctx, conn); err != nil {
		return fmt.Errorf("set up scratch database %s: %w", name, err)
	}
	if _, err := conn.Exec(ctx, "SET standard_conforming_strings = on"); err != nil {
		return err
	}
	if asNobody {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, nobodyTime, fmt.Errorf("the scripts ran longer than %s together", nobodyTime))
		defer cancel()
	}
	return fn(ctx, conn)
}

// dropOldScratchRoles removes roles of scratch databases that a dead Ferryman left, once their databases are gone.
func (t *Target) dropOldScratchRoles(ctx context.Context) {
	rows, err := t.pool.Query(ctx, `SELECT r.rolname::text FROM pg_roles r WHERE starts_with(r.rolname, $1)
		AND NOT EXISTS (SELECT FROM pg_database d WHERE d.datname = r.rolname)`, scratchPrefix)
	if err != nil {
		return
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return
	}
	for _, name := range names {
		made, _, _ := strings.Cut(strings.TrimPrefix(name, scratchPrefix), "_")
		if at, err := strconv.ParseInt(made, 10, 64); err == nil && time.Since(time.Unix(at, 0)) > scratchOld {
			_, _ = t.pool.Exec(ctx, "DROP ROLE IF EXISTS "+ident(name))
		}
	}
}
