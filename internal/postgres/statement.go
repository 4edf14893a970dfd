// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/ferryman/ferryman/internal/ledger"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Statement is one SQL statement and the object it is for, which messages name.
type Statement struct {
	Object string `json:"object"`
	SQL    string `json:"sql"`
	// Outside tells of text that another program wrote: only what makes objects is run of it, and no routine with Ferryman's rights.
	Outside bool `json:"outside,omitempty"`
}

// Refusal is PostgreSQL's answer to a statement that it did not take.
type Refusal struct {
	Index   int    `json:"index"` // of the statement in the list
	Object  string `json:"object"`
	Code    string `json:"code"` // SQLSTATE
	Message string `json:"message"`
	Detail  string `json:"detail,omitempty"`
	Hint    string `json:"hint,omitempty"`
	// Position is where in the statement, in characters from 1; 0 is unknown.
	Position int `json:"position,omitempty"`
}

// Words is the refusal in one line.
func (r Refusal) Words() string {
	words := r.Message
	if r.Detail != "" {
		words += ": " + r.Detail
	}
	if r.Hint != "" {
		words += " (" + r.Hint + ")"
	}
	if r.Code != "" {
		words += " [" + r.Code + "]"
	}
	return words
}

// run executes one statement by the extended protocol, which refuses two in one, and makes sure that the transaction is still the
// one it was. PostgreSQL's refusal comes back as *StatementError, save for a lock that was not to be had, which is to be retried.
func run(ctx context.Context, tx pgx.Tx, s Statement) error {
	if word := transactionCommand(s.SQL); word != "" {
		return &StatementError{Refusal: Refusal{Object: s.Object, Code: "2D000",
			Message: word + " is not taken: Ferryman begins and ends the transaction"}}
	}
	if s.Outside {
		return runOutside(ctx, tx, s)
	}
	// pgx runs a statement without arguments by the simple protocol, which takes several at once.
	_, err := tx.Conn().PgConn().ExecParams(ctx, s.SQL, nil, nil, nil, nil).Close()
	if err == nil && tx.Conn().PgConn().TxStatus() != 'T' {
		return fmt.Errorf("a statement for %s ended the transaction it ran in", s.Object)
	}
	if err == nil {
		ledger.Statement(ctx, s.SQL)
	}
	return refused(s.Object, err)
}

// runAll executes the statements as run does, and sends them together. Index of a *StatementError is that of the one refused.
func runAll(ctx context.Context, tx pgx.Tx, list []Statement) (err error) {
	if len(list) == 0 {
		return nil
	}
	for i, s := range list {
		if word := transactionCommand(s.SQL); word != "" {
			return &StatementError{Refusal: Refusal{Index: i, Object: s.Object, Code: "2D000",
				Message: word + " is not taken: Ferryman begins and ends the transaction"}}
		}
	}
	conn := tx.Conn().PgConn()
	pipeline := conn.StartPipeline(ctx)
	defer func() {
		closed := pipeline.Close()
		switch {
		case err == nil && closed != nil:
			err = fmt.Errorf("run %d statements: %w", len(list), closed)
		case err == nil && conn.TxStatus() != 'T':
			err = errors.New("one of " + list[0].Object + " and those after it ended the transaction it ran in")
		}
	}()
	for _, s := range list {
		pipeline.SendQueryParams(s.SQL, nil, nil, nil, nil)
	}
	if err := pipeline.Sync(); err != nil {
		return fmt.Errorf("send %d statements: %w", len(list), err)
	}
	for i, s := range list {
		result, err := pipeline.GetResults()
		if reader, ok := result.(*pgconn.ResultReader); ok && err == nil {
			_, err = reader.Close()
		}
		if err = refused(s.Object, err); err != nil {
			var e *StatementError
			if errors.As(err, &e) {
				e.Index = i
			}
			return err
		}
		ledger.Statement(ctx, s.SQL)
	}
	return nil
}

func refused(object string, err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code == "55P03" || e.Code == "40P01" {
		return err
	}
	return &StatementError{Refusal: Refusal{Object: object, Code: e.Code, Message: e.Message, Detail: e.Detail, Hint: e.Hint, Position: int(e.Position)}, Err: err}
}

// transactionCommand is the statement's first word where that begins or ends transactions, else empty.
func transactionCommand(sql string) string {
	rest := skipComments(sql)
	end := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) })
	if end < 0 {
		end = len(rest)
	}
	word := strings.ToUpper(rest[:end])
	switch word {
	case "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE":
		return word
	}
	return ""
}

// skipComments cuts blanks, comments (block comments nest) and empty statements off the front.
func skipComments(sql string) string {
	for {
		sql = strings.TrimLeft(sql, " \t\r\n\f\v;")
		switch {
		case strings.HasPrefix(sql, "--"):
			_, sql, _ = strings.Cut(sql, "\n")
		case strings.HasPrefix(sql, "/*"):
			depth, i := 1, 2
			for ; depth > 0 && i < len(sql); i++ {
				switch {
				case strings.HasPrefix(sql[i:], "/*"):
					depth++
					i++
				case strings.HasPrefix(sql[i:], "*/"):
					depth--
					i++
				}
			}
			sql = sql[min(i, len(sql)):]
		default:
			return sql
		}
	}
}

// Apply runs the statements, in order, one at a time by the extended protocol, in one transaction with the step's outcome. A step
// that is recorded as done is not run again. Errors: *StatementError, *FencedError, *LockedError; nothing is kept then.
func (t *Target) Apply(ctx context.Context, fence Fence, plan, step string, statements []Statement) error {
	return t.InFence(ctx, fence, func(ctx context.Context, tx pgx.Tx) error {
		before, recorded, err := readStep(ctx, tx, fence.Migration, plan, step)
		if err != nil || (recorded && before.Outcome == Done) {
			return err
		}
		for i, s := range statements {
			if err := run(ctx, tx, s); err != nil {
				var e *StatementError
				if errors.As(err, &e) {
					e.Index = i
				}
				return err
			}
		}
		detail, err := json.Marshal(map[string]int{"statements": len(statements)})
		if err != nil {
			return err
		}
		return t.RecordStep(ctx, tx, fence.Migration, StepOutcome{Plan: plan, Step: step, Outcome: Done, Detail: string(detail)})
	})
}
