// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
)

const (
	// packedMark leads what is kept packed; no file of Ferryman's begins with it otherwise.
	packedMark = "\x00ferryman gzip\n"
	// packedFrom is the size in bytes from which packing is worth it.
	packedFrom = 64 << 10
	// mostUnpacked bounds what is unpacked, in bytes.
	mostUnpacked = 1 << 30
)

// PutPacked keeps a file that only Ferryman reads again, compressed where it is big: the report of a large schema has tens of megabytes.
// File unpacks it. Attachments are kept by PutFile, because a replica of the version before may be the one that sends them.
func (s *Store) PutPacked(ctx context.Context, migration, name string, content []byte) error {
	if len(content) < packedFrom {
		return s.PutFile(ctx, migration, name, content)
	}
	b := bytes.NewBufferString(packedMark)
	z, err := gzip.NewWriterLevel(b, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := z.Write(content); err != nil {
		return fmt.Errorf("pack file %s of %s: %w", name, migration, err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("pack file %s of %s: %w", name, migration, err)
	}
	return s.PutFile(ctx, migration, name, b.Bytes())
}

// unpacked is what was kept; what is not packed is returned as it is.
func unpacked(kept []byte) ([]byte, error) {
	packed, ok := bytes.CutPrefix(kept, []byte(packedMark))
	if !ok {
		return kept, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(z, mostUnpacked+1))
	if err == nil && len(content) > mostUnpacked {
		err = fmt.Errorf("it is larger than %d bytes", mostUnpacked)
	}
	return content, err
}
