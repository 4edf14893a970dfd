// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"fmt"
	"strings"
	"time"
)

// value takes a literal: NULL, a quoted text, a number, or one of the functions that LogMiner writes.
func (p *redoParser) value(f *field) error {
	p.space()
	if p.at < len(p.text) && p.text[p.at] == '\'' {
		text, err := p.quoted('\'')
		if text != "" { // '' is NULL
			f.value = &text
		}
		return err
	}
	start := p.at
	for p.at < len(p.text) && (isNameByte(p.text[p.at]) || strings.IndexByte("+-.", p.text[p.at]) >= 0) {
		p.at++
	}
	name := strings.ToUpper(p.text[start:p.at])
	switch {
	case name == "":
		return p.expected("a value")
	case name == "NULL":
		return nil
	case strings.IndexByte("+-.0123456789", name[0]) >= 0:
		f.value = &name
		return nil
	case name == "TIMESTAMP" || name == "DATE":
		text, err := p.quoted('\'')
		text = strings.TrimSpace(text)
		f.value = &text
		return err
	}
	var args []string
	if !p.symbol('(') {
		return p.expected("( after " + name)
	}
	for !p.symbol(')') {
		if len(args) > 0 && !p.symbol(',') {
			return p.expected(",")
		}
		arg, err := p.quoted('\'')
		if err != nil {
			return err
		}
		args = append(args, arg)
	}
	return f.call(name, args)
}

// call gives a field the value of a function.
func (f *field) call(name string, args []string) error {
	switch {
	case (name == "EMPTY_CLOB" || name == "EMPTY_BLOB") && len(args) == 0:
		f.lob = true
		return nil
	case name == "HEXTORAW" && len(args) == 1:
		value := `\x` + strings.ToLower(args[0])
		f.value = &value
		return nil
	case (name == "TO_DATE" || name == "TO_TIMESTAMP" || name == "TO_TIMESTAMP_TZ") && len(args) == 2:
		value, err := dateText(args[0], args[1])
		f.value = &value
		return err
	case (name == "TO_YMINTERVAL" || name == "TO_DSINTERVAL" || name == "UNISTR") && len(args) == 1:
		f.value = &args[0]
		return nil
	}
	return fmt.Errorf("function %.30s with %d arguments is not known", name, len(args))
}

// dateText brings a date in one of LogMiner's formats into ISO form.
func dateText(text, format string) (string, error) {
	text = strings.TrimSpace(text)
	switch strings.ToUpper(format) {
	case "YYYY-MM-DD", "SYYYY-MM-DD", "YYYY-MM-DD HH24:MI:SS", "SYYYY-MM-DD HH24:MI:SS", "YYYY-MM-DD HH24:MI:SS.FF", "YYYY-MM-DD HH24:MI:SS.FF3",
		"YYYY-MM-DD HH24:MI:SS.FF6", "YYYY-MM-DD HH24:MI:SS.FF9", "YYYY-MM-DD HH24:MI:SS.FF TZH:TZM", "YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM",
		"YYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM":
		return text, nil
	case "DD-MON-RR":
		if at, err := time.Parse("02-Jan-06", text); err == nil {
			return at.Format("2006-01-02"), nil
		}
	case "DD-MON-YYYY HH24:MI:SS":
		if at, err := time.Parse("02-Jan-2006 15:04:05", text); err == nil {
			return at.Format("2006-01-02 15:04:05"), nil
		}
	}
	return "", fmt.Errorf("date format %.60q is not known, or the date is not in it", format)
}
