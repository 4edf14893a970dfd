// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// maxObject bounds an object that is put.
const maxObject = 64 << 20

// objectStore is the account's S3: path-style, each object's last version only. It has a lock of its own, since what Schema Conversion
// writes comes from goroutines that hold the server's.
type objectStore struct {
	mu      sync.Mutex
	buckets map[string]map[string]*object
}

type object struct {
	content     []byte
	contentType string
	etag        string
	version     string
	modified    time.Time
	metadata    map[string]string
}

func newObjectStore(names []string) *objectStore {
	store := &objectStore{buckets: map[string]map[string]*object{}}
	for _, name := range names {
		store.buckets[name] = map[string]*object{}
	}
	return store
}

// isS3 tells a request of S3, which has no target header, by what it is signed for.
func isS3(r *http.Request) bool {
	return r.Header.Get("X-Amz-Target") == "" && strings.Contains(r.Header.Get("Authorization"), "/s3/aws4_request")
}

func (s *Server) serveS3(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxObject))
	if err != nil {
		s.s3Error(w, r, &apiError{http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"})
		return
	}
	<-time.After(s.opts.Delays.Answer)
	if err := s.authenticateS3(r, body); err != nil {
		s.s3Error(w, r, err)
		return
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if err := s.routeS3(w, r, bucket, key, body); err != nil {
		s.s3Error(w, r, err)
	}
}

func (s *Server) authenticateS3(r *http.Request, body []byte) error {
	payload := r.Header.Get("X-Amz-Content-Sha256")
	if strings.HasPrefix(payload, "STREAMING-") {
		return &apiError{http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented: streaming signatures"}
	}
	if sum := sha256.Sum256(body); payload != "UNSIGNED-PAYLOAD" && payload != hex.EncodeToString(sum[:]) {
		return fault("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
	}
	err := s.authenticatePayload(r, payload, time.Now())
	var api *apiError
	if errors.As(err, &api) {
		api.status = http.StatusForbidden
		switch api.code {
		case "UnrecognizedClientException":
			api.code = "InvalidAccessKeyId"
		case "InvalidSignatureException":
			api.code = "SignatureDoesNotMatch"
		default:
			api.code = "AccessDenied"
		}
	}
	return err
}

// s3Operation names what a request asks for, as IAM and the SDKs do.
func s3Operation(r *http.Request, key string) string {
	query := r.URL.Query()
	switch {
	case key == "" && r.Method == http.MethodHead:
		return "HeadBucket"
	case key == "" && r.Method == http.MethodGet && query.Get("list-type") == "2":
		return "ListObjectsV2"
	case key == "" && r.Method == http.MethodGet && query.Has("versioning"):
		return "GetBucketVersioning"
	case key != "" && len(query["uploadId"])+len(query["uploads"]) > 0:
		return ""
	case key != "" && r.Method == http.MethodHead:
		return "HeadObject"
	case key != "" && r.Method == http.MethodGet:
		return "GetObject"
	case key != "" && r.Method == http.MethodPut && r.Header.Get("X-Amz-Copy-Source") == "":
		return "PutObject"
	}
	return ""
}

func (s *Server) routeS3(w http.ResponseWriter, r *http.Request, bucket, key string, body []byte) error {
	name := s3Operation(r, key)
	if name == "" {
		return &apiError{http.StatusNotImplemented, "NotImplemented", "A header or parameter you provided implies functionality that is not implemented."}
	}
	if err := s.faults.before(name, s.caller()); err != nil {
		var api *apiError
		if errors.As(err, &api) && api.code == "AccessDeniedException" {
			return &apiError{http.StatusForbidden, "AccessDenied", strings.ReplaceAll(api.message, "dms:", "s3:")}
		}
		return &apiError{http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate."}
	}
	s.faults.effect(name)
	s.objects.mu.Lock()
	defer s.objects.mu.Unlock()
	objects, ok := s.objects.buckets[bucket]
	if !ok {
		return &apiError{http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist"}
	}
	switch name {
	case "HeadBucket":
		w.Header().Set("X-Amz-Bucket-Region", s.opts.Region)
		return nil
	case "GetBucketVersioning":
		return writeS3XML(w, http.StatusOK, versioning{Status: "Enabled"})
	case "ListObjectsV2":
		return listObjects(w, r.URL.Query(), bucket, objects)
	case "PutObject":
		return putObject(w, r, objects, key, body)
	}
	return getObject(w, r, objects, key)
}

type versioning struct {
	XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ VersioningConfiguration"`
	Status  string
}

type s3Fault struct {
	XMLName   xml.Name `xml:"Error"`
	Code      string
	Message   string
	Resource  string
	RequestID string `xml:"RequestId"`
}

func (s *Server) s3Error(w http.ResponseWriter, r *http.Request, err error) {
	var api *apiError
	if !errors.As(err, &api) {
		api = internal(err)
	}
	if r.Method == http.MethodHead { // an answer to HEAD has no body: the SDK makes the code of the status
		w.WriteHeader(api.status)
		return
	}
	_ = writeS3XML(w, api.status, s3Fault{Code: api.code, Message: api.message, Resource: r.URL.Path, RequestID: w.Header().Get("x-amz-request-id")})
}

func writeS3XML(w http.ResponseWriter, status int, value any) error {
	content, err := xml.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = w.Write(append([]byte(xml.Header), content...))
	return nil
}

// PutObject puts an object as if somebody with rights had, for tests and rehearsals.
func (s *Server) PutObject(bucket, key string, content []byte) error {
	s.objects.mu.Lock()
	defer s.objects.mu.Unlock()
	objects, ok := s.objects.buckets[bucket]
	if !ok {
		return fault("S3ResourceNotFoundFault", "Bucket %s does not exist.", bucket)
	}
	objects[key] = newObject(content, "application/octet-stream")
	return nil
}

func newVersion() string { return strings.ReplaceAll(uuid.NewString(), "-", "") }
