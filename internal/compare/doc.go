// SPDX-License-Identifier: Apache-2.0

// Package compare reads the same tables on both sides and tells whether they hold the same rows: by count, and by a checksum over
// rows brought into one canonical form, in which Oracle's and PostgreSQL's ways of writing the same value are equal.
//
// What counts as equal:
//   - numbers by value: 1.50 is 1.5 is 1.5E0. Where either side is a binary floating-point type, both are rounded to the digits that
//     survive it: 15 for double precision and BINARY_DOUBLE, 6 for real and BINARY_FLOAT.
//   - dates and timestamps by their wall clock to the microsecond, which is as fine as PostgreSQL is; finer digits are cut. With a
//     time zone: by the instant. A timestamp without zone on the target of one with zone is read as UTC.
//   - texts by their characters, where CHAR's trailing spaces do not count and a NUL character is a space, as DMS writes it.
//   - bytes by their bytes; RAW(16) and uuid too.
//   - an empty text or LOB is NULL, as it is to Oracle.
//
// Types that DMS does not carry or rewrites (BFILE, ROWID, XMLTYPE, intervals, objects) are not compared; the result names the columns.
package compare
