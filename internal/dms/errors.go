// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"
	"errors"
	"fmt"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// CallError is a call that AWS refused or that did not reach it, where none of the more exact errors fits.
type CallError struct {
	// Operation is the API's name for the call, Object what it was about.
	Operation, Object string
	// Code and Message are AWS's; empty where the call got no answer.
	Code, Message, RequestID string
	// Advice says what to do.
	Advice string
	Err    error
}

// DeniedError is a call that the credentials do not allow.
type DeniedError struct {
	Operation, Object string
	// Action is the IAM action to grant, such as dms:CreateEndpoint.
	Action             string
	Message, RequestID string
	Err                error
}

// NotFoundError is a call about something that is not there.
type NotFoundError struct {
	Operation, Object  string
	Message, RequestID string
	Err                error
}

// StateError is a call that the object's present state does not allow. Nothing was changed by it.
type StateError struct {
	Operation, Object string
	// Status is the state that was read, empty where AWS did not say; Need is what it takes.
	Status, Need       string
	Message, RequestID string
	Err                error
}

// DriftError is an object that exists under the name but differs from what is asked for.
type DriftError struct {
	Object string
	// Differences are sentences such as "host is a, should be b".
	Differences []string
	// Advice says how the two come together.
	Advice string
}

// UnsureError is a call that may have been made before: whether it was can't be told, so it is not repeated.
type UnsureError struct {
	Operation, Object string
	// Seen says what was read.
	Seen string
}

// ConnectionError is a connection test or a schema refresh that failed.
type ConnectionError struct {
	// What is "connection test" or "schema refresh".
	What, Endpoint, Message string
}

func (e *CallError) Error() string {
	return fmt.Sprintf("%s for %s failed%s%s%s", e.Operation, e.Object, said(e.Code, strings.TrimSuffix(e.Message, "."), e.Err), sentence(e.Advice), request(e.RequestID))
}

func (e *DeniedError) Error() string {
	return fmt.Sprintf("AWS does not allow %s for %s%s. Grant this action to the role Ferryman runs as%s",
		e.Action, e.Object, said("", e.Message, nil), request(e.RequestID))
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("%s: %s is not there%s%s", e.Operation, e.Object, said("", e.Message, nil), request(e.RequestID))
}

func (e *StateError) Error() string {
	status := ""
	if e.Status != "" {
		status = fmt.Sprintf(" while it is %q", e.Status)
	}
	need := ""
	if e.Need != "" {
		need = "it takes " + e.Need
	}
	return fmt.Sprintf("%s for %s can't be done%s%s%s%s", e.Operation, e.Object, status, said("", e.Message, nil), sentence(need), request(e.RequestID))
}

func (e *DriftError) Error() string {
	return fmt.Sprintf("%s is there but is not as wanted: %s%s", e.Object, strings.Join(e.Differences, "; "), sentence(e.Advice))
}

func (e *UnsureError) Error() string {
	return fmt.Sprintf("%s for %s was not repeated: %s. Look at it in the DMS console, then say how to go on", e.Operation, e.Object, e.Seen)
}

func (e *ConnectionError) Error() string {
	return fmt.Sprintf("the %s of endpoint %s failed: %s", e.What, e.Endpoint, e.Message)
}

// Unwrap gives the SDK's error.
func (e *CallError) Unwrap() error { return e.Err }

// Unwrap gives the SDK's error.
func (e *DeniedError) Unwrap() error { return e.Err }

// Unwrap gives the SDK's error.
func (e *NotFoundError) Unwrap() error { return e.Err }

// Unwrap gives the SDK's error.
func (e *StateError) Unwrap() error { return e.Err }

func said(code, message string, err error) string {
	switch {
	case code != "" && message != "":
		return ": " + code + ": " + message
	case code+message != "":
		return ": " + code + message
	case err != nil:
		return ": " + err.Error()
	}
	return ""
}

func sentence(text string) string {
	if text == "" {
		return ""
	}
	return ". " + strings.ToUpper(text[:1]) + text[1:]
}

func request(id string) string {
	if id == "" {
		return ""
	}
	return " (request " + id + ")"
}

// wrap turns the SDK's error of a DMS call into one of this package's. nil stays nil, the end of a context stays itself.
func wrap(operation, object string, err error) error {
	return wrapService("dms", operation, object, err)
}

func wrapService(service, operation, object string, err error) error {
	if err == nil {
		return nil
	}
	var guard *guardError
	if errors.As(err, &guard) {
		return fmt.Errorf("%s:%s for %s was not called: %w", service, operation, object, guard.error)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s:%s for %s was interrupted: %w", service, operation, object, err)
	}
	var id string
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		id = response.ServiceRequestID()
	}
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return &CallError{Operation: operation, Object: object, RequestID: id, Err: err,
			Advice: "AWS was not reached; check the network, AWS_REGION and the credentials of the machine Ferryman runs on"}
	}
	code, message := answer.ErrorCode(), answer.ErrorMessage()
	switch code {
	case "AccessDeniedFault", "AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "KMSAccessDeniedFault":
		return &DeniedError{Operation: operation, Object: object, Action: service + ":" + operation, Message: message, RequestID: id, Err: err}
	case "ResourceNotFoundFault", "ResourceNotFoundException":
		return &NotFoundError{Operation: operation, Object: object, Message: message, RequestID: id, Err: err}
	case "InvalidResourceStateFault":
		return &StateError{Operation: operation, Object: object, Message: message, RequestID: id, Err: err}
	}
	return &CallError{Operation: operation, Object: object, Code: code, Message: message, RequestID: id, Advice: advice(code), Err: err}
}

func advice(code string) string {
	switch code {
	case "ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException", "InvalidClientTokenId":
		return "the AWS credentials are wrong or have expired; renew them and try again"
	case "ThrottlingException", "Throttling":
		return "AWS answers too many calls of this account; it goes on by itself when they are fewer, aws.poll can be raised"
	case "ResourceQuotaExceededFault", "StorageQuotaExceededFault":
		return "a quota of the account is used up; delete what is not needed or have it raised in Service Quotas"
	case "InsufficientResourceCapacityFault":
		return "AWS has no capacity for this instance class now; choose another in aws.instance.class or try later"
	case "ReplicationSubnetGroupDoesNotCoverEnoughAZs", "InvalidSubnet", "SubnetAlreadyInUse":
		return "check aws.instance.subnet_group: it needs subnets in two availability zones"
	case "S3AccessDeniedFault", "S3ResourceNotFoundFault":
		return "check the bucket in assess.dms.s3, and the role in assess.dms.s3_role_arn: it must trust DMS, and read and write the bucket"
	case "KMSKeyNotAccessibleFault", "KMSDisabledFault", "KMSInvalidStateFault", "KMSNotFoundFault":
		return "the KMS key can't be used; check its state and its policy"
	}
	return ""
}

// isExists says whether AWS refused to create what is there already.
func isExists(err error) bool {
	var answer smithy.APIError
	return errors.As(err, &answer) && answer.ErrorCode() == "ResourceAlreadyExistsFault"
}

func isNotFound(err error) bool {
	var missing *NotFoundError
	return errors.As(err, &missing)
}
