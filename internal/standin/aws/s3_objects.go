// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"hash/crc32"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

func newObject(content []byte, contentType string) *object {
	sum := md5.Sum(content)
	return &object{content: content, contentType: contentType, etag: `"` + hex.EncodeToString(sum[:]) + `"`, version: newVersion(),
		modified: time.Now().UTC().Truncate(time.Second), metadata: map[string]string{}}
}

// crc is the checksum that the SDKs send and check by default.
func crc(content []byte) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(content)))
}

const metadataPrefix = "X-Amz-Meta-"

func putObject(w http.ResponseWriter, r *http.Request, objects map[string]*object, key string, body []byte) error {
	if len(key) > 1024 {
		return fault("KeyTooLongError", "Your key is too long")
	}
	if want := r.Header.Get("X-Amz-Checksum-Crc32"); want != "" && want != crc(body) {
		return fault("BadDigest", "The CRC32 you specified did not match the calculated checksum.")
	}
	if want := r.Header.Get("Content-Md5"); want != "" {
		if sum := md5.Sum(body); want != base64.StdEncoding.EncodeToString(sum[:]) {
			return fault("BadDigest", "The Content-MD5 you specified did not match what we received.")
		}
	}
	if r.Header.Get("If-None-Match") == "*" && objects[key] != nil {
		return &apiError{http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold"}
	}
	o := newObject(body, r.Header.Get("Content-Type"))
	def(&o.contentType, "binary/octet-stream")
	for name, values := range r.Header {
		if strings.HasPrefix(name, metadataPrefix) {
			o.metadata[name] = strings.Join(values, ",")
		}
	}
	objects[key] = o
	w.Header().Set("ETag", o.etag)
	w.Header().Set("x-amz-version-id", o.version)
	return nil
}

// getObject answers GET and HEAD, with ranges and conditions.
func getObject(w http.ResponseWriter, r *http.Request, objects map[string]*object, key string) error {
	o := objects[key]
	if o == nil {
		return &apiError{http.StatusNotFound, "NoSuchKey", "The specified key does not exist."}
	}
	if version := r.URL.Query().Get("versionId"); version != "" && version != o.version {
		return &apiError{http.StatusNotFound, "NoSuchVersion", "The specified version does not exist."}
	}
	header := w.Header()
	header.Set("Content-Type", o.contentType)
	header.Set("ETag", o.etag)
	header.Set("x-amz-version-id", o.version)
	for name, value := range o.metadata {
		header.Set(name, value)
	}
	if strings.EqualFold(r.Header.Get("X-Amz-Checksum-Mode"), "ENABLED") && r.Header.Get("Range") == "" {
		header.Set("x-amz-checksum-crc32", crc(o.content))
	}
	http.ServeContent(w, r, "", o.modified, bytes.NewReader(o.content))
	return nil
}

type listing struct {
	XMLName               xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListBucketResult"`
	Name                  string
	Prefix                string
	Delimiter             string `xml:",omitempty"`
	EncodingType          string `xml:",omitempty"`
	StartAfter            string `xml:",omitempty"`
	KeyCount              int
	MaxKeys               int
	IsTruncated           bool
	ContinuationToken     string `xml:",omitempty"`
	NextContinuationToken string `xml:",omitempty"`
	Contents              []listed
	CommonPrefixes        []commonPrefix
}

type listed struct {
	Key          string
	LastModified string
	ETag         string
	Size         int
	StorageClass string
}

type commonPrefix struct{ Prefix string }

// listObjects answers ListObjectsV2: keys in the order of their bytes, those with the delimiter after the prefix rolled up into one.
func listObjects(w http.ResponseWriter, query url.Values, bucket string, objects map[string]*object) error {
	out := listing{Name: bucket, Prefix: query.Get("prefix"), Delimiter: query.Get("delimiter"), EncodingType: query.Get("encoding-type"),
		StartAfter: query.Get("start-after"), ContinuationToken: query.Get("continuation-token"), MaxKeys: 1000}
	if text := query.Get("max-keys"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return fault("InvalidArgument", "Provided max-keys not an integer or within integer range")
		}
		out.MaxKeys = min(n, 1000)
	}
	after := out.StartAfter
	if out.ContinuationToken != "" {
		token, err := base64.StdEncoding.DecodeString(out.ContinuationToken)
		if err != nil {
			return fault("InvalidArgument", "The continuation token provided is incorrect")
		}
		after = string(token)
	}
	encode := func(text string) string {
		if out.EncodingType != "url" {
			return text
		}
		return strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(text), "+", "%20"), "%2F", "/")
	}
	seen := ""
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		rest, ok := strings.CutPrefix(key, out.Prefix)
		if !ok || key <= after {
			continue
		}
		entry := key
		if i := strings.Index(rest, out.Delimiter); out.Delimiter != "" && i >= 0 {
			entry = out.Prefix + rest[:i+len(out.Delimiter)]
			if entry == seen || strings.HasPrefix(after, entry) {
				continue
			}
		}
		if out.KeyCount == out.MaxKeys {
			out.IsTruncated = out.MaxKeys > 0
			break
		}
		out.KeyCount++
		if entry != key {
			seen = entry
			out.CommonPrefixes = append(out.CommonPrefixes, commonPrefix{encode(entry)})
			out.NextContinuationToken = base64.StdEncoding.EncodeToString([]byte(entry + "\xff"))
			continue
		}
		o := objects[key]
		out.Contents = append(out.Contents, listed{encode(key), o.modified.Format("2006-01-02T15:04:05.000Z"), o.etag, len(o.content), "STANDARD"})
		out.NextContinuationToken = base64.StdEncoding.EncodeToString([]byte(key))
	}
	if !out.IsTruncated {
		out.NextContinuationToken = ""
	}
	out.Prefix, out.Delimiter, out.StartAfter = encode(out.Prefix), encode(out.Delimiter), encode(out.StartAfter)
	return writeS3XML(w, http.StatusOK, out)
}
