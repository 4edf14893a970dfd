// SPDX-License-Identifier: Apache-2.0

package plsql

// Work measures src and counts the bytes that were looked at, and the bytes of src.
func Work(src string) (work, bytes int) {
	_, s := measure(src)
	return s.scan.Steps(), len(src)
}
