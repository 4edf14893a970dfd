// SPDX-License-Identifier: Apache-2.0

// Package sct reads the CSV reports of AWS's Schema Conversion Tool and of AWS DMS Schema Conversion, which are the same three files
// under different names, into an assess.Report:
//
//   - the action items, a line for each place (…-Csv-report.csv, or <target host>.csv),
//   - the action items counted, with AWS's efforts (…_Action_Items_Summary.csv),
//   - the objects counted by category (…_Summary.csv),
//   - and, of an assessment of several servers, a line for each schema (Aggregated_report.csv), which is optional.
//
// A file is known by its columns, never by its name. Reports of different releases end their lines and quote their fields differently;
// some have a byte order mark. A report that lacks a file, a column or a line, or contradicts itself, is refused with file and line.
package sct
