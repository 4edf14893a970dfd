// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	dmsTarget     = "AmazonDMSv20160101"
	secretsTarget = "secretsmanager"
	logsTarget    = "Logs_20140328"

	maxBody = 4 << 20 // a table mapping may be 2 MB
)

// handler answers one operation: JSON in, a value to be written as JSON out.
type handler func(s *Server, body []byte) (any, error)

// operation makes a handler of a method with typed input and output. Members tagged `aws:"required"` must be there.
func operation[In, Out any](f func(*Server, *In) (*Out, error)) handler {
	return func(s *Server, body []byte) (any, error) {
		in := new(In)
		if len(bytes.TrimSpace(body)) > 0 {
			if err := json.Unmarshal(body, in); err != nil {
				return nil, fault("SerializationException", "%s", serializationMessage(err))
			}
		}
		if err := checkRequired(in); err != nil {
			return nil, err
		}
		out, err := f(s, in)
		if err != nil {
			return nil, err
		}
		return out, nil
	}
}

func serializationMessage(err error) string {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return fmt.Sprintf("%s can not be converted to %s", strings.ToUpper(wrongType.Value), wrongType.Field)
	}
	return "Start of structure or map found where not expected"
}

func checkRequired(in any) error {
	v := reflect.ValueOf(in).Elem()
	var missing []string
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Tag.Get("aws") == "required" && v.Field(i).IsZero() {
			name := strings.ToLower(field.Name[:1]) + field.Name[1:]
			missing = append(missing, fmt.Sprintf("Value null at '%s' failed to satisfy constraint: Member must not be null", name))
		}
	}
	switch len(missing) {
	case 0:
		return nil
	case 1:
		return fault("ValidationException", "1 validation error detected: %s", missing[0])
	}
	return fault("ValidationException", "%d validation errors detected: %s", len(missing), strings.Join(missing, "; "))
}

// ServeHTTP answers one request of any of the services.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := uuid.NewString()
	w.Header().Set("x-amzn-RequestId", id)
	if isS3(r) {
		w.Header().Set("x-amz-request-id", id)
		s.serveS3(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		writeJSONError(w, &apiError{http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "Request is too long"})
		return
	}
	<-time.After(s.opts.Delays.Answer)
	target := r.Header.Get("X-Amz-Target")
	if target == "" && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		s.serveSTS(w, r, body)
		return
	}
	if err := s.authenticate(r, body, time.Now()); err != nil {
		writeJSONError(w, err)
		return
	}
	out, err := s.dispatch(r, target, body)
	if err != nil {
		writeJSONError(w, err)
		return
	}
	answer, err := json.Marshal(out)
	if err != nil {
		writeJSONError(w, internal(err))
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	_, _ = w.Write(answer)
}

func (s *Server) dispatch(r *http.Request, target string, body []byte) (any, error) {
	service, name, _ := strings.Cut(target, ".")
	operations := map[string]map[string]handler{
		dmsTarget: dmsOperations, secretsTarget: secretsOperations, logsTarget: logsOperations,
	}[service]
	handle, ok := operations[name]
	if !ok || r.Method != http.MethodPost {
		return nil, &apiError{status: http.StatusBadRequest, code: "UnknownOperationException"}
	}
	if err := s.faults.before(name, s.caller()); err != nil {
		return nil, err
	}
	if service == dmsTarget && !s.limiter.take(time.Now()) {
		return nil, fault("ThrottlingException", "Rate exceeded")
	}
	s.faults.effect(name)
	return handle(s, body)
}

func writeJSONError(w http.ResponseWriter, err error) {
	var api *apiError
	if !errors.As(err, &api) {
		api = internal(err)
	}
	answer := map[string]string{"__type": api.code}
	if api.message != "" {
		answer["message"] = api.message
	}
	data, _ := json.Marshal(answer)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("x-amzn-ErrorType", api.code)
	w.WriteHeader(api.status)
	_, _ = w.Write(data)
}
