// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/stretchr/testify/require"
)

func bucket(t *testing.T) (*aws.Server, *s3.Client) {
	t.Helper()
	opts := fast()
	opts.Buckets = []string{"reports"}
	server := start(t, opts)
	return server, s3.NewFromConfig(config(server), func(o *s3.Options) { o.UsePathStyle = true })
}

func put(t *testing.T, client *s3.Client, key, content string) {
	t.Helper()
	_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: awssdk.String("reports"), Key: &key, Body: strings.NewReader(content),
		ContentType: awssdk.String("text/plain"), Metadata: map[string]string{"by": "ann"}})
	require.NoError(t, err)
}

func TestObjectsArePutAndGot(t *testing.T) {
	t.Parallel()
	_, client := bucket(t)
	const key = "box office/ä+b%20c & d/report.csv"
	put(t, client, key, "first")
	put(t, client, key, "second")
	got, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: awssdk.String("reports"), Key: awssdk.String(key), ChecksumMode: types.ChecksumModeEnabled})
	require.NoError(t, err)
	content, err := io.ReadAll(got.Body)
	require.NoError(t, err, "the SDK checks the checksum at the end")
	require.Equal(t, "second", string(content))
	require.Equal(t, "text/plain", *got.ContentType)
	require.Equal(t, map[string]string{"by": "ann"}, got.Metadata)
	require.NotEmpty(t, *got.VersionId)

	part, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: awssdk.String("reports"), Key: awssdk.String(key), Range: awssdk.String("bytes=1-3")})
	require.NoError(t, err)
	content, err = io.ReadAll(part.Body)
	require.NoError(t, err)
	require.Equal(t, "eco", string(content))

	head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: awssdk.String("reports"), Key: awssdk.String(key)})
	require.NoError(t, err)
	require.Equal(t, int64(6), *head.ContentLength)
	require.Equal(t, *got.ETag, *head.ETag)

	_, err = client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: awssdk.String("reports"), Key: awssdk.String(key), Body: strings.NewReader("x"), IfNoneMatch: awssdk.String("*")})
	requireCode(t, err, "PreconditionFailed")
}

func TestWhatIsNotThereAndWhoMayNot(t *testing.T) {
	t.Parallel()
	server, client := bucket(t)
	_, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: awssdk.String("reports"), Key: awssdk.String("none")})
	var noKey *types.NoSuchKey
	require.ErrorAs(t, err, &noKey)
	_, err = client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: awssdk.String("reports"), Key: awssdk.String("none")})
	var none *types.NotFound
	require.ErrorAs(t, err, &none)
	_, err = client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: awssdk.String("others")})
	var noBucket *types.NoSuchBucket
	require.ErrorAs(t, err, &noBucket)

	wrong := config(server)
	id, _ := server.AccessKey()
	wrong.Credentials = credentials.NewStaticCredentialsProvider(id, "wrong", "")
	_, err = s3.NewFromConfig(wrong).ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: awssdk.String("reports")})
	requireCode(t, err, "SignatureDoesNotMatch")
	wrong.Credentials = credentials.NewStaticCredentialsProvider("AKIANOBODY", "wrong", "")
	_, err = s3.NewFromConfig(wrong).ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: awssdk.String("reports")})
	requireCode(t, err, "InvalidAccessKeyId")

	server.DenyOperation("GetObject")
	_, err = client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: awssdk.String("reports"), Key: awssdk.String("none")})
	requireCode(t, err, "AccessDenied")
	_, err = client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: awssdk.String("reports"), Key: awssdk.String("big")})
	requireCode(t, err, "NotImplemented")
}

func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	_, client := bucket(t)
	for i := range 7 {
		put(t, client, fmt.Sprintf("a/%d.sql", i), "SELECT 1")
		put(t, client, fmt.Sprintf("b/deep %d/x.sql", i), "SELECT 2")
	}
	put(t, client, "top.sql", "SELECT 3")
	list := func(in s3.ListObjectsV2Input) (keys []string) {
		in.Bucket, in.MaxKeys = awssdk.String("reports"), awssdk.Int32(3)
		pages := s3.NewListObjectsV2Paginator(client, &in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			require.NoError(t, err)
			require.LessOrEqual(t, *page.KeyCount, int32(3))
			for _, o := range page.Contents {
				keys = append(keys, *o.Key)
			}
			for _, p := range page.CommonPrefixes {
				keys = append(keys, *p.Prefix)
			}
		}
		return keys
	}
	require.Len(t, list(s3.ListObjectsV2Input{}), 15)
	require.Equal(t, []string{"a/0.sql", "a/1.sql", "a/2.sql", "a/3.sql", "a/4.sql", "a/5.sql", "a/6.sql"}, list(s3.ListObjectsV2Input{Prefix: awssdk.String("a/")}))
	require.ElementsMatch(t, []string{"a/", "b/", "top.sql"}, list(s3.ListObjectsV2Input{Delimiter: awssdk.String("/")}))
	require.Len(t, list(s3.ListObjectsV2Input{Prefix: awssdk.String("b/"), Delimiter: awssdk.String("/")}), 7)
	require.Equal(t, []string{"top.sql"}, list(s3.ListObjectsV2Input{StartAfter: awssdk.String("b/zzz")}))
}

func TestTheCommandLineCopiesFiles(t *testing.T) {
	t.Parallel()
	server, client := bucket(t)
	run := commandLine(t, server)
	put(t, client, "from/here.csv", "1,2,3\n")
	require.Equal(t, "1,2,3\n", string(run("s3", "cp", "s3://reports/from/here.csv", "-")))
	require.Contains(t, string(run("s3", "ls", "--recursive", "s3://reports/from/")), "from/here.csv")
	require.Contains(t, string(run("s3api", "head-object", "--bucket", "reports", "--key", "from/here.csv")), `"ContentLength": 6`)
	file := t.TempDir() + "/up.sql"
	require.NoError(t, writeFile(file, bytes.Repeat([]byte("SELECT 1;\n"), 1000)))
	run("s3", "cp", file, "s3://reports/up.sql")
	head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: awssdk.String("reports"), Key: awssdk.String("up.sql")})
	require.NoError(t, err)
	require.Equal(t, int64(10000), *head.ContentLength)
}
