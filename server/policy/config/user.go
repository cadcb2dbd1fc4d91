package config

// User is one way to say who one is. Exactly one field is set.
type User struct {
	JWT       *JWT       `yaml:"jwt"`
	Header    *Header    `yaml:"header"`
	Basic     *Basic     `yaml:"basic"`
	Tokens    *Tokens    `yaml:"tokens"`
	ZMQ       *Asker     `yaml:"zmq"`
	Anonymous *Anonymous `yaml:"anonymous"`
}

// JWT is a signed token (RFC 7519). One source of keys is named, or none: then issuer is asked for them (OpenID Connect
// Discovery 1.0).
type JWT struct {
	SecretFile    string    `yaml:"secret_file"`     // of HS256, HS384, HS512: at least 32 bytes
	PublicKeyFile string    `yaml:"public_key_file"` // PEM
	JWKS          string    `yaml:"jwks"`            // URL of a key set (RFC 7517)
	JWKSFile      string    `yaml:"jwks_file"`
	Algorithms    Strings   `yaml:"algorithms"` // that are accepted; default those that fit the source of keys
	Issuer        string    `yaml:"issuer"`     // iss has to be this
	Audience      Strings   `yaml:"audience"`   // aud has to hold one of these
	User          string    `yaml:"user"`       // claim that is the user; default sub
	Cookie        string    `yaml:"cookie"`     // name of a cookie that holds the token, besides Authorization and Hello
	Leeway        *Duration `yaml:"leeway"`     // for clocks that differ; default 30s, at most 5m
}

// Header trusts what a proxy says. It counts only from `proxies`.
type Header struct {
	User   string `yaml:"user"`
	Groups string `yaml:"groups"` // a list with commas; becomes claims.groups
}

// Basic is a name and a password (RFC 7617), checked against a file of htpasswd: bcrypt or SHA-crypt.
type Basic struct {
	Htpasswd string `yaml:"htpasswd"`
}

// Tokens are those that `zwb token` makes. The file has their hashes.
type Tokens struct {
	File string `yaml:"file"`
}

// Asker is a REP service that decides, over ZeroMQ.
type Asker struct {
	Address string    `yaml:"address"`
	Timeout *Duration `yaml:"timeout"` // default 1s; late means no
	Cache   *Duration `yaml:"cache"`   // how long an answer is kept at most; default 30s
}

// Anonymous lets everybody in who shows no credential of a kind that stands before.
type Anonymous struct{}
