// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"io/fs"
	"log/slog"

	"github.com/ferryman/ferryman/internal/localserver"
)

// Options says what a stand-in serves.
type Options struct {
	// Postgres does the work: the stand-in makes a database of its own on it and drops it when it is closed. PostgresURL is a
	// superuser's connection string to use in its place.
	Postgres    *localserver.Postgres
	PostgresURL string

	// Exports are dictionary export directories (os.DirFS, an embed.FS). There may be none.
	Exports []fs.FS
	// Users may log on. The owner of an exported schema who is not among them exists and cannot log on.
	Users []User

	// Service is the service name that clients ask for, ORCL where empty. Port is the port on 127.0.0.1; 0 chooses a free one.
	Service string
	Port    int

	// Rows, where it is not 0, is how many rows to make up for each table without a data file; fewer where a table's keys or its
	// parents do not allow as many. The same Seed makes the same rows. LargeLOBs makes some LOBs longer than 32 KB.
	Rows      int
	Seed      int64
	LargeLOBs bool

	// DictionaryOnly serves the dictionary of the exports and nothing that is in it: no table, sequence, view or trigger is made.
	DictionaryOnly bool

	// NoArchiveLog starts the database in NOARCHIVELOG mode.
	NoArchiveLog bool
	// SupplementalLog turns on minimal supplemental logging, SupplementalLogPK that of primary keys, SupplementalLogAll that of
	// all columns, for the whole database, as ALTER DATABASE ADD SUPPLEMENTAL LOG DATA does later.
	SupplementalLog, SupplementalLogPK, SupplementalLogAll bool

	Logger *slog.Logger
}

// User is an Oracle user. Each may connect, and do everything with the objects of its own schema.
type User struct {
	Name, Password string
	// Roles: DBA, SELECT_CATALOG_ROLE, EXECUTE_CATALOG_ROLE, RESOURCE, CONNECT mean something; others are only listed.
	Roles []string
	// Privileges are system privileges: CREATE TABLE, SELECT ANY TABLE, SELECT ANY DICTIONARY, LOGMINING, ...
	Privileges []string
	Grants     []Grant
}

// Grant is a privilege on one object, such as SELECT on SYS.V_$DATABASE or EXECUTE on SYS.DBMS_LOGMNR.
type Grant struct{ Privilege, Owner, Object string }
