-- Runs once, as SYS, when the container's database is first started: the users of docs/guide.md, in the pluggable database.
WHENEVER SQLERROR EXIT FAILURE
ALTER SESSION SET CONTAINER = FREEPDB1;

CREATE USER ferryman IDENTIFIED BY "ferryman-pw" DEFAULT TABLESPACE users QUOTA UNLIMITED ON users;
GRANT CREATE SESSION, CREATE TABLE, SELECT ANY TABLE TO ferryman;
GRANT SELECT_CATALOG_ROLE TO ferryman;
-- Only the contract test makes a sequence; Ferryman itself does not.
GRANT CREATE SEQUENCE TO ferryman;
