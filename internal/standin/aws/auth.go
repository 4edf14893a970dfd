// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm     = "AWS4-HMAC-SHA256"
	signatureTime = "20060102T150405Z"
	clockSkew     = 15 * time.Minute
)

// authenticate checks a request's Signature Version 4 as AWS describes it: known key, scope of this region, time within a
// quarter of an hour, and the signature itself.
func (s *Server) authenticate(r *http.Request, body []byte, now time.Time) error {
	payload := sha256.Sum256(body)
	return s.authenticatePayload(r, hex.EncodeToString(payload[:]), now)
}

// authenticatePayload is authenticate with the hash of the body that was signed; S3's clients may leave the body unsigned.
func (s *Server) authenticatePayload(r *http.Request, payload string, now time.Time) error {
	header := r.Header.Get("Authorization")
	if header == "" {
		return fault("MissingAuthenticationTokenException", "Missing Authentication Token")
	}
	parts, ok := parseAuthorization(header)
	if !ok {
		return fault("IncompleteSignatureException", "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.")
	}
	scope := strings.Split(parts["Credential"], "/")
	if len(scope) != 5 || scope[4] != "aws4_request" {
		return fault("IncompleteSignatureException", "Credential must have the form <key>/<date>/<region>/<service>/aws4_request.")
	}
	if scope[0] != s.opts.AccessKey {
		return fault("UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	if scope[2] != s.opts.Region {
		return fault("InvalidSignatureException", "Credential should be scoped to a valid region.")
	}
	stamp := r.Header.Get("X-Amz-Date")
	signed, err := time.Parse(signatureTime, stamp)
	if err != nil {
		return fault("IncompleteSignatureException", "Date must be in ISO-8601 'basic format'. Got '%.40s'.", stamp)
	}
	if now.Sub(signed).Abs() > clockSkew {
		return fault("InvalidSignatureException", "Signature expired: %s is not within 15 min. of %s", stamp, now.UTC().Format(signatureTime))
	}
	if !hmac.Equal([]byte(s.signature(r, payload, stamp, scope[1:], parts["SignedHeaders"])), []byte(parts["Signature"])) {
		return fault("InvalidSignatureException", "The request signature we calculated does not match the signature you provided. "+
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

func parseAuthorization(header string) (map[string]string, bool) {
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return nil, false
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	return parts, parts["Credential"] != "" && parts["SignedHeaders"] != "" && parts["Signature"] != ""
}

// signature computes what the request should have been signed with. scope is date, region, service, "aws4_request".
func (s *Server) signature(r *http.Request, payload, stamp string, scope []string, signedHeaders string) string {
	names := strings.Split(signedHeaders, ";")
	slices.Sort(names)
	var canonical strings.Builder
	query := strings.ReplaceAll(r.URL.Query().Encode(), "+", "%20")
	canonical.WriteString(r.Method + "\n" + r.URL.EscapedPath() + "\n" + query + "\n")
	for _, name := range names {
		canonical.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	canonical.WriteString("\n" + signedHeaders + "\n" + payload)
	request := sha256.Sum256([]byte(canonical.String()))
	toSign := algorithm + "\n" + stamp + "\n" + strings.Join(scope, "/") + "\n" + hex.EncodeToString(request[:])
	key := []byte("AWS4" + s.opts.SecretKey)
	for _, part := range scope {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, toSign))
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// headerValue returns a header as it was signed; Go's server takes Host and Content-Length out of the header map.
func headerValue(r *http.Request, name string) string {
	switch name {
	case "host":
		return r.Host
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	}
	return strings.Join(strings.Fields(strings.Join(r.Header.Values(name), ",")), " ")
}
