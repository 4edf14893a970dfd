// SPDX-License-Identifier: Apache-2.0

package tns

import "strings"

const (
	rowIDDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	rowIDSize   = 18
)

// rowID writes a ROWID given as text: six characters of object, three of file, six of block, three of row in it.
func (w *writer) rowID(s string) error {
	if len(s) != rowIDSize {
		return Errorf(1410, "invalid ROWID")
	}
	var parts [4]uint64
	at := 0
	for i, size := range []int{6, 3, 6, 3} {
		for range size {
			digit := strings.IndexByte(rowIDDigits, s[at])
			if digit < 0 {
				return Errorf(1410, "invalid ROWID")
			}
			parts[i] = parts[i]<<6 | uint64(digit)
			at++
		}
	}
	if parts[0] >= 1<<32 || parts[1] >= 1<<16 || parts[2] >= 1<<32 || parts[3] >= 1<<16 {
		return Errorf(1410, "invalid ROWID")
	}
	w.u8(14) // bytes that follow in the unpacked form; clients ask only whether there are any
	w.ubs(parts[0], parts[1])
	w.u8(0)
	w.ubs(parts[2], parts[3])
	return nil
}
