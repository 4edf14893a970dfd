// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/sijms/go-ora/v2/network"
)

// AuthError means that Oracle refused the user: a wrong password, a locked or expired account, no right to connect.
type AuthError struct {
	User string
	Code int // ORA-01017, ORA-28000, ORA-28001, ORA-01045, …
}

func (e *AuthError) Error() string {
	what := map[int]string{
		1017:  "the user name or the password is wrong",
		1045:  "the user lacks CREATE SESSION: GRANT CREATE SESSION TO it",
		28000: "the account is locked: ALTER USER … ACCOUNT UNLOCK",
		28001: "the password has expired: set a new one",
	}[e.Code]
	if what == "" {
		what = "it was refused"
	}
	return fmt.Sprintf("Oracle does not let user %s in (ORA-%05d): %s", e.User, e.Code, what)
}

// UnreachableError means that no session could be opened.
type UnreachableError struct {
	Address string // host:port/service
	Reason  string
}

func (e *UnreachableError) Error() string {
	return "Oracle at " + e.Address + " can't be reached: " + e.Reason
}

// QueryError is an error of Oracle's about a statement. Message is Oracle's own, with its number.
type QueryError struct {
	Code    int
	Message string
}

func (e *QueryError) Error() string { return e.Message }

var errSlow = errors.New("it does not answer in time")

// denied says whether Oracle hides an object or forbids it.
func denied(err error) bool {
	return slices.Contains([]int{942, 1031, 4043, 2030}, oracleCode(err))
}

// oracleCode is the ORA- number of an error, or 0.
func oracleCode(err error) int {
	var raw *network.OracleError
	if errors.As(err, &raw) {
		return raw.ErrCode
	}
	var q *QueryError
	if errors.As(err, &q) {
		return q.Code
	}
	return 0
}

func (s *Source) address() string { return s.url.Host + s.url.Path }

// openError types the error of a logon.
func (s *Source) openError(err error) error {
	switch code := oracleCode(err); code {
	case 1005, 1017, 1045, 28000, 28001, 28002, 28003, 28009, 1040, 28040:
		return &AuthError{User: s.user, Code: code}
	}
	reason := s.redact(messageOf(err))
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		reason = "the host name is not known"
	case errors.As(err, &op) && op.Op == "dial":
		reason = op.Err.Error()
	}
	return &UnreachableError{Address: s.address(), Reason: reason}
}

// plain makes an error of Oracle's a *QueryError, without go-ora's additions, and redacts all others.
func (s *Source) plain(err error) error {
	var raw *network.OracleError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &raw):
		q := &QueryError{Code: raw.ErrCode, Message: s.redact(messageOf(raw))}
		if prefix, _, ok := strings.Cut(err.Error(), raw.Error()); ok && prefix != "" {
			return fmt.Errorf("%s%w", s.redact(prefix), q)
		}
		return q
	case s.redact(err.Error()) != err.Error():
		return errors.New(s.redact(err.Error()))
	}
	return err
}

func messageOf(err error) string {
	text, _, _ := strings.Cut(err.Error(), " error occur at position")
	return strings.TrimSpace(strings.ReplaceAll(text, "\n", " "))
}

func (s *Source) redact(text string) string {
	if s.password == "" {
		return text
	}
	return strings.ReplaceAll(text, s.password, "***")
}
