# Logs on to the server at argv[1] with python-oracledb in thin mode and does what the test's handler expects.
import datetime
import decimal
import faulthandler
import sys
import threading

import oracledb

dsn = sys.argv[1]
faulthandler.dump_traceback_later(40, exit=True)  # shows where it hangs, if it does


def fails(code, f, *args, **kwargs):
    try:
        f(*args, **kwargs)
    except oracledb.Error as e:
        got = e.args[0].code
        assert got == code, (got, code, str(e))
        return e.args[0]
    raise AssertionError("no error %d" % code)


fails(1017, oracledb.connect, user="scott", password="wrong", dsn=dsn)
try:
    oracledb.connect(user="scott", password="Tiger", dsn=dsn.replace("/box", "/crate"))
    raise AssertionError("unknown service taken")
except oracledb.Error as e:
    assert "12514" in str(e) or "DPY-6001" in str(e), e

c = oracledb.connect(user="scott", password="Tiger", dsn=dsn)
assert c.version.startswith("19."), c.version
c.ping()
cur = c.cursor()

# every type, twice: the second time the statement is re-executed
when = datetime.datetime(2026, 1, 31, 23, 59, 58, 123456)
text = "größe€😀 " * 50000
for _ in range(2):
    cur.execute("SELECT * FROM TYPES")
    row, null = cur.fetchall()
    row = [v.read() if isinstance(v, oracledb.LOB) else v for v in row]
    assert row[0] == decimal.Decimal("-12.5") or row[0] == -12.5, row[0]
    assert row[1:5] == ["größe", "größe 😀", "ab   ", b"\x00\xff"], row[1:5]
    assert row[5] == datetime.datetime(1969, 12, 31, 1, 2, 3), row[5]
    assert row[6] == when, row[6]
    assert row[7] == datetime.datetime(2026, 1, 31, 23, 59, 58), row[7]
    assert row[8:10] == [1.5, -0.1], row[8:10]
    assert row[10] == datetime.timedelta(days=-2, hours=-3, microseconds=-5), row[10]
    assert row[11] == "AAAR3sAAEAAAACXAAA", row[11]
    assert row[12] == text and row[13] == text.encode() and row[14] == "n" + text, "LOBs"
    assert all(v is None for v in null), null
oracledb.defaults.fetch_lobs = False
cur.execute("SELECT * FROM TYPES WHERE 1 = 1")
row = cur.fetchone()
assert row[12] == text and row[13] == text.encode() and row[14] == "n" + text, "LOBs fetched as long values"
oracledb.defaults.fetch_lobs = True
cur.execute("SELECT * FROM LONGS")
assert cur.fetchall() == [(text, text.encode(), 7), (None, None, 8)], "LONG columns"

# binds come back as they went out
for value in (
    42, -7, 2**62, decimal.Decimal("-0.25"), 0.5, "größe 😀", "x" * 5000, b"\x00\xff", None,
    when.replace(microsecond=0), datetime.timedelta(days=3, seconds=5),
):
    cur = c.cursor()
    cur.execute("SELECT :v, :w, :v FROM DUAL", v=value, w="w")
    got = cur.fetchone()
    assert got == (value, "w", value), (got, value)
for kind, value in (
    (oracledb.DB_TYPE_TIMESTAMP, when), (oracledb.DB_TYPE_NVARCHAR, "größe 😀"),
    (oracledb.DB_TYPE_BINARY_DOUBLE, -0.1), (oracledb.DB_TYPE_BINARY_FLOAT, 1.5),
):
    cur = c.cursor()
    cur.setinputsizes(v=kind)
    cur.execute("SELECT :v, :w, :v FROM DUAL", v=value, w="w")
    assert cur.fetchone() == (value, "w", value), kind
