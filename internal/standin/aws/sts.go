// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"time"
)

const (
	stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"
	userID       = "AIDAFERRYMANLOCAL0000"
)

// caller is the ARN of the user that the known access key belongs to.
func (s *Server) caller() string { return "arn:aws:iam::" + s.opts.Account + ":user/ferryman" }

type callerIdentity struct {
	XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
	Arn       string   `xml:"GetCallerIdentityResult>Arn"`
	UserID    string   `xml:"GetCallerIdentityResult>UserId"`
	Account   string   `xml:"GetCallerIdentityResult>Account"`
	RequestID string   `xml:"ResponseMetadata>RequestId"`
}

type stsError struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Namespace string   `xml:"xmlns,attr"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

// serveSTS answers the query protocol, of which GetCallerIdentity is the only operation here.
func (s *Server) serveSTS(w http.ResponseWriter, r *http.Request, body []byte) {
	id := w.Header().Get("x-amzn-RequestId")
	if err := s.authenticate(r, body, time.Now()); err != nil {
		writeSTSError(w, id, err)
		return
	}
	form, err := url.ParseQuery(string(body))
	action := form.Get("Action")
	if err != nil || action != "GetCallerIdentity" {
		writeSTSError(w, id, fault("InvalidAction", "Could not find operation %.60s for version %.20s", action, form.Get("Version")))
		return
	}
	if err := s.faults.before(action, s.caller()); err != nil {
		writeSTSError(w, id, err)
		return
	}
	s.faults.effect(action)
	writeXML(w, http.StatusOK, callerIdentity{Arn: s.caller(), UserID: userID, Account: s.opts.Account, RequestID: id})
}

// writeSTSError answers an error; STS has other codes and statuses than the JSON services for the same mistakes.
func writeSTSError(w http.ResponseWriter, id string, err error) {
	var api *apiError
	if !errors.As(err, &api) {
		api = internal(err)
	}
	status, code := api.status, api.code
	switch code {
	case "UnrecognizedClientException":
		status, code = http.StatusForbidden, "InvalidClientTokenId"
	case "InvalidSignatureException":
		status, code = http.StatusForbidden, "SignatureDoesNotMatch"
	case "MissingAuthenticationTokenException":
		status, code = http.StatusForbidden, "MissingAuthenticationToken"
	case "AccessDeniedException":
		status, code = http.StatusForbidden, "AccessDenied"
	}
	writeXML(w, status, stsError{Namespace: stsNamespace, Type: "Sender", Code: code, Message: api.message, RequestID: id})
}

func writeXML(w http.ResponseWriter, status int, value any) {
	data, err := xml.Marshal(value)
	if err != nil {
		status, data = http.StatusInternalServerError, nil
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_, _ = w.Write(data)
}
