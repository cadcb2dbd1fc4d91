package config

import "testing"

// everything has nearly every key.
const everything = `
# zwb.yaml
listen: [127.0.0.1:8000]                     # also unix:/run/zwb.sock
tls: {cert: cert.pem, key: key.pem}
origins: [https://app.example.org]
zmq: {security: keys.json}
hosts: [bridge.example.org]
proxies: [10.0.0.0/8]
admin: {listen: 127.0.0.1:8001, token_file: admin.token}
cluster: {nats: "nats://10.0.1.1:4222,nats://10.0.1.2:4222", name: trading}
users:
  - jwt: {secret_file: jwt.secret, algorithms: [HS256], issuer: a, audience: b}
  - jwt: {jwks: https://id.example.org/keys, algorithms: [RS256, ES256, EdDSA], user: sub}
  - jwt: {issuer: https://id.example.org, audience: zwb}
  - header: {user: X-Forwarded-User, groups: X-Forwarded-Groups}
  - basic: {htpasswd: users.htpasswd}
  - tokens: {file: tokens.yaml}
  - zmq: {address: tcp://127.0.0.1:7000, timeout: 1s, cache: 30s}
  - anonymous: {}
endpoints:
  prices:
    type: SUB
    address: tcp://10.0.0.5:5556
    allow: "'trader' in claims.groups"
    topics: [fx., "user.{user}.", "{claims.desks}."]
    overflow: [conflate, drop-oldest]
    rate: 20/s
    history: {messages: 10000, age: 60s, size: 16MiB}
    memory: 24MiB
    sequence: {part: 1, format: u64be}
    replay: {address: tcp://10.0.0.5:5558, request: u64be}
  calc:
    type: REQ
    address: [tcp://10.0.0.6:5555, tcp://10.0.0.7:5555]
    functions: [echo, add]
    message: {max: 64KiB, json: true}
    timeout: 5s
  upload: {type: PUSH, address: tcp://10.0.0.8:5558, rate: 100/s, caller: true}
  room: {type: DEALER, address: tcp://10.0.0.9:5560, identity: "{user}.*"}
  jobs: {type: PULL, bind: true, address: tcp://127.0.0.1:5559}
addresses:
  - {types: [SUB, REQ], address: "tcp://10.0.0.0/8:5000-5999", allow: "'dev' in claims.groups"}
networks: [10.0.0.0/8]
limits:
  connections: 10000
  connections_per_ip: 100
  connections_per_user: 20
  sockets: 256
  subscriptions: 10000
  messages: 1000/s
  message: 16MiB
  memory: 1GiB
  memory_per_user: 256MiB
log: {format: json, level: info}
`

// TestExample: it has no mistake.
func TestExample(t *testing.T) { check(t, everything, "") }