clob = c.createlob(oracledb.DB_TYPE_CLOB)
clob.write("größe😀")
clob.write("!", clob.size() + 1)
assert clob.read() == "größe😀!" and clob.read(3, 3) == "öße", clob.read()
clob.trim(5)
assert clob.read() == "größe" and clob.getchunksize() > 0
clob.write("😀!", 6)
cur = c.cursor()
cur.execute("SELECT :v, :w, :v FROM DUAL", v=clob, w="w")
assert cur.fetchone()[0].read() == "größe😀!"
oracledb.defaults.fetch_lobs = False  # the same statement, first with a column defined as a long value, then with another type
for value, want in ((clob, "größe😀!"), (7, 7)):
    cur = c.cursor()
    cur.execute("SELECT :v, :w, :v FROM DUAL WHERE 1 = 1", v=value, w="w")
    assert cur.fetchone() == (want, "w", want)
oracledb.defaults.fetch_lobs = True
big = "y" * 100000
cur.execute("UPDATE T SET A = :a, B = :b", [big, 1])
assert cur.rowcount == 1

# many rows
cur.execute("SELECT N FROM MANY")
n = 0
for (v,) in cur:
    n += 1
    assert v == n
assert n == 100000, n
cur.arraysize = 7
cur.prefetchrows = 0
cur.execute("SELECT N FROM MANY")
assert [v for (v,) in cur.fetchmany(20)] == list(range(1, 21))

# changes, transactions, arrays
cur.execute("UPDATE T SET A = 1")
assert cur.rowcount == 1
c.rollback()
cur.executemany("INSERT INTO T VALUES (:1, :2)", [(i, "v%d" % i) for i in range(100, 1100)])
assert cur.rowcount == 1000, cur.rowcount
c.commit()
cur.executemany("INSERT INTO T VALUES (:1, :2)", [(1, "ok"), (13, "bad"), (2, "ok")], batcherrors=True, arraydmlrowcounts=True)
assert [(e.offset, e.code) for e in cur.getbatcherrors()] == [(1, 1)], cur.getbatcherrors()
assert cur.getarraydmlrowcounts() == [1, 0, 1], cur.getarraydmlrowcounts()
fails(1, cur.executemany, "INSERT INTO T VALUES (:1, :2)", [(1, "ok"), (13, "bad"), (2, "ok")])
c.rollback()
c.autocommit = True
cur.execute("UPDATE T SET A = 2")
c.autocommit = False

# PL/SQL
for _ in range(2):
    out, both = cur.var(str), cur.var(int)
    both.setvalue(0, 5)
    cur.execute("BEGIN P(:a, :b, :c); END;", [1, out, both])
    assert (out.getvalue(), both.getvalue()) == ("out", 6), (out.getvalue(), both.getvalue())

# errors
e = fails(942, cur.execute, "SELECT X FROM NOWHERE")
assert e.offset == 14 and "ORA-00942: table or view does not exist" in e.message, (e.offset, e.message)
cur.execute("SELECT N FROM PARTLY")
fails(1555, cur.fetchall)
cur.parse("SELECT N FROM MANY WHERE N = :1")
assert [d[0] for d in cur.description] == ["N"]

# what goes along with the next call
c.module, c.action, c.client_identifier, c.clientinfo, c.dbop = "module", "größe", "me", "info", "op"
c.ping()
c.current_schema = "OTHER"
cur.execute("SELECT N FROM MANY")
assert cur.fetchone() == (1,)
c.current_schema = "NOBODY"
fails(1435, cur.execute, "SELECT N FROM MANY")
c.current_schema = "OTHER"
cur.execute("SELECT N FROM MANY")
assert cur.fetchone() == (1,)

# interrupts: by another thread, and by the call's time
timer = threading.Timer(0.2, c.cancel)
timer.start()
fails(1013, cur.execute, "BEGIN SLOW; END;")
timer.join()
c.call_timeout = 200
try:
    cur.execute("BEGIN SLOW; END;")
    raise AssertionError("no timeout")
except oracledb.Error as e:
    assert "DPY-4024" in str(e), e
c.call_timeout = 0
cur.execute("SELECT N FROM MANY")
assert cur.fetchone() == (1,)

c.close()
print("done")
