// SPDX-License-Identifier: Apache-2.0

package tns

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	verifier11g      = 6949
	keySize          = 24
	derivations      = 3
	maxLogonAttempts = 3
	versionNumber    = 19<<24 | 3<<20
)

// logonDialogue is the state between the two halves of O5LOGON with the 11g verifier: both sides prove to know a key made from the
// password by exchanging random keys encrypted with it; the password itself then travels encrypted with a mixture of the two.
type logonDialogue struct {
	user, password string
	attempts       int
	key            []byte // from password and salt
	serverKey      []byte
	mixSalt        []byte
}

// logonMessage is the form both halves have.
func (c *conn) logonMessage() (user string, pairs map[string]string) {
	r := c.in
	r.u8()
	size := r.count("bytes of a user name", 1024)
	r.ub() // mode
	r.u8()
	n := r.count("logon values", 256)
	r.take(2)
	user = r.text(size, c.textIsCLR)
	pairs = map[string]string{}
	for ; n > 0 && r.err == nil; n-- {
		key := string(r.dlc())
		pairs[key] = string(r.dlc())
		r.ub()
	}
	return strings.ToUpper(strings.Trim(user, `"`)), pairs
}

func (c *conn) logonStart() error {
	user, pairs := c.logonMessage()
	if c.in.err != nil {
		return c.in.err
	}
	if c.session != nil {
		return errors.New("second logon on one connection")
	}
	d := &logonDialogue{user: user, serverKey: random(32), mixSalt: random(16)}
	if c.logon != nil {
		d.attempts = c.logon.attempts
	}
	c.logon = d
	var known bool
	if d.password, known = c.server.handler.Password(user); !known {
		d.password = hex.EncodeToString(random(16)) // the dialogue must not tell who exists
	}
	salt := random(10)
	sum := sha1.Sum(append([]byte(d.password), salt...))
	d.key = append(sum[:], 0, 0, 0, 0)
	c.client.Program, c.client.Machine, c.client.OSUser = pairs["AUTH_PROGRAM_NM"], pairs["AUTH_MACHINE"], pairs["AUTH_SID"]
	c.client.PID, _ = strconv.Atoi(pairs["AUTH_PID"])
	w := c.out
	w.u8(8)
	w.ub(5)
	w.pair("AUTH_SESSKEY", upperHex(encrypt(d.key, d.serverKey)), 0)
	w.pair("AUTH_VFR_DATA", upperHex(salt), verifier11g)
	w.pair("AUTH_PBKDF2_CSK_SALT", upperHex(d.mixSalt), 0)
	w.pair("AUTH_PBKDF2_VGEN_COUNT", "4096", 0)
	w.pair("AUTH_PBKDF2_SDER_COUNT", strconv.Itoa(derivations), 0)
	c.summary(summary{})
	return c.finish()
}

// mixedKey derives the key that the password is encrypted with from both sides' keys.
func (d *logonDialogue) mixedKey(clientSessionKey string) ([]byte, error) {
	encrypted, err := hex.DecodeString(clientSessionKey)
	if err != nil || len(encrypted) < 32 || len(encrypted)%aes.BlockSize != 0 {
		return nil, errors.New("malformed session key")
	}
	clientKey := decrypt(d.key, encrypted)
	both := upperHex(clientKey[:keySize]) + upperHex(d.serverKey[:keySize])
	return pbkdf2.Key(sha512.New, both, d.mixSalt, derivations, keySize)
}

// right says whether the client has proved to know the password.
func (d *logonDialogue) right(mixed []byte, encryptedPassword string) bool {
	b, err := hex.DecodeString(encryptedPassword)
	if err != nil || len(b) < 2*aes.BlockSize || len(b)%aes.BlockSize != 0 || len(b) > 4096 {
		return false
	}
	b = decrypt(mixed, b)[aes.BlockSize:]
	pad := int(b[len(b)-1])
	if pad < 1 || pad > aes.BlockSize {
		return false
	}
	return subtle.ConstantTimeCompare(b[:len(b)-pad], []byte(d.password)) == 1
}

func (c *conn) logonFinish() error {
	_, pairs := c.logonMessage()
	if c.in.err != nil {
		return c.in.err
	}
	d := c.logon
	if d == nil || c.session != nil || d.key == nil {
		return errors.New("second half of a logon without the first")
	}
	mixed, err := d.mixedKey(pairs["AUTH_SESSKEY"])
	d.key = nil
	if err != nil || !d.right(mixed, pairs["AUTH_PASSWORD"]) {
		if d.attempts++; d.attempts >= maxLogonAttempts {
			return fmt.Errorf("user %q: %d attempts to log on", d.user, d.attempts)
		}
		return c.fail(Errorf(1017, "invalid username/password; logon denied"))
	}
	c.client.User = d.user
	if name := pairs["SESSION_CLIENT_DRIVER_NAME"]; name != "" {
		c.client.Driver = strings.TrimSpace(name)
	}
	session, err := c.server.handler.Open(c.ctx, c.client)
	if err != nil {
		return c.fail(err)
	}
	c.session = session
	_ = c.net.SetReadDeadline(time.Time{})
	c.log = c.log.With("user", d.user)
	c.log.Debug("logged on", "program", c.client.Program, "driver", c.client.Driver)
	c.logonAnswer(mixed)
	return c.finish()
}

func (c *conn) logonAnswer(mixed []byte) {
	proof := append(append(random(16), "SERVER_TO_CLIENT"...), strings.Repeat("\x10", 16)...)
	service := strings.ToUpper(c.client.Service)
	properties := [][2]string{
		{"AUTH_VERSION_STRING", "- Production"},
		{"AUTH_VERSION_NO", strconv.Itoa(versionNumber)},
		{"AUTH_SESSION_ID", strconv.FormatUint(uint64(c.client.SessionID), 10)},
		{"AUTH_SERIAL_NUM", strconv.FormatUint(uint64(c.client.Serial), 10)},
		{"AUTH_DB_MOUNT_ID", "1"},
		{"AUTH_SVR_RESPONSE", upperHex(encrypt(mixed, proof))},
		{"AUTH_SC_SERVICE_NAME", c.client.Service},
		{"AUTH_SC_INSTANCE_NAME", service},
		{"AUTH_SC_DBUNIQUE_NAME", service},
		{"AUTH_SC_SERVER_HOST", "localhost"},
	}
	w := c.out
	w.u8(8)
	w.ub(uint64(len(properties)))
	for _, p := range properties {
		w.pair(p[0], p[1], 0)
	}
	w.u8(23, 5) // the session's language; go-ora would ask for it in PL/SQL otherwise
	w.ub(2)
	w.u8(1)
	w.ub(2)
	w.u8(1)
	w.pair("AUTH_NLS_LXLAN", "AMERICAN", 16)
	w.pair("AUTH_NLS_LXCTERRITORY", "AMERICA", 9)
	w.ub(0)
	c.summary(summary{})
}

// encrypt and decrypt are AES-CBC without an initial vector, as the dialogue has it; every text begins with random bytes.
func encrypt(key, b []byte) []byte {
	out := make([]byte, len(b))
	cipher.NewCBCEncrypter(mustAES(key), make([]byte, aes.BlockSize)).CryptBlocks(out, b)
	return out
}

func decrypt(key, b []byte) []byte {
	out := make([]byte, len(b))
	cipher.NewCBCDecrypter(mustAES(key), make([]byte, aes.BlockSize)).CryptBlocks(out, b)
	return out
}

// mustAES takes keys of keySize only.
func mustAES(key []byte) cipher.Block {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	return block
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

func upperHex(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }
