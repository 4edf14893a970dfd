// SPDX-License-Identifier: Apache-2.0

package convert

import (
	"errors"

	sql "github.com/ferryman/ferryman/internal/convert/oraclesql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
)

// codeState is what the translation of code keeps.
type codeState struct {
	routines  map[dictionary.Name]*routine // that are on the target
	refused   map[Object]error             // why others are not
	updateOf  map[Object][]string          // the columns of a trigger's UPDATE OF
	temporary map[string]bool              // names of global temporary tables
}

// atLine says on which line of a text something is not certain.
type atLine struct {
	line int
	err  error
}

func (e *atLine) Error() string { return e.err.Error() }
func (e *atLine) Unwrap() error { return e.err }

// onLine adds a line to an error that has none.
func onLine(line int, err error) error {
	if err == nil {
		return nil
	}
	var known *atLine
	var syntax *sql.Error
	if errors.As(err, &known) || errors.As(err, &syntax) {
		return err
	}
	return &atLine{line, err}
}

// refusal is what an error says, and the line that it is about, 0 where none is known.
func refusal(err error) (what string, line int) {
	var syntax *sql.Error
	if errors.As(err, &syntax) {
		return syntax.What, syntax.Line
	}
	var known *atLine
	if errors.As(err, &known) {
		return known.Error(), known.line
	}
	return err.Error(), 0
}
