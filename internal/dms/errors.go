// SPDX-License-Identifier: Apache-2.0

package dms

// CallError is a call that AWS refused or that did not reach it, where none of the more exact errors fits.
type CallError struct {
	Operation, Object, Code, Message, RequestID string
	Err                                         error
}

// DeniedError is a call that the credentials do not allow.
type DeniedError struct {
	Operation, Object string
	// Action is the IAM action to grant, such as dms:CreateEndpoint.
	Action    string
	RequestID string
	Err       error
}

// NotFoundError is a call about something that is not there.
type NotFoundError struct {
	Operation, Object, RequestID string
	Err                          error
}

// StateError is a call that the object's present state does not allow. Nothing was changed.
type StateError struct {
	Operation, Object, Status, Need, RequestID string
	Err                                        error
}

// DriftError is an object that exists under the name but differs from what is asked for.
type DriftError struct {
	Object      string
	Differences []string
}

// UnsureError is a call that may have been made before: whether it was can't be told, so it is not repeated.
type UnsureError struct {
	Operation, Object, Seen string
}

// ConnectionError is a connection test that failed.
type ConnectionError struct {
	Endpoint, Message string
}

func (e *CallError) Error() string       { panic("x") }
func (e *DeniedError) Error() string     { panic("x") }
func (e *NotFoundError) Error() string   { panic("x") }
func (e *StateError) Error() string      { panic("x") }
func (e *DriftError) Error() string      { panic("x") }
func (e *UnsureError) Error() string     { panic("x") }
func (e *ConnectionError) Error() string { panic("x") }
func (e *CallError) Unwrap() error       { return e.Err }
func (e *DeniedError) Unwrap() error     { return e.Err }
func (e *NotFoundError) Unwrap() error   { return e.Err }
func (e *StateError) Unwrap() error      { return e.Err }
