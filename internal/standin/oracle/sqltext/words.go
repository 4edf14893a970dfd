// SPDX-License-Identifier: Apache-2.0

package sqltext

import "strings"

func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(text) {
		set[word] = true
	}
	return set
}

// reserved are the words that cannot be names in Oracle (V$RESERVED_WORDS with RESERVED = 'Y'), and those that end an expression.
var reserved = wordSet(`ALL ALTER AND ANY AS ASC BETWEEN BY CASE CHECK CLUSTER COMPRESS CONNECT CREATE CURRENT DEFAULT DELETE DESC DISTINCT
	DROP ELSE END EXCLUSIVE EXISTS FETCH FOR FROM GRANT GROUP HAVING IDENTIFIED IN INDEX INSERT INTERSECT INTO IS LIKE LOCK
	MINUS MODE NOCOMPRESS NOT NOWAIT NULL OF OFFSET ON OPTION OR ORDER PCTFREE PRIOR PUBLIC RENAME RESOURCE RETURNING REVOKE ROWID ROWNUM
	SELECT SET SHARE SIZE START SYNONYM SYSDATE TABLE THEN TO TRIGGER UID UNION UNIQUE UPDATE USER VALUES VIEW WHEN WHERE WITH ESCAPE`)

// operandWords are reserved words that end an operand, so that a name after them is an alias.
var operandWords = wordSet(`NULL END ROWNUM ROWID SYSDATE UID USER`)

// plainWords are passed on as they are where they stand between operands.
var plainWords = wordSet(`AND OR NOT IN EXISTS BETWEEN IS NULL CASE WHEN THEN ELSE END DISTINCT ALL ANY SOME AS ASC DESC ESCAPE DEFAULT`)

// passed are the functions that mean the same in both, with arguments of the same types.
var passed = wordSet(`COUNT SUM AVG MIN MAX STDDEV VARIANCE STDDEV_POP STDDEV_SAMP VAR_POP VAR_SAMP CORR COVAR_POP COVAR_SAMP
	ROW_NUMBER RANK DENSE_RANK PERCENT_RANK CUME_DIST FIRST_VALUE LAST_VALUE COALESCE NULLIF UPPER LOWER INITCAP ABS SIGN CEIL FLOOR SQRT
	EXP LN ASCII TRANSLATE GROUPING PERCENTILE_CONT PERCENTILE_DISC MD5 GROUPING_ID`)

// ours are the functions that schema ora of the stand-in has under the same name in lower case.
var ours = wordSet(`SUBSTR INSTR LPAD RPAD LTRIM RTRIM REPLACE LENGTH LENGTHB CONCAT CHR ROUND TRUNC MOD POWER LOG TO_CHAR TO_DATE TO_NUMBER
	TO_TIMESTAMP TO_TIMESTAMP_TZ ADD_MONTHS MONTHS_BETWEEN LAST_DAY NEXT_DAY GREATEST LEAST HEXTORAW RAWTOHEX TO_CLOB TO_NCHAR SYS_GUID SYS_CONTEXT
	USERENV EMPTY_CLOB EMPTY_BLOB VSIZE ORA_HASH STANDARD_HASH REMAINDER SUBSTRB TO_BLOB UID NUMTODSINTERVAL NUMTOYMINTERVAL FROM_TZ SYS_EXTRACT_UTC
	REGEXP_LIKE REGEXP_REPLACE REGEXP_SUBSTR REGEXP_COUNT REGEXP_INSTR UNISTR TZ_OFFSET DUMP LNNVL`)

// packaged are functions of packages, by their full name.
var packaged = map[string]string{
	"DBMS_LOB.GETLENGTH": "ora.getlength", "DBMS_LOB.SUBSTR": "ora.lob_substr", "DBMS_LOB.INSTR": "ora.instr",
	"DBMS_LOB.COMPARE":  "ora.lob_compare",
	"DBMS_RANDOM.VALUE": "ora.random_value", "DBMS_UTILITY.GET_TIME": "ora.get_time", "UTL_RAW.CAST_TO_RAW": "ora.cast_to_raw",
	"UTL_RAW.CAST_TO_VARCHAR2": "ora.cast_to_varchar2", "DBMS_LOCK.SLEEP": "pg_sleep", "DBMS_RANDOM.STRING": "ora.random_string",
}

// pseudo are the values that are written without parentheses.
var pseudo = map[string]string{
	"SYSDATE": "ora.sysdate()", "CURRENT_DATE": "ora.sysdate()", "SYSTIMESTAMP": "clock_timestamp()", "CURRENT_TIMESTAMP": "clock_timestamp()",
	"LOCALTIMESTAMP": "(clock_timestamp()::timestamp)", "USER": "ora.username()", "UID": "ora.uid()", "SESSIONTIMEZONE": "'+00:00'::text",
	"DBTIMEZONE": "'+00:00'::text", "ROWNUM": "(row_number() OVER ())::numeric",
}
