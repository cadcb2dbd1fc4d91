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
	SecretFile    string    `yaml:"secret_file" is:"file"`                                                                          // of HS256, HS384, HS512: at least 32 bytes
	PublicKeyFile string    `yaml:"public_key_file" is:"file"`                                                                      // PEM
	JWKS          string    `yaml:"jwks"`                                                                                           // URL of a key set (RFC 7517)
	JWKSFile      string    `yaml:"jwks_file" is:"file"`                                                                            // file with a key set
	Algorithms    Strings   `yaml:"algorithms" one:"HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA"` // that are accepted; absent: those that fit the source of keys
	Issuer        string    `yaml:"issuer"`                                                                                         // iss has to be this
	Audience      Strings   `yaml:"audience"`                                                                                       // aud has to hold one of these
	User          string    `yaml:"user" default:"sub"`                                                                             // claim that is the user
	Cookie        string    `yaml:"cookie"`                                                                                         // name of a cookie that holds the token, besides Authorization and Hello
	Leeway        *Duration `yaml:"leeway" least:"0s" most:"5m" default:"30s"`                                                      // for clocks that differ
}

// Header trusts what a proxy says. It counts only from `proxies`.
type Header struct {
	User   string `yaml:"user"`   // name of the header that says who it is, as in X-Forwarded-User
	Groups string `yaml:"groups"` // name of a header with a list with commas; it becomes claims.groups
}

// Basic is a name and a password (RFC 7617), checked against a file of htpasswd: bcrypt or SHA-crypt.
type Basic struct {
	Htpasswd string `yaml:"htpasswd" is:"file"` // file
}

// Tokens are those that `zwb token` makes. The file has their hashes.
type Tokens struct {
	File string `yaml:"file" is:"file"`
}

// Asker is a REP service that decides, over ZeroMQ.
type Asker struct {
	Address string    `yaml:"address"`                                     // where it is, as in tcp://127.0.0.1:7000
	Timeout *Duration `yaml:"timeout" least:"1ms" most:"10s" default:"1s"` // late means no
	Cache   *Duration `yaml:"cache" least:"0s" most:"24h" default:"30s"`   // how long an answer is kept at most
}

// Anonymous lets everybody in who shows no credential of a kind that stands before.
type Anonymous struct{}
