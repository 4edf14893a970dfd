// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// S3Object is a file in S3.
type S3Object struct{ Bucket, Key string }

func (o S3Object) String() string { return "s3://" + o.Bucket + "/" + o.Key }

// objectAt reads what DMS calls an object's key: of reports it is the key, of scripts the whole path with the bucket.
func objectAt(bucket, key string) S3Object {
	if rest, ok := strings.CutPrefix(key, "s3://"); ok {
		bucket, key, _ = strings.Cut(rest, "/")
	}
	return S3Object{bucket, strings.TrimPrefix(key, "/")}
}

// FetchObject reads an object of at most limit bytes; a *NotFoundError where there is none.
func (c *Client) FetchObject(ctx context.Context, o S3Object, limit int64) ([]byte, error) {
	out, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &o.Bucket, Key: &o.Key})
	if err != nil {
		return nil, wrapS3("GetObject", o.String(), err)
	}
	defer out.Body.Close()
	content, err := io.ReadAll(io.LimitReader(out.Body, limit+1))
	if err != nil {
		return nil, wrapS3("GetObject", o.String(), err)
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("%s has more than %d bytes, more than is taken", o, limit)
	}
	return content, nil
}

func wrapS3(operation, object string, err error) error {
	var key *s3types.NoSuchKey
	var bucket *s3types.NoSuchBucket
	var missing *s3types.NotFound
	if errors.As(err, &key) || errors.As(err, &bucket) || errors.As(err, &missing) {
		return &NotFoundError{Operation: operation, Object: object, Message: err.Error(), Err: err}
	}
	return wrapService("s3", operation, object, err)
}

// ScriptFile is a SQL file below a folder in S3.
type ScriptFile struct {
	// Name is its path below the folder.
	Name     string
	Object   S3Object
	SQL      []byte
	ETag     string
	Modified time.Time
}

// Bounds of scripts that are taken from a folder.
const (
	maxScripts     = 1000
	maxScript      = 1 << 20
	maxScriptBytes = 32 << 20
)

// ListScripts reads every file that ends in .sql below s3://bucket[/folder], in the order of their names. More than 1,000 files, a file
// over 1 MB or more than 32 MB in all are refused; what does not end in .sql is not looked at.
func (c *Client) ListScripts(ctx context.Context, folder string) ([]ScriptFile, error) {
	rest, ok := strings.CutPrefix(folder, "s3://")
	bucket, prefix, _ := strings.Cut(rest, "/")
	if !ok || bucket == "" {
		return nil, fmt.Errorf("%q is no folder in S3; it has the form s3://bucket/folder", folder)
	}
	if prefix = strings.Trim(prefix, "/"); prefix != "" {
		prefix += "/"
	}
	place := S3Object{bucket, prefix}.String()
	var list []ScriptFile
	var bytes int64
	pages := s3.NewListObjectsV2Paginator(c.s3, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrapS3("ListBucket", place, err)
		}
		for _, o := range page.Contents {
			key := aws.ToString(o.Key)
			if !strings.EqualFold(path.Ext(key), ".sql") {
				continue
			}
			size := aws.ToInt64(o.Size)
			switch bytes += size; {
			case len(list) == maxScripts:
				return nil, fmt.Errorf("there are more than %d scripts below %s; name a folder with fewer", maxScripts, place)
			case size > maxScript:
				return nil, fmt.Errorf("the script %s has %d bytes; at most %d are taken", S3Object{bucket, key}, size, maxScript)
			case bytes > maxScriptBytes:
				return nil, fmt.Errorf("the scripts below %s have more than %d bytes together; name a folder with fewer", place, maxScriptBytes)
			}
			list = append(list, ScriptFile{Name: strings.TrimPrefix(key, prefix), Object: S3Object{bucket, key},
				ETag: strings.Trim(aws.ToString(o.ETag), `"`), Modified: aws.ToTime(o.LastModified)})
		}
	}
	for i := range list {
		var err error
		if list[i].SQL, err = c.FetchObject(ctx, list[i].Object, maxScript); err != nil {
			return nil, err
		}
	}
	return list, nil
}
