// SPDX-License-Identifier: Apache-2.0

package plsql_test

import (
	"strings"
	"testing"

	"github.com/ferryman/ferryman/internal/plsql"
)

var unit = `  -- Books the seats that were chosen and writes who did it.
  PROCEDURE book_seats (p_customer IN customer.customer_id%TYPE, p_count IN PLS_INTEGER DEFAULT 1) IS
    v_total  NUMBER(10,2) := 0;
    v_name   VARCHAR2(100);
  BEGIN
    SELECT /*+ INDEX(c customer_pk) */ c.full_name INTO v_name FROM customer c WHERE c.customer_id = p_customer;
    FOR r IN (SELECT s.seat_id, s.price FROM seat s WHERE s.status = 'F' AND ROWNUM <= p_count) LOOP
      v_total := v_total + NVL(r.price, 0) * 1.19;
      UPDATE seat SET status = 'S', sold_at = SYSDATE WHERE seat_id = r.seat_id;
    END LOOP;
    IF v_total > 1e4 THEN
      raise_application_error(-20001, q'[It's too much for ]' || v_name || '.');
    END IF;
  EXCEPTION
    WHEN NO_DATA_FOUND THEN
      dbms_output.put_line('Nobody is called ''' || p_customer || ''''); /* said, and no more */
  END book_seats;

`

// BenchmarkTokenize prints MB/s, which testing makes of SetBytes; at least 20 are wanted.
func BenchmarkTokenize(b *testing.B) {
	src := "PACKAGE BODY p IS\n" + strings.Repeat(unit, 1000) + "END;"
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		s := plsql.NewScanner(src)
		for _, ok := s.Next(); ok; _, ok = s.Next() {
		}
	}
}

func BenchmarkMeasure(b *testing.B) {
	src := "PACKAGE BODY p IS\n" + strings.Repeat(unit, 1000) + "END;"
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if plsql.Measure(src).Subprograms != 1000 {
			b.Fatal("not all were read")
		}
	}
}
