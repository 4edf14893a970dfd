// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"fmt"
	"net/http"
)

// apiError is an answer with an AWS error code. AWS answers 400 for nearly all of them.
type apiError struct {
	status  int
	code    string
	message string
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

func fault(code, format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, code: code, message: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) *apiError {
	return fault("ResourceNotFoundFault", format, args...)
}

func exists(format string, args ...any) *apiError {
	return fault("ResourceAlreadyExistsFault", format, args...)
}

func wrongState(format string, args ...any) *apiError {
	return fault("InvalidResourceStateFault", format, args...)
}

// badValue is DMS's answer to a value it can't use. It is not in the service's model: SDKs see a generic error.
func badValue(format string, args ...any) *apiError {
	return fault("InvalidParameterValueException", format, args...)
}

func badCombination(format string, args ...any) *apiError {
	return fault("InvalidParameterCombinationException", format, args...)
}

// internal is the answer when the server itself is at fault.
func internal(err error) *apiError {
	return &apiError{status: http.StatusInternalServerError, code: "InternalFailure", message: err.Error()}
}
